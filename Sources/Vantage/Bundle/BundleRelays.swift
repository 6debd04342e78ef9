internal import Clues
internal import Flows

/// What the configuration files and session lists of a bundle say of a relay.
struct BundleRelays: Sendable {
  let evidence: PastedEvidence
  let places: PlainPlaces
  let sockets: PlainSockets
  /// The sessions by the client's connection and by HAProxy's own.
  private var byInbound: [Flow: EvidenceLine] = [:]
  private var byOutbound: [Flow: EvidenceLine] = [:]

  init(_ evidence: PastedEvidence, _ places: PlainPlaces, _ sockets: PlainSockets) {
    self.evidence = evidence
    self.places = places
    self.sockets = sockets
    for session in evidence.sessions.values.joined() {
      let value = session.value
      if let client = value.client, let accepted = value.acceptedOn {
        byInbound[Flow(.tcp, from: client, to: accepted)] = session.source
      }
      if let own = value.own, let target = value.target {
        byOutbound[Flow(.tcp, from: own, to: target)] = evidence.sessionLines[session.source] ?? session.source
      }
    }
  }

  /// The process that a listing of the place calls `name`; without a listing one whose pid nobody knows.
  static func process(of name: String, in place: EvidencePlace, _ sockets: PlainSockets) -> Process {
    for (other, socket) in sockets.all where other == place {
      if let holder = socket.value.holders.first(where: { $0.name.hasPrefix(name) }) {
        return Process(pid: holder.pid, name: holder.name)
      }
    }
    return Process(pid: 0, name: name)
  }

  func answer(_ pid: Int32) -> RelayAnswer? {
    let (place, process): (EvidencePlace, Process)
    if let known = sockets.process(pid) {
      (place, process) = known
    } else if pid == 0, let only = evidence.sessions.keys.first {
      (place, process) = (only, Process(pid: 0, name: "haproxy"))
    } else {
      return nil
    }
    if HAProxyProcess.isHAProxy(name: process.name, executable: nil) { return haproxy(place) }
    if NginxInvocation.isNginx(process) || process.name == "nginx" { return nginx(place) }
    guard let software = RelaySoftware(process) else {
      return RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    }
    return RelayAnswer(software: software.software, isRelay: true, isOneToOne: software.pairing == .oneToOne)
  }

  /// The files of a place, or, for a container, those that lie with the host's.
  private func files<Value>(_ all: [EvidencePlace: Value], _ place: EvidencePlace) -> Value? {
    all[place] ?? all[.host]
  }

  private func haproxy(_ place: EvidencePlace) -> RelayAnswer {
    let files = self.files(evidence.haproxy, place) ?? []
    let configuration = HAProxyConfiguration(parsing: files)
    var answer =
      files.isEmpty
      ? RelayAnswer(software: "haproxy", isRelay: true, isOneToOne: false) : RelayAnswer(configuration)
    if files.isEmpty { answer.notes.append("no haproxy.cfg in the bundle: collect /etc/haproxy/haproxy.cfg") }
    guard let sessions = self.files(evidence.sessions, place), let id = places.ids[place] else {
      answer.notes.append(
        "its sessions are not in the bundle: collect echo 'show sess all' | socat - UNIX-CONNECT:/run/haproxy/admin.sock"
      )
      return answer
    }
    answer.sessions = sessions.compactMap { configuration.link($0.value, in: id) }
    return answer
  }

  /// The line of the session that has this connection on either side, from client to server.
  func session(_ flow: Flow) -> EvidenceLine? { byInbound[flow] ?? byOutbound[flow] }

  private func nginx(_ place: EvidencePlace) -> RelayAnswer {
    guard let texts = files(evidence.nginx, place) else {
      var answer = RelayAnswer(software: "nginx", isRelay: true, isOneToOne: false)
      answer.notes = [Self.noConfiguration]
      return answer
    }
    return RelayAnswer(Self.configuration(texts))
  }

  private static let noConfiguration = "no configuration of nginx in the bundle: collect nginx -T"

  private static func configuration(_ texts: [String: [UInt8]]) -> NginxConfiguration {
    let main = texts.keys.first { $0.hasSuffix("/nginx.conf") } ?? texts.keys.sorted().first
    return NginxConfiguration(NginxInvocation(configurationFile: main), in: NginxFileTexts(texts))
  }

  /// The sites that process `pid` serves by the files of the bundle; nil if it is no proxy of that kind.
  func sites(of pid: Int32, seconds: Double) -> SitesAnswer? {
    guard let (place, process) = sockets.process(pid), NginxInvocation.isNginx(process) || process.name == "nginx"
    else { return nil }
    guard let texts = files(evidence.nginx, place) else {
      return SitesAnswer(software: "nginx", notes: [Self.noConfiguration])
    }
    var answer = SitesAnswer(Self.configuration(texts), NginxProxyManagerHosts(in: NginxFileTexts(texts)))
    let logs = files(evidence.accessLogs, place) ?? [:]
    answer.addActivity { path, format in
      // A log that was copied by hand keeps its own name at most.
      let name = path.split(separator: "/").last
      guard let log = logs[path] ?? logs.first(where: { $0.key.split(separator: "/").last == name })?.value else {
        return .failure(LogProblem(description: "\(path) is not in the bundle"))
      }
      let tail = log.value.suffix(SiteLog.longestLength)
      return .success(
        SiteLog(Array(tail), isCut: tail.count < log.value.count, format: format, seconds: seconds, now: nil))
    }
    return answer
  }
}

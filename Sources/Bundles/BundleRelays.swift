internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Proxies

/// What a bundle's configuration files and session lists say about a relay.
struct BundleRelays: Sendable {
  let evidence: PastedEvidence
  let places: PastedInventory
  let sockets: PastedSockets
  /// The lines of sessions, by the client's connection and by the relay's own connection.
  private var byInbound: [Flow: EvidenceLine] = [:]
  private var byOutbound: [Flow: EvidenceLine] = [:]

  init(_ evidence: PastedEvidence, _ places: PastedInventory, _ sockets: PastedSockets) {
    self.evidence = evidence
    self.places = places
    self.sockets = sockets
    for (_, session) in Self.sessions(evidence) {
      if let inbound = session.value.inbound { byInbound[inbound] = session.source }
      if let outbound = session.value.outbound { byOutbound[outbound] = session.value.outboundLine }
    }
  }

  /// The sessions in relays' lists, by place.
  static func sessions(_ evidence: PastedEvidence) -> [(place: EvidencePlace, Evident<RecordedSession>)] {
    evidence.places.sorted { "\($0)" < "\($1)" }.flatMap { place in
      let findings = PlaceFindings(evidence: evidence, place: place)
      return RelayReaders.all.flatMap { $0.sessions(in: findings) }.map { (place, $0) }
    }
  }

  /// The process with this name in a listing of the place; without a listing, a process whose pid is not known.
  static func process(of name: String, in place: EvidencePlace, _ sockets: PastedSockets) -> Process {
    for (other, socket) in sockets.all where other == place {
      if let holder = socket.value.holders.first(where: { $0.name.hasPrefix(name) }) {
        return Process(pid: holder.pid, name: holder.name)
      }
    }
    return Process(pid: 0, name: name)
  }

  /// The relay with this pid, and its place; nil if no output shows it.
  private func program(_ pid: Int32) -> (EvidencePlace, Process)? {
    if let known = sockets.process(pid) { return known }
    // The relay is known only from its list of sessions.
    guard pid == 0, let (place, session) = Self.sessions(evidence).first else { return nil }
    return (place, Process(pid: 0, name: session.value.software))
  }

  /// What the relay's reader, chosen by the process's name, finds in the bundle. Throws what is missing.
  private func read(_ place: EvidencePlace, _ process: Process) throws(RelayError) -> (any RelayReading)? {
    guard let reader = RelayReaders.reader(for: process) else { return nil }
    let findings = PlaceFindings(evidence: evidence, place: place, takesHosts: true)
    return try reader.read(RecordedProgram(process, at: places.ids[place], findings: findings))
  }

  func answer(_ pid: Int32) -> RelayAnswer? {
    guard let (place, process) = program(pid) else { return nil }
    do throws(RelayError) {
      return try read(place, process)?.answer()
        ?? RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    } catch {
      return RelayReaders.reader(for: process)?.answer(error)
    }
  }

  /// The line of the session that has this connection (from client to server) on either side; nil if there is none.
  func session(_ flow: Flow) -> EvidenceLine? { byInbound[flow] ?? byOutbound[flow] }

  /// The sites that process `pid` serves according to the bundle's files; nil if it is no proxy whose sites can be
  /// read.
  func sites(of pid: Int32, seconds: Double) -> SitesAnswer? {
    guard let (place, process) = sockets.process(pid), let reader = RelayReaders.reader(for: process),
      reader.reads.contains(.sites)
    else { return nil }
    let found: SitesAnswer?
    do throws(RelayError) { found = try read(place, process)?.sites() } catch {
      return SitesAnswer(software: reader.software, notes: ["\(error)"])
    }
    guard var answer = found else { return nil }
    let logs = PlaceFindings(evidence: evidence, place: place, takesHosts: true).all(RecordedAccessLog.self)
    answer.addActivity { path, format in
      // A log that was copied by hand has at most its own name.
      let name = path.split(separator: "/").last
      let log =
        logs.first { $0.value.path == path } ?? logs.first { $0.value.path.split(separator: "/").last == name }
      guard var content = log?.value.content else {
        return .failure(LogProblem(description: "\(path) is not in the bundle"))
      }
      var isCut = false
      if let file = log?.value.file {
        do throws(SystemError) { (content, isCut) = try file.end(limit: SiteLog.longestLength) } catch {
          return .failure(LogProblem(description: "\(error)"))
        }
      }
      let tail = content.suffix(SiteLog.longestLength)
      return .success(
        SiteLog(Array(tail), isCut: isCut || tail.count < content.count, format: format, seconds: seconds, now: nil))
    }
    return answer
  }
}

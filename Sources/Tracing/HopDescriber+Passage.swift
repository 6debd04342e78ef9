internal import Documents
internal import Flows
internal import Questions

/// Hops behind which the traffic goes on in another flow: relays and tunnels.
extension HopDescriber {
  func relay(_ place: Place, _ crossing: RelayCrossing) -> Hop {
    let (process, link) = (crossing.process, crossing.link)
    let row = rows.socket(link.outbound, in: place) ?? rows.socket(link.inbound.reversed, in: link.namespace)
    var hop = Hop(
      .relay, host: inventory.host(of: place), namespace: name(place), certainty: link.method.certainty,
      process: row?.owner.process ?? process, container: row?.owner.container, unit: row?.owner.unit,
      relay: Hop.Relay(software: crossing.software, method: link.method.rawValue, names: link.names))
    if let configuration = link.names?.configuration {
      hop.evidence.append(
        Evidence(
          "configuration", Self.describe(link.names),
          command: crossing.isRecorded ? crossing.configurationCommand : sight(of: configuration, hop)))
    }
    if let way = crossing.way {
      let holder: ShellCommand = "ss -xp | grep pid=\(process.pid),"
      hop.evidence.append(Evidence("UNIX socket", way, command: crossing.isRecorded ? nil : holder.text))
    }
    let (inbound, outbound) = (link.inbound, link.outbound)
    let sockets = crossing.isRecorded ? nil : command(in: place, "ss -tnpi | grep -A1 pid=\(process.pid),")
    if let open = crossing.open {
      let (many, known) = open == .towardInitiator ? ("inbound", outbound) : ("outbound", inbound)
      hop.relay?.candidates = link.candidates
      let ends = open == .towardInitiator ? "client" : "server"
      if crossing.haveOneEnd {
        hop.certainty = .matched
        hop.relay?.method = "all that match have one \(ends)"
        hop.evidence.append(
          Evidence(
            "meter (\(meter))",
            "\(link.candidates) \(many) flows of \(crossing.software) may be the other side of \(known); all have the same"
              + " \(ends)",
            command: sockets))
        return hop
      }
      hop.certainty = .unknown
      hop.relay?.method = "several flows match"
      hop.reason =
        crossing.isListed
        ? "\(link.candidates) \(many) flows match equally well; which one it is can't be told yet"
        : "\(crossing.software) (pid \(process.pid)) may relay for \(link.candidates) \(ends)\(link.candidates == 1 ? "" : "s");"
          + " which one it is can't be told yet"
      hop.evidence.append(
        Evidence(
          "meter (\(meter))",
          "\(link.candidates) \(many) flows of \(crossing.software) may be the other side of \(known)",
          command: sockets))
      return hop
    }
    hop.flow = inbound
    switch link.method {
    case .session:
      hop.evidence +=
        link.evidence ?? [
          Evidence(
            crossing.software, "it lists \(inbound) as the client of \(outbound)", command: crossing.sessionCommand)
        ]
    case .cause:
      let times = link.exchanges.map { " (\(Self.count($0, "exchange")))" } ?? ""
      hop.evidence.append(
        Evidence(
          "eBPF",
          "data read from \(inbound.source) was then written to \(outbound.destination) by the same thread\(times)",
          command: crossing.isRecorded ? nil : "headwater relays pid:\(process.pid) --only cause --by connection"))
    case .question:
      let times = link.exchanges.map { " (\(Self.count($0, "question")))" } ?? ""
      hop.evidence.append(
        Evidence(
          "DNS",
          "\(inbound.source) was answered what \(outbound.destination) had answered, and nobody else was\(times)",
          command: crossing.isRecorded ? nil : command(in: place, "tcpdump -ni any port 53")))
    case .bytes:
      hop.evidence.append(
        Evidence(
          "tcp_info",
          "byte counts of \(inbound) and \(outbound) match in both directions, and those of no other connection do",
          command: sockets))
    case .only:
      hop.evidence.append(
        Evidence(
          "meter (\(meter))",
          "\(inbound) and \(outbound) are the only two flows of this \(crossing.software) that can belong together",
          command: sockets))
    case .share:
      hop.flow = nil
      hop.relay?.candidates = link.candidates
      hop.evidence.append(
        Evidence(
          "meter (\(meter))",
          "\(link.candidates) clients share its connections to the servers; \(inbound.source.address) makes"
            + " \(percent(crossing.share)) of their bytes"))
    }
    return hop
  }

  func tunnel(_ place: Place, _ address: IPAddress, _ answer: TunnelAnswer, _ evidence: [Evidence]) -> Hop {
    var hop = Hop(
      .tunnel, host: inventory.host(of: place), namespace: name(place), certainty: answer.certainty,
      tunnel: answer.tunnel,
      address: address)
    hop.adopt(answer.owner)
    hop.reason = answer.reason ?? unreached(beyond: answer)
    hop.tunnel?.carrier = carriers.carrier(of: answer, at: place)
    if let doubt = unseen(answer, at: place) {
      hop.certainty = .inferred
      hop.reason = hop.reason ?? doubt
    }
    hop.evidence = evidence
    return hop
  }

  /// Why a VPN's client is only claimed: a status file or the program's socket names a source address, but nothing on
  /// that host exchanged any bytes with it although all sockets were counted. Nil if there is no such doubt.
  private func unseen(_ answer: TunnelAnswer, at place: Place) -> String? {
    guard meter == "ebpf", !answer.isClient, answer.owner.isKernel != true, let owner = answer.owner.process,
      let far = answer.carrier?.source.address, !far.isUnspecified, answer.tunnel.client != nil,
      !rows.isPeer(far, onHostOf: place)
    else { return nil }
    return "claimed by \(owner.name) (pid \(owner.pid)): no flow from \(far) was seen"
  }

  func edge(_ place: Place, _ crossing: EdgeCrossing) -> Hop {
    let edge = crossing.edge
    var hop = Hop(
      .edge, host: inventory.host(of: place), namespace: name(place), certainty: .inferred, flow: crossing.sample,
      edge: edge)
    let agreement = edge.agreement.map { "; the times match to \(percent($0))" } ?? ""
    hop.evidence = [
      Evidence(
        crossing.kind.title,
        "\(Self.count(edge.connections, "connection")) to \(edge.provider) within the window requested \(edge.name),"
          + " \(edge.connectionsPerSecond) a second: \(crossing.sample)"),
      Evidence(
        "access log",
        "\(edge.matched) of them have a request from \(edge.provider) at the same time in the log;"
          + " within the window it has \(edge.requestsPerSecond) requests a second of that provider\(agreement)"),
    ]
    if edge.candidates > 1 {
      hop.evidence.append(
        Evidence(
          "hosts", "\(edge.candidates) sources request it; this one makes \(percent(crossing.share)) of the requests"))
    }
    return hop
  }

  /// A reason if the client may be a host that was wanted but did not answer.
  private func unreached(beyond answer: TunnelAnswer) -> String? {
    let failures = inquiry.failures
    guard !answer.isClient, !failures.isEmpty else { return nil }
    let named = failures.map { "\($0.host) (\($0.reason))" }.joined(separator: ", ")
    return "the hosts behind it could not be queried: \(named)"
  }

  func host(_ place: Place, _ reason: String?, _ publicAddress: IPAddress?, _ evidence: [Evidence]) -> Hop {
    let host = inventory.host(of: place)
    var hop = Hop(
      .host, host: host, namespace: name(place), certainty: reason == nil ? .observed : .unknown,
      address: publicAddress, reason: reason)
    if let publicAddress { hop.evidence.append(self.evidence(ofPublic: publicAddress)) }
    if reason == nil, !evidence.isEmpty {
      hop.evidence += evidence
    } else if reason == nil {
      let known = description(place)?.isHost == true ? host : "\(name(place)) of \(host)"
      hop.evidence.append(
        Evidence("host", "\(known) has the same flow: measured there, in its connection tracking, or as a socket"))
    }
    return hop
  }

  /// The evidence for a public address: what the cloud reports takes precedence over the settings.
  private func evidence(ofPublic address: IPAddress) -> Evidence {
    guard let number = inventory.hostNumber(withPublic: address),
      let own = inventory.ownAddress(behind: address, on: number)
    else { return Evidence("settings", "\(address) is a public address") }
    let detail = "\(address) is a public address of \(inventory.hostName(number)): its \(own)"
    if let cloud = inventory.cloud(of: number),
      let pair = cloud.pairs.first(where: { $0.outer == address && $0.own == own })
    {
      return Evidence("cloud metadata (\(cloud.provider))", detail, command: pair.command)
    }
    return Evidence("settings", detail)
  }

  private static func describe(_ names: RelayNames?) -> String {
    guard let names else { return "" }
    let parts = [
      names.frontend.map { "frontend \($0)" }, names.site.map { "site \($0)" }, names.backend.map { "backend \($0)" },
      names.server.map { "server \($0)" }, names.user.map { "session of \($0)" },
    ].compactMap { $0 }
    return parts.joined(separator: ", ") + (names.configuration.map { " (\($0))" } ?? "")
  }

  /// `sed -n 22p FILE` for `FILE:22`, in the process's own root if that is a different one.
  private func sight(of configuration: String, _ hop: Hop) -> String? {
    guard let colon = configuration.lastIndex(of: ":"), let pid = hop.process?.pid else { return nil }
    let (file, line) = (configuration[..<colon], configuration[configuration.index(after: colon)...])
    guard file.hasPrefix("/"), let number = UInt32(line) else { return nil }
    let path = (hop.container == nil ? "" : "/proc/\(pid)/root") + file
    let command: ShellCommand = "sed -n \(number)p \(path)"
    return command.text
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

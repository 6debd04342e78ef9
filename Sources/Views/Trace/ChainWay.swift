internal import Documents
internal import Flows

/// The way of a chain, drawn from the source to the symptom: a line for each hop that says something of its own.
struct ChainWay {
  private struct Stop {
    var label: String
    var host: String?
    var details: [String]
    var certainty: Certainty
    var reasons: [String]
  }

  private let chain: Chain
  private let namesHosts: Bool
  private var stops: [Stop] = []

  init(_ chain: Chain, namesHosts: Bool) {
    self.chain = chain
    self.namesHosts = namesHosts
    let hops = Array(chain.hops.reversed())
    for (index, hop) in hops.enumerated() where index == 0 || !Self.isSaid(hop, by: hops) {
      if index > 0, Self.isOneRelay(hops[index - 1], hop), let last = stops.indices.last {
        if hop.certainty.doubt > stops[last].certainty.doubt { stops[last].certainty = hop.certainty }
        if let reason = hop.reason { stops[last].reasons.append(reason) }
        continue
      }
      var stop = Stop(
        label: label(hop), host: hop.host, details: details(hop, isLast: index == hops.count - 1),
        certainty: hop.certainty, reasons: hop.reason.map { [$0] } ?? [])
      if index == 0, let cause = chain.source.startedBy?.cause { stop.reasons.append(cause) }
      stops.append(stop)
    }
  }

  /// Whether other hops tell where `hop` was: the host, or the container that they are in.
  private static func isSaid(_ hop: Hop, by hops: [Hop]) -> Bool {
    guard hop.certainty == .observed, hop.reason == nil else { return false }
    switch hop.kind {
    case .host: return hops.contains { $0.kind != .host && $0.host == hop.host }
    case .container:
      return hops.contains { $0.kind != .container && $0.host == hop.host && $0.namespace == hop.namespace }
    case .link:
      // A device is said where it leads to somebody.
      let isPlain = hop.link.map { $0.hardwareAddress == nil && $0.machine == nil && $0.bridge == nil } ?? true
      return isPlain && hop.process == nil
        && hops.contains { $0.kind != .link && $0.host == hop.host && $0.namespace == hop.namespace }
    default: return false
    }
  }

  /// Whether `next` is the socket by which the process of `relay` passes on what it took.
  private static func isOneRelay(_ relay: Hop, _ next: Hop) -> Bool {
    guard relay.kind == .relay, next.kind == .socket, let pid = relay.process?.pid else { return false }
    return pid == next.process?.pid && relay.host == next.host
  }

  /// - Parameter width: the terminal's; what is longer is continued below, nil continues nothing.
  func lines(width: Int?, _ told: inout ToldReasons) -> [Line] {
    let labelled = stops.enumerated().map {
      String(repeating: " ", count: 2 + 2 * $0.offset) + $0.element.label.visible
    }
    let labelWidth = min(44, labelled.reduce(0) { max($0, $1.displayWidth) })
    let hostWidth = namesHosts ? stops.reduce(0) { max($0, ($1.host ?? "").visible.displayWidth) } : 0
    var lines: [Line] = []
    for (index, stop) in stops.enumerated() {
      let isEnd = index == 0
      var line = Line()
      line.append(labelled[index], isEnd && chain.source.kind != .unknown ? .bold : .plain)
      if hostWidth > 0, let host = stop.host {
        line = line.padded(to: labelWidth + 2)
        line.append(host, .faint)
      }
      let column = labelWidth + 2 + (hostWidth > 0 ? hostWidth + 2 : 0)
      let isDoubtful = stop.certainty != .observed
      if !stop.details.isEmpty || isDoubtful {
        // A label that is longer than all others' room moves only its own line.
        line.append(String(repeating: " ", count: max(2, column - line.width)))
        if isDoubtful { line.append("[\(stop.certainty.rawValue)]\(stop.details.isEmpty ? "" : " ")", .warning) }
        line.append(stop.details.joined(separator: ", "))
      }
      lines += Self.wrapped(line, width, column)
      for reason in stop.reasons where told.isNew(reason) {
        let indent = 4 + 2 * index
        lines += Self.wrapped(Line("\(String(repeating: " ", count: indent))\(reason)", .warning), width, indent)
      }
    }
    return lines
  }

  /// A long line continues under its details, unless there is too little room.
  private static func wrapped(_ line: Line, _ width: Int?, _ column: Int) -> [Line] {
    guard let width, width >= 20 else { return [line] }
    return line.wrapped(to: width, indent: column <= width * 2 / 3 ? column : 6)
  }

  private func label(_ hop: Hop) -> String {
    switch hop.kind {
    case .external, .unknown:
      if let outside = hop.outside { return outside.name }
      return hop.address.map { "\($0)" } ?? (hop.kind == .external ? "outside" : "unknown")
    case .relay: return "\(hop.relay?.software ?? "relay")\(hop.process.map { " (pid \($0.numbered))" } ?? "")"
    case .tunnel:
      guard let tunnel = hop.tunnel else { return "tunnel" }
      return tunnel.client.map { "\(tunnel.type) client \($0)" } ?? tunnel.type
    case .nat: return "NAT"
    case .socket:
      return hop.process.map(ChainPhrases.named) ?? hop.container.map { "container \($0.title)" }
        ?? (hop.certainty == .observed ? "the kernel" : "unknown process")
    case .container: return "container \(hop.container?.title ?? "unknown")"
    case .host: return "host \(hop.host ?? "unknown")"
    case .edge: return hop.edge?.provider ?? "CDN"
    case .link: return hop.link?.interface ?? hop.namespace ?? "device"
    }
  }

  private func details(_ hop: Hop, isLast: Bool) -> [String] {
    var parts: [String?] = []
    switch hop.kind {
    case .external, .unknown:
      if let outside = hop.outside { parts.append(TraceStory.addresses(outside)) }
      if hop.address?.scope == .global, hop.kind == .external { parts.append("internet") }
      parts += [hop.place?.summary, hop.link.map { "through \($0.interface)\(TraceStory.neighbour($0))" }]
      if let flow = hop.flow, hop.kind == .unknown { parts.append("\(flow)") }
      parts.append(hop.process.map(ChainPhrases.named))
    case .relay:
      guard let relay = hop.relay else { break }
      parts.append(relay.user.map { "session of \($0)" })
      parts.append(TraceStory.way(of: relay))
      parts.append(hop.flow.map { "at \($0.destination)" })
      parts.append(relay.candidates.map { "one of \($0) flows" } ?? "by \(relay.method)")
      parts.append(relay.configuration)
    case .tunnel:
      parts.append(hop.tunnel.map { TraceStory.whereabouts(of: $0, hop) })
    case .nat:
      guard let flow = hop.flow, let new = hop.translated else { break }
      if flow.source.address != new.source.address {
        parts.append("from \(flow.source.address) -> \(new.source.address)")
      } else if flow.source.port != new.source.port, chain.flows == 1 {
        parts.append("from \(flow.source) -> \(new.source)")
      }
      if flow.destination != new.destination { parts.append("to \(flow.destination) -> \(new.destination)") }
    case .socket:
      if isLast, let endpoint = chain.destination.endpoint {
        parts.append("\(endpoint)")
      } else if let flow = hop.flow {
        parts.append(chain.flows == 1 ? "\(flow)" : "\(flow.transport) to \(flow.destination.address)")
      }
      parts.append(hop.holders.map { "one of \($0) holders" })
      if hop.container == nil { parts.append(hop.unit) }
      parts.append(hop.name.map { "for \(hop.nameCertainty == .observed ? "" : "~")\($0)\(others(hop))" })
    case .container: parts += [hop.container?.image, hop.container?.address.map { "\($0)" }]
    case .edge:
      parts.append(hop.edge.map { "\(hop.host ?? "a host") (\(hop.namespace ?? "host")) requests \($0.name)" })
    case .link:
      parts += [hop.link?.bridge.map { "of bridge \($0)" }, hop.link?.machine.map { "virtual machine \($0)" }]
      parts.append(hop.process.map(ChainPhrases.named))
    case .host: break
    }
    let isNamed = [.container, .edge].contains(hop.kind) || (hop.kind == .link && hop.link == nil)
    if let namespace = hop.namespace, namespace != "host", !isNamed {
      parts.append("in \(namespace)")
    }
    return parts.compactMap { $0 }.filter { !$0.isEmpty }
  }

  private func others(_ hop: Hop) -> String {
    hop.otherNames.map { " and \(Units.count($0.count, "other name"))" } ?? ""
  }
}

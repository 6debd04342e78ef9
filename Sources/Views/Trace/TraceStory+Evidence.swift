internal import Documents
internal import Flows

/// A chain with the evidence of each hop, from the symptom to the source, and the commands that check it.
extension TraceStory {
  /// A VPN's own flow. It is shown above the flows that it carried and is not added to them.
  func carrier(_ carrier: Carrier, _ seconds: Double) -> Line {
    var line = Line("carrier   ", .faint)
    let owner = carrier.process.map { "\($0.name) (pid \($0.pid))" } ?? "the kernel"
    line.append(
      "\(owner)\(carrier.host.map { " on \($0)" } ?? ""), \(carrier.flow)\(carrier.client.map { ", client \($0)" } ?? "")"
    )
    line.append(
      ": \(trimmed(units.rate(carrier.bytes, over: seconds))), tunnel for the flows below (not counted twice)", .faint)
    return line
  }

  func evidence(_ chain: Chain, number: Int, seconds: Double) -> [Line] {
    var first = Line("\(number)  ", .faint)
    first.append(chain.source.summary, chain.source.kind == .unknown ? .warning : .bold)
    var second = Line("   ")
    let flows = Units.count(chain.flows, "flow")
    if seconds == 0, chain.bytes == 0 {
      // A listing of sockets without counters.
      second.append("\(flows), amount not known\(destination(chain))")
    } else {
      second.append(
        "\(trimmed(units.rate(chain.bytes, over: seconds))) (\(trimmed(Units.percent(chain.share)))), "
          + "\(trimmed(units.amount(chain.bytes))) in \(flows)\(destination(chain))")
    }
    return [first, second] + (chain.destination.site.map { site($0, isWhole: true) } ?? [])
      + chain.hops.flatMap(lines)
  }

  /// The site that was asked for; without its configuration and evidence unless `isWhole`.
  func site(_ site: Site, isWhole: Bool) -> [Line] {
    var line = Line("   ")
    line.append("site      ", .faint)
    line.append(site.name, .bold)
    line.append(", \(site.software)\(site.id.map { " proxy host \($0)" } ?? "")")
    let behind = site.upstreamContainer.map { " (container \($0))" } ?? ""
    line.append(site.upstream.map { " -> \($0)\(behind)" } ?? "")
    if let certainty = site.certainty, certainty != .observed { line.append("  [\(certainty.rawValue)]", .warning) }
    let indent = String(repeating: " ", count: 13)
    var lines = [line]
    let average = site.seconds.map { $0 >= 90 ? " on average of \(Units.duration($0))" : "" } ?? ""
    let now =
      site.nowPerSecond.flatMap { now -> String? in
        guard let mean = site.requestsPerSecond, abs(now - mean) > 0.1 * max(now, mean) else { return nil }
        return ", \(Self.decimal(now)) in the last minute"
      } ?? ""
    let rate = site.requestsPerSecond.map { "\(Self.decimal($0)) requests a second\(average)\(now)" }
    // A visit that has ended is shown as ended: after three periods, or half a minute.
    let ended = site.lastAgo.flatMap { $0 > max(30, 3 * (site.periodSeconds ?? 0)) ? $0 : nil }
    let period = site.periodSeconds.map { period in
      ended == nil ? "one every \(Self.decimal(period)) s" : "it was one every \(Self.decimal(period)) s"
    }
    let end = ended.map { "ended \(Units.duration($0)) ago" }
    let asked = [rate, period, end].compactMap { $0 }.joined(separator: ", ")
    if !asked.isEmpty { lines.append(Line("\(indent)\(asked)\(site.log.map { ", according to \($0)" } ?? "")")) }
    guard isWhole else { return lines }
    if let configuration = site.configuration { lines.append(Line("\(indent)configuration: \(configuration)", .faint)) }
    for evidence in site.evidence ?? [] {
      lines.append(Line("\(indent)\(evidence.source): \(evidence.detail)", .faint))
    }
    return lines
  }

  /// At most two decimals, without trailing zeros.
  private static func decimal(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let text = "\(hundredths / 100)"
    guard hundredths % 100 != 0 else { return text }
    let fraction = hundredths % 100
    return fraction % 10 == 0 ? "\(text).\(fraction / 10)" : "\(text).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  private func destination(_ chain: Chain) -> String {
    guard let endpoint = chain.destination.endpoint else { return "" }
    let owner = chain.destination.process.map { "\($0.name) (pid \($0.pid))" }
    let home = chain.destination.container.map { " in container \($0.title)" } ?? ""
    return ", to \(owner.map { "\($0)\(home) at " } ?? "")\(endpoint)"
  }

  private func lines(_ hop: Hop) -> [Line] {
    var head = Line("   ")
    head.append(padded(hop.kind.rawValue, 10), .faint)
    head.append(what(hop))
    if hop.certainty != .observed { head.append("  [\(hop.certainty.rawValue)]", .warning) }
    var lines = [head]
    let indent = String(repeating: " ", count: 13)
    if let reason = hop.reason { lines.append(Line("\(indent)\(reason)", .warning)) }
    for evidence in hop.evidence {
      lines.append(Line("\(indent)\(evidence.source): \(evidence.detail)", .faint))
      // A command is never shortened, so that it can be copied.
      if let command = evidence.command { lines.append(Line("\(indent)check: \(command)", .faint)) }
    }
    return lines
  }

  private func what(_ hop: Hop) -> String {
    let place = hop.namespace.map { $0 == "host" ? " on \(hop.host ?? "the host")" : " in \($0)" } ?? ""
    switch hop.kind {
    case .socket:
      let who =
        hop.process.map(Self.describe)
        ?? hop.container.map { place == " in container \($0.title)" ? "a process" : "container \($0.title)" }
        ?? "the kernel or an unknown process"
      let unit = hop.unit.map { ", \($0)" } ?? ""
      return "\(who)\(unit)\(place)\(hop.flow.map { ", \($0)" } ?? "")\(name(hop))"
    case .nat:
      guard let flow = hop.flow, let translated = hop.translated else { return "translation\(place)" }
      return
        "\(flow.source) -> \(flow.destination) is translated to \(translated.source) -> \(translated.destination)\(place)"
    case .container:
      guard let container = hop.container else { return "a container\(place)" }
      return
        "\(container.title) (\(container.runtime)\(container.id == container.name ? "" : " \(container.shortID)")\(container.image.map { ", image \($0)" } ?? ""))"
        + "\(container.address.map { ", \($0)" } ?? "")"
    case .relay:
      guard let relay = hop.relay else { return "relay\(place)" }
      let how = relay.candidates.map { "one of \($0) flows" } ?? "by \(relay.method)\(hop.flow.map { ": \($0)" } ?? "")"
      return "\(relay.software)\(hop.process.map { " (pid \($0.pid))" } ?? "")\(names(relay))\(place), \(how)"
    case .tunnel:
      guard let tunnel = hop.tunnel else { return "a tunnel\(place)" }
      return "\(tunnel.type)\(hop.process.map { " (pid \($0.pid))" } ?? "")\(place), \(client(tunnel, hop))"
    case .external:
      let link = hop.link.map { ", through \($0.interface)\(Self.neighbour($0))" } ?? ""
      let whereabouts = hop.place?.summary.map { " (\($0))" } ?? ""
      if let outside = hop.outside { return "\(Self.describe(outside))\(whereabouts)\(link)" }
      return "\(hop.address.map(String.init(describing:)) ?? "outside")\(whereabouts)\(link)"
    case .edge:
      guard let edge = hop.edge else { return "a CDN\(place)" }
      return
        "\(edge.provider), through which \(hop.host ?? "a host") (\(hop.namespace ?? "host")) requests \(edge.name)"
    case .link:
      guard let link = hop.link else { return hop.namespace ?? "a device\(place)" }
      let bridge = link.bridge.map { " of bridge \($0)" } ?? ""
      let machine = link.machine.map { ", virtual machine \($0)" } ?? ""
      let holder = hop.process.map { ", \(Self.describe($0))" } ?? ""
      return "\(link.interface)\(bridge)\(place)\(machine)\(holder)"
    case .host, .unknown:
      let place = hop.namespace == "host" ? hop.host : hop.namespace
      return "\(place ?? hop.host ?? "")\(hop.flow.map { " \($0)" } ?? "")"
    }
  }

  private func name(_ hop: Hop) -> String {
    guard let name = hop.name else { return "" }
    let others = hop.otherNames.map { " and \(Units.count($0.count, "other name"))" } ?? ""
    return ", for \(hop.nameCertainty == .observed ? "" : "~")\(name)\(others)"
  }

  private func names(_ relay: Hop.Relay) -> String {
    (relay.user.map { ", session of \($0)" } ?? "") + (Self.way(of: relay).map { ", \($0)" } ?? "")
  }

  /// `qcproxy -> qcbackend -> qcserver`; nil if the relay's parts have no names.
  static func way(of relay: Hop.Relay) -> String? {
    let way = [relay.frontend, relay.site, relay.backend, relay.server].compactMap { $0 }
    // A `listen` section's name is also that of its backend, and often of its server.
    let distinct = way.enumerated().filter { $0.offset == 0 || way[$0.offset - 1] != $0.element }.map(\.element)
    return distinct.isEmpty ? nil : distinct.joined(separator: " -> ")
  }

  private func client(_ tunnel: Tunnel, _ hop: Hop) -> String {
    let address = hop.address.map(String.init(describing:)) ?? "an unknown address"
    let route = tunnel.route.map { ", in \($0) behind it" } ?? ""
    guard let client = tunnel.client else {
      return tunnel.realAddress.map { "\(address) behind its server \($0)" } ?? "\(address)"
    }
    return "client \(client) (\(address)\(route))\(tunnel.realAddress.map { " from \($0)" } ?? "")"
  }

  /// `172.16.248.22 from 10.12.32.13:48085`
  static func whereabouts(of tunnel: Tunnel, _ hop: Hop) -> String {
    let address = hop.address.map(String.init(describing:)) ?? "an unknown address"
    let route = tunnel.route.map { " in \($0) behind it" } ?? ""
    let real = tunnel.realAddress.map { tunnel.client == nil ? " behind its server \($0)" : " from \($0)" } ?? ""
    return address + route + real
  }

  /// `cloudflare: 162.158.1.1, 162.158.1.2 and 210 more`
  private static func describe(_ outside: Hop.Outside) -> String { "\(outside.name): \(addresses(outside))" }

  static func addresses(_ outside: Hop.Outside) -> String {
    let rest = outside.addresses - outside.busiest.count
    let named = outside.busiest.map(String.init(describing:)).joined(separator: ", ")
    return "\(named)\(rest > 0 ? " and \(rest) more" : "")"
  }

  private static func describe(_ process: Process) -> String {
    let user = process.user ?? process.uid.map { "uid \($0)" }
    return
      "\(process.name) (pid \(process.numbered)\(user.map { ", user \($0)" } ?? "")\(process.ended == true ? ", ended" : ""))"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }

  /// ` (52:54:00:12:34:56, also 10.0.0.7)`
  static func neighbour(_ link: Hop.Link) -> String {
    guard let hardware = link.hardwareAddress else { return "" }
    return " (\(([hardware] + (link.otherAddresses ?? []).map { "also \($0)" }).joined(separator: ", ")))"
  }
}

internal import Flows
internal import Questions

/// The site that a connection asked a proxy for.
struct SiteFinding {
  var site: Site
  /// The site in the proxy's configuration and log.
  var served: ServedSite
  /// The place of the proxy's sockets.
  var place: Place
  /// The client's connection, from client to proxy.
  var inbound: Flow
}

/// Finds the sites that connections ask proxies for. Each proxy is asked once.
actor SiteIndex {
  private let inquiry: Inquiry
  private let inventory: Inventory
  private let rows: RowIndex
  private let window: ClosedRange<Double>?
  private let names: [Leg: FlowName]
  private var answers: [ProcessID: SitesAnswer?] = [:]

  /// How many seconds of the logs are read: long enough to show a period, short enough to describe the present.
  private static let logged = 600.0

  /// - Parameter window: the time of the measurement, in seconds since 1970; nil if it is not known, so that the whole
  ///   log counts.
  init(_ inquiry: Inquiry, inventory: Inventory, rows: RowIndex, names: [FlowName], window: ClosedRange<Double>?) {
    self.inquiry = inquiry
    self.inventory = inventory
    self.rows = rows
    self.window = window
    self.names = Dictionary(
      names.filter { $0.name != nil && $0.kind != .dns }.compactMap { name in
        name.namespace.map { (Leg(name.flow.unordered, at: .anywhere(on: $0.host)), name) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The site that the initiator of `connection` asked for, at the first proxy on its way that knows it; nil if there
  /// is none.
  func site(of connection: Connection) async throws -> SiteFinding? {
    for step in connection.steps.reversed() {
      let (place, process, inbound, link): (Place, Process, Flow, RelayLink?)
      switch step {
      case .relay(let at, let crossing) where crossing.open != .towardInitiator:
        (place, process, inbound, link) = (at, crossing.process, crossing.link.inbound, crossing.link)
      case .socket(let at, let flow, .towardResponder):
        guard let owner = rows.socket(flow.reversed, in: at)?.owner.process else { continue }
        (place, process, inbound, link) = (at, owner, flow, nil)
      default: continue
      }
      guard inbound.transport == .tcp || inbound.transport == .udp,
        let answer = try await sites(of: process, in: place),
        let finding = finding(answer, connection, place, inbound, link)
      else { continue }
      return finding
    }
    return nil
  }

  private func sites(of process: Process, in place: Place) async throws -> SitesAnswer? {
    // Its number is another process's here.
    guard process.outside != true else { return nil }
    // Workers serve the sites in their master's configuration, so the logs are read only once.
    let master = process.parents?.first.flatMap { $0.name == process.name ? $0.pid : nil }
    let pid = master ?? process.pid
    let key = ProcessID(host: place.host, pid: pid)
    if let known = answers[key] { return known }
    // A refusal is a reason in the trace (`Inquiry.refusals`); the chain stays without its site.
    let answer = try await inquiry.ask(SitesQuestion(of: pid, in: place, seconds: Self.logged)).told?.value ?? nil
    answers[key] = .some(answer)
    return answer
  }

  private func finding(
    _ answer: SitesAnswer, _ connection: Connection, _ place: Place, _ inbound: Flow, _ link: RelayLink?
  ) -> SiteFinding? {
    func finding(_ served: ServedSite, _ name: String, _ certainty: Certainty, _ evidence: Evidence) -> SiteFinding {
      SiteFinding(
        site: site(name, answer, served, place, certainty, evidence), served: served, place: place, inbound: inbound)
    }
    // The sites whose logs have requests of that client in the window, with their number.
    let client = inbound.source.address
    let counted = answer.sites.compactMap { served -> (ServedSite, Int)? in
      let times = served.activity?.clients.filter { $0.address == client }.flatMap(\.times) ?? []
      let count = times.filter { window?.contains($0) ?? true }.count
      return count > 0 ? (served, count) : nil
    }
    // The name that it asked for, as seen on its way.
    for flow in [inbound] + connection.names {
      guard let seen = names[Leg(flow.unordered, at: .anywhere(on: place.host))], let name = seen.name,
        IPAddress(name) == nil
      else { continue }
      let evidence = Evidence(seen.kind.title, "\(seen.flow) requested \(name)")
      if let served = answer.site(named: name) { return finding(served, name, .observed, evidence) }
      // No site has this name. If only one log has requests of this client, and it has them under a name of the
      // program's own (a router, a frontend) or under no name, they are taken for these.
      let unnamed = counted.filter {
        $0.0.configuration.isEmpty && !$0.0.names[0].contains(".") || $0.0.isUnnamed == true
      }
      let served = counted.count == 1 && unnamed.count == 1 ? unnamed[0].0 : nil
      return finding(served ?? ServedSite(names: [name], configuration: ""), name, .observed, evidence)
    }
    // The only site whose upstream this way leads to.
    if let name = link?.names?.site, let served = answer.site(named: name.lowercased()) {
      return finding(
        served, served.names[0], .matched,
        Evidence("configuration", "only \(name) is forwarded there (\(served.configuration))"))
    }
    if let link, let served = served(by: link.outbound.destination, answer, place) {
      return finding(
        served, served.names[0], .matched,
        Evidence(
          "configuration",
          "only \(served.names[0]) is forwarded to \(served.upstream ?? "it") (\(served.configuration)),"
            + " which is \(link.outbound.destination)"))
    }
    guard let busiest = counted.max(by: { $0.1 < $1.1 }) else { return nil }
    let all = counted.reduce(0) { $0 + $1.1 }
    let more = counted.count - 1
    let others = more > 0 ? "; the logs of \(more) other site\(more == 1 ? "" : "s") have \(all - busiest.1)" : ""
    return finding(
      busiest.0, busiest.0.names[0], counted.count == 1 ? .matched : .inferred,
      Evidence(
        "access log",
        "\(busiest.0.log ?? "the log") has \(busiest.1) requests from \(client)\(window == nil ? "" : " within the window")\(others)"
      ))
  }

  private func site(
    _ name: String, _ answer: SitesAnswer, _ served: ServedSite, _ place: Place, _ certainty: Certainty,
    _ evidence: Evidence
  ) -> Site {
    var site = Site(name: name, software: answer.software, id: served.id)
    site.configuration = served.configuration.isEmpty ? nil : served.configuration
    site.upstream = served.upstream
    site.upstreamContainer = served.upstream.flatMap { container(of: $0, near: place) }
    site.requestsPerSecond = served.activity?.requestsPerSecond.map { ($0 * 1000).rounded() / 1000 }
    if let activity = served.activity {
      site.seconds = max(0, activity.ended - activity.began).rounded()
      site.nowPerSecond = activity.nowPerSecond.map { ($0 * 1000).rounded() / 1000 }
      site.lastAgo = activity.last.map { max(0, activity.ended - $0).rounded() }
    }
    site.periodSeconds = served.activity?.period
    site.log = served.log
    site.certainty = certainty
    site.evidence = [evidence]
    return site
  }

  /// The only site whose upstream is `endpoint`.
  private func served(by endpoint: Endpoint, _ answer: SitesAnswer, _ place: Place) -> ServedSite? {
    let owner = inventory.namespaces.first { $0.id.host == place.host && $0.owns(endpoint.address) }?
      .container
    let fitting = answer.sites.filter { site in
      guard let upstream = site.upstream, site.sharesUpstream != true else { return false }
      let authority = Self.authority(upstream)
      if let port = authority.port, port != endpoint.port { return false }
      if let address = IPAddress(authority.host) { return address == endpoint.address }
      return owner?.name.map { $0 == authority.host } ?? false
    }
    return fitting.count == 1 ? fitting[0] : nil
  }

  /// Host and port of `http://git:3000`.
  private static func authority(_ upstream: String) -> (host: Substring, port: UInt16?) {
    let authority = upstream.split(separator: "/").last ?? ""
    let isBracketed = authority.hasPrefix("[")
    let host = isBracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
    let rest = authority.dropFirst(host.count + (isBracketed ? 2 : 0))
    return (host, rest.hasPrefix(":") ? UInt16(rest.dropFirst()) : nil)
  }

  /// The container on the proxy's own host that has the upstream's address or name.
  private func container(of upstream: String, near place: Place) -> String? {
    let host = Self.authority(upstream).host
    let here = inventory.containers.filter { $0.namespace.map { $0.host == place.host } ?? false }
    if let address = IPAddress(host) {
      let owners = inventory.namespaces.filter {
        $0.id.host == place.host && !$0.isHost && $0.owns(address)
      }
      return owners.count == 1 ? owners[0].container?.title : nil
    }
    return here.first { $0.container.name.map { $0 == host } ?? false }?.container.title
  }
}

extension Site {
  /// Whether a request for `name` asks for this site, or a site below it.
  func isAsked(by name: String) -> Bool {
    let (own, name) = (self.name.lowercased(), name.lowercased())
    return own == name || own.hasSuffix(".\(name)")
  }
}

extension FlowName.Kind {
  /// The kind's name in evidence.
  var title: String {
    switch self {
    case .tls: "TLS ClientHello"
    case .quic: "QUIC Initial"
    case .http: "HTTP Host"
    case .dns: "DNS"
    }
  }
}

internal import Documents
public import Flows
public import History
public import Questions
public import Tracing

/// Turns a measured minute into rows of the history: who, by which chain, at which interface.
public struct MinuteRows: Sendable {
  /// How many flows of each interface are traced, busiest first; of the others only the owner is kept.
  public static let followed = 1000

  private let uplinks: Uplinks
  private let interval: Interval

  public init(_ interval: Interval, _ uplinks: Uplinks) {
    self.interval = interval
    self.uplinks = uplinks
  }

  /// The interfaces of the host with what they counted.
  public var accounts: [HistoryAccount] {
    let own = interval.ledger.filter { $0.namespace == uplinks.namespace.id }
    let counted = Set(own.map(\.interface))
    // What was watched and moved nothing was watched, too.
    let idle = uplinks.namespace.interfaces.map(\.name).filter { !counted.contains($0) }.map {
      HistoryAccount(interface: $0, total: Traffic(), isUplink: uplinks.names.contains($0))
    }
    return own.map { entry in
      var account = HistoryAccount(
        interface: entry.interface, total: entry.total, isUplink: uplinks.names.contains(entry.interface))
      account.unknown = entry.unknown
      return account
    } + idle
  }

  /// Traces what passed each interface that leads away from the host.
  ///
  /// - Parameter minute: minutes since 1970.
  public func minute(
    _ minute: Int64, _ tracer: Tracer, _ inventory: Inventory, sets: some NamedSets
  ) async throws -> HistoryMinute {
    var rows: [HistoryRow] = []
    var seen: Set<FlowKey> = []
    let entries = interval.ledger.filter {
      $0.namespace == uplinks.namespace.id && uplinks.names.contains($0.interface) && !$0.total.isZero
    }.sorted { $0.total.bytes > $1.total.bytes }
    for entry in entries {
      let trace = try await tracer.follow(
        .interface(entry.interface, entry.namespace), interval, inventory, sets: sets, patience: 0.2,
        limit: Self.followed)
      rows += self.rows(trace, entry, &seen)
    }
    return HistoryMinute(
      minute: minute, milliseconds: UInt64((interval.seconds * 1000).rounded()), rows: rows, accounts: accounts
    ).balanced()
  }

  struct FlowKey: Hashable {
    let leg: Leg
    let cookie: UInt64?
    init(_ row: FlowTraffic) { (leg, cookie) = (Leg(row.flow, at: row.namespace), row.cookie) }
  }

  /// The rows of one interface.
  ///
  /// - Parameter seen: the flows that are rows of another interface.
  func rows(_ trace: Trace, _ entry: LedgerEntry, _ seen: inout Set<FlowKey>) -> [HistoryRow] {
    var rows: [HistoryRow] = []
    var passed: Set<FlowKey> = []
    var position = 0
    while position < trace.parts.count {
      let row = trace.parts[position].row
      var end = position
      while end < trace.parts.count, trace.parts[end].row == row { end += 1 }
      let parts = trace.parts[position..<end]
      let shares = Self.split(passage(of: row, at: entry.interface), by: parts.map(\.bytes))
      for (part, traffic) in zip(parts, shares) where !traffic.isZero {
        rows.append(self.row(row, part.chain, traffic, at: entry.interface, isAgain: seen.contains(FlowKey(row))))
      }
      passed.insert(FlowKey(row))
      position = end
    }
    for row in trace.unfollowed {
      let traffic = passage(of: row, at: entry.interface)
      if !traffic.isZero {
        rows.append(self.row(row, nil, traffic, at: entry.interface, isAgain: seen.contains(FlowKey(row))))
      }
      passed.insert(FlowKey(row))
    }
    seen.formUnion(passed)
    func rest(_ kind: HistoryOwner.Rest, _ traffic: Traffic?) {
      guard let traffic, !traffic.isZero else { return }
      rows.append(
        HistoryRow(interface: entry.interface, owner: HistoryOwner(rest: kind), traffic: traffic, flows: 0))
    }
    rest(.nonIP, entry.nonIP)
    rest(.headers, entry.headers)
    rest(.kernel, entry.kernel)
    return rows
  }

  /// What of a row passed the interface, as that received and sent it.
  func passage(of row: FlowTraffic, at interface: String) -> Traffic {
    guard row.role == .forwarded else { return row.traffic }
    var passed = Traffic()
    let isBelow = row.below?.contains(InterfacePlace(interface, in: row.namespace)) == true
    // The initiator's side: what goes toward the initiator leaves by it.
    let isSource = row.interface == interface || isBelow && uplinks.carries(interface, row.interface)
    let isDestination = row.outInterface == interface || isBelow && uplinks.carries(interface, row.outInterface)
    if isSource { passed += row.traffic.reversed }
    if isDestination { passed += row.traffic }
    return isSource || isDestination ? passed : row.traffic
  }

  /// The traffic in parts that are to each other as `bytes`; they add up to it.
  static func split(_ traffic: Traffic, by bytes: [UInt64]) -> [Traffic] {
    let whole = bytes.reduce(0.0) { $0 + Double($1) }
    guard bytes.count > 1, whole > 0 else {
      return bytes.isEmpty ? [] : [traffic] + bytes.dropFirst().map { _ in Traffic() }
    }
    var parts: [Traffic] = []
    var (share, given) = (0.0, Traffic())
    for (index, part) in bytes.enumerated() {
      share += Double(part)
      let isLast = index == bytes.count - 1
      func upTo(_ count: UInt64) -> UInt64 {
        isLast ? count : min(count, UInt64((Double(count) * (share / whole)).rounded()))
      }
      let sum = Traffic(
        bytesIn: upTo(traffic.bytesIn), bytesOut: upTo(traffic.bytesOut), packetsIn: upTo(traffic.packetsIn),
        packetsOut: upTo(traffic.packetsOut))
      parts.append(sum.since(given))
      given = sum
    }
    return parts
  }

  private func row(
    _ row: FlowTraffic, _ chain: Chain?, _ traffic: Traffic, at interface: String, isAgain: Bool
  ) -> HistoryRow {
    let isSource = row.role == .forwarded && row.interface == interface && row.outInterface != interface
    let remote =
      row.role == .forwarded && isSource
      ? row.flow.source.address : (row.translated ?? row.flow).destination.address
    let isEphemeral = row.servicePort >= HistoryTarget.firstUnkept
    var result = HistoryRow(
      interface: interface, owner: HistoryOwner(row, chain), chain: chain.map { HistoryChain($0) },
      peer: row.role == .shared || remote.isUnspecified ? nil : remote, transport: row.flow.transport.number,
      port: row.flow.transport.hasPorts && !isEphemeral ? row.servicePort : 0,
      direction: direction(row, isSource: isSource), traffic: traffic)
    result.isAgain = isAgain
    return result
  }

  private func direction(_ row: FlowTraffic, isSource: Bool) -> HistoryRow.Direction {
    switch row.role {
    case .initiator: .outward
    case .responder: .inward
    case .forwarded: isSource ? .inward : .outward
    case .peer, .shared: .unknown
    }
  }

}

extension HistoryOwner {
  /// Who on this host the traffic belongs to: the socket's owner, or else the end of the chain that is here.
  init(_ row: FlowTraffic, _ chain: Chain?) {
    if row.owner.process != nil || row.owner.isKernel == true || row.owner.machine != nil {
      self.init(row.owner)
      return
    }
    let hops = chain?.hops ?? []
    if let hop = hops.last(where: { $0.process != nil }) ?? hops.last(where: { $0.container != nil }) {
      self.init(process: hop.process?.name, container: hop.container?.title, unit: hop.unit)
    } else if let destination = chain?.destination, destination.process != nil || destination.container != nil {
      self.init(process: destination.process?.name, container: destination.container?.title)
    } else {
      self.init(row.owner)
    }
    if process == nil, container == nil, unit == nil { reason = reason ?? "no process of this host is an end of it" }
  }

  private init(_ owner: Owner) {
    self.init(
      process: owner.process?.name ?? (owner.isKernel == true ? "kernel" : nil), container: owner.container?.title,
      unit: owner.shownUnit, machine: owner.machine)
  }
}

extension HistoryChain {
  init(_ chain: Chain) {
    let first = chain.hops.last
    let inside = first?.container.map { " in \($0.title)" } ?? ""
    let isProcess = chain.source.kind == .process
    var hops: [String] = []
    for hop in chain.hops.reversed() {
      // The kernel's own sockets have no process.
      let isKernel = hop.kind == .socket && hop.process == nil && chain.source.name == "kernel"
      guard let text = isKernel ? "kernel" : Self.text(hop), text != hops.last else { continue }
      hops.append(text)
    }
    let end = chain.destination.process?.name ?? chain.destination.container?.title
    if let end, hops.last != end, hops.last?.hasPrefix("\(end) in ") != true { hops.append(end) }
    // A reason has numbers, and is not who it was.
    let source = chain.source.kind == .unknown ? "unknown" : chain.source.name + (isProcess ? inside : "")
    self.init(source: source, kind: chain.source.kind.rawValue, hops: hops)
  }

  /// A hop without numbers that change; nil for one that says nothing of who it was.
  private static func text(_ hop: Hop) -> String? {
    let inside = hop.container.map { " in \($0.title)" } ?? ""
    switch hop.kind {
    case .link, .nat, .container: return nil
    case .relay: return (hop.relay?.software ?? hop.process?.name ?? "relay") + inside
    case .socket: return (hop.process?.name ?? "socket") + inside
    case .tunnel: return hop.tunnel?.client ?? hop.tunnel.map { $0.interface ?? $0.type }
    case .host: return hop.host
    case .edge: return hop.edge?.provider
    case .external: return hop.outside?.name ?? hop.address.map { "\($0)" }
    case .unknown: return "unknown"
    }
  }
}

public import Flows
public import Questions

extension HostTalks {
  /// Sums the traffic of `interval`, which covers several hosts, by pairs of hosts.
  ///
  /// Each host counts its own end. If both ends of a connection were counted, the larger count of each direction is
  /// used. If a host counted a flow that no row of the other host fits, both may still be the same traffic (with an
  /// unknown translation in between); of both hosts' sums of such flows the larger is used, never both.
  ///
  /// - Parameters:
  ///   - interval: the interval, with places numbered by host.
  ///   - inventory: the inventory of the same hosts, to find the host of an address. It may include a host that has
  ///     failed since.
  ///   - rows: the interval's rows, where they are better known (`TalkTranslations`); nil for those of `interval`.
  public init(_ interval: Interval, _ inventory: Inventory, rows: [FlowTraffic]? = nil) {
    var count = TalkCount(interval, inventory)
    count.addAll(rows ?? interval.flows)
    self.init(pairs: count.result(), outside: count.outsideResult())
  }
}

/// The sums of one interval.
struct TalkCount {
  struct Pair: Hashable {
    /// Host numbers; `low < high`.
    let low: Int
    let high: Int

    init(_ one: Int, _ other: Int) { (low, high) = (min(one, other), max(one, other)) }
  }

  /// Bytes between the hosts of a pair, by direction.
  struct Directions {
    var up: UInt64 = 0
    var down: UInt64 = 0
    var bytes: UInt64 { up &+ down }

    static func += (left: inout Directions, right: Directions) {
      left.up &+= right.up
      left.down &+= right.down
    }

    static func max(_ one: Directions, _ other: Directions) -> Directions {
      Directions(up: Swift.max(one.up, other.up), down: Swift.max(one.down, other.down))
    }
  }

  struct Sum {
    /// Bytes of flows that both ends counted.
    var matched = Directions()
    var flows = 0
    /// Bytes of flows that only this host counted.
    var single: [Int: (directions: Directions, flows: Int)] = [:]
    /// Each host's whole count.
    var counts: [Int: Directions] = [:]
    /// Bytes of flows that this host opened.
    var begun: [Int: UInt64] = [:]
    var talkers = TalkerSums()
    var carriers: UInt64 = 0
  }

  let addresses: HostAddresses
  let carriers: TunnelCarriers
  let names: [Int: String]
  /// Hosts that delivered a part of this interval.
  let present: Set<Int>
  /// The tolerated difference: the hosts' windows don't begin at the same instant, and traffic comes in bursts.
  let tolerance: Double
  var pairs: [Pair: Sum] = [:]
  var outside: [Int: (sum: HostOutside, talkers: TalkerSums)] = [:]

  init(_ interval: Interval, _ inventory: Inventory) {
    addresses = HostAddresses(inventory)
    tolerance = max(0.05, 0.15 / max(0.15, interval.seconds))
    carriers = TunnelCarriers(interval.flows, inventory)
    let hosts = inventory.hosts ?? [inventory.host]
    names = Dictionary(hosts.enumerated().map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let failed = Set((interval.hosts ?? []).filter { $0.failure != nil }.map(\.host))
    present = Set(hosts.indices.filter { !failed.contains(hosts[$0]) })
    for number in present { outside[number] = (HostOutside(host: hosts[number]), TalkerSums()) }
  }

  mutating func addAll(_ rows: [FlowTraffic]) {
    for row in rows where !row.isTalk && !row.endsHere {
      change(row.namespace.host) { $0.sum.bytesShared &+= row.traffic.bytes }
    }
    for group in TalkGroups(rows, addresses).groups { add(group.map { rows[$0] }) }
  }

  private mutating func change(_ host: Int, _ body: (inout (sum: HostOutside, talkers: TalkerSums)) -> Void) {
    body(&outside[host, default: (HostOutside(host: names[host] ?? "host \(host)"), TalkerSums())])
  }

  /// Adds one connection.
  private mutating func add(_ rows: [FlowTraffic]) {
    let sockets = rows.filter { $0.role != .forwarded }
    let isCarrier = sockets.contains(where: carriers.isCarrier)
    guard !sockets.isEmpty else { return addPassing(rows, isCarrier) }
    let byHost = Dictionary(grouping: sockets, by: \.namespace.host)
    if byHost.count > 1 {
      // Three hosts can't be the ends of one connection; the busiest two are.
      let ends = byHost.sorted { (Self.bytes($0.value), $1.key) > (Self.bytes($1.value), $0.key) }.prefix(2).map(\.key)
      addPair(ends[0], ends[1], byHost, isCarrier)
    } else if let (host, own) = byHost.first {
      let far = farEnds(own, rows.filter { $0.role == .forwarded && $0.namespace.host == host })
      let others = far.compactMap { addresses.host(of: $0, seenFrom: host) }
      if others.contains(host) || Set(own.map(\.flow.source)).count > 1 {
        let bytes = own.map(\.traffic.bytes).max() ?? 0
        change(host) { $0.sum.bytesWithin &+= bytes }
      } else if let other = others.first {
        addPair(host, other, byHost, isCarrier)
      } else {
        addOutside(host, own, far.first, isCarrier)
      }
    }
  }

  private static func bytes(_ rows: [FlowTraffic]) -> UInt64 { rows.reduce(0) { $0 &+ $1.traffic.bytes } }

  /// The addresses of the other end; the one behind translations on this host comes last.
  private func farEnds(_ own: [FlowTraffic], _ forwarded: [FlowTraffic]) -> [IPAddress] {
    // Where this host translates what it sends itself, the address behind that is the other end.
    var result = own.map { ($0.translated ?? $0.flow).destination.address }
    result += own.filter { $0.translated != nil }.map(\.flow.destination.address)
    let near = Set(own.map(\.flow.source))
    for row in forwarded {
      let after = row.translated ?? row.flow
      if near.contains(row.flow.source) || near.contains(after.source) {
        result.append(after.destination.address)
      } else if near.contains(row.flow.destination) || near.contains(after.destination) {
        result.append(row.flow.source.address)
      }
    }
    return result
  }

  /// Adds a connection between two known hosts that one or both of them counted.
  private mutating func addPair(_ one: Int, _ other: Int, _ counted: [Int: [FlowTraffic]], _ isCarrier: Bool) {
    let pair = Pair(one, other)
    var sum = pairs[pair] ?? Sum()
    defer { pairs[pair] = sum }
    var seen: [Int: Directions] = [:]
    for host in [pair.low, pair.high] {
      guard let rows = counted[host] else { continue }
      let traffic = rows.reduce(into: Traffic()) { $0 += $1.traffic }
      seen[host] =
        host == pair.low
        ? Directions(up: traffic.bytesOut, down: traffic.bytesIn)
        : Directions(up: traffic.bytesIn, down: traffic.bytesOut)
    }
    let whole = seen.values.reduce(Directions(), Directions.max)
    guard !isCarrier else { return sum.carriers &+= whole.bytes }
    for (host, directions) in seen { sum.counts[host, default: Directions()] += directions }
    if seen.count == 2 {
      sum.matched += whole
      sum.flows += 1
    } else if let (host, directions) = seen.first {
      sum.single[host, default: (Directions(), 0)].directions += directions
      sum.single[host]?.flows += 1
    }
    let initiator = Self.initiator(counted, pair)
    if let initiator { sum.begun[initiator, default: 0] &+= whole.bytes }
    sum.talkers.add(
      near: counted[pair.low]?.first, far: counted[pair.high]?.first, address: nil,
      initiator: initiator.flatMap { names[$0] }, whole.bytes)
  }

  private static func initiator(_ counted: [Int: [FlowTraffic]], _ pair: Pair) -> Int? {
    for (host, rows) in counted.sorted(by: { $0.key < $1.key }) {
      let other = host == pair.low ? pair.high : pair.low
      if rows.contains(where: { $0.role == .initiator }) { return host }
      if rows.contains(where: { $0.role == .responder }) { return other }
    }
    return nil
  }

  private mutating func addOutside(_ host: Int, _ rows: [FlowTraffic], _ far: IPAddress?, _ isCarrier: Bool) {
    let traffic = rows.reduce(into: Traffic()) { $0 += $1.traffic }
    let name = names[host]
    change(host) { item in
      guard !isCarrier else { return item.sum.carriers &+= traffic.bytes }
      item.sum.bytesOut &+= traffic.bytesOut
      item.sum.bytesIn &+= traffic.bytesIn
      item.sum.flows += 1
      item.talkers.add(
        near: rows.first, far: nil, address: far, initiator: rows.first?.role == .initiator ? name : nil, traffic.bytes)
    }
  }

  /// Adds forwarded traffic: at least one end's socket was not seen.
  private mutating func addPassing(_ rows: [FlowTraffic], _ isCarrier: Bool) {
    guard
      let row = rows.min(by: {
        ($0.namespace.host, $1.traffic.bytes) < ($1.namespace.host, $0.traffic.bytes)
      })
    else { return }
    let place = row.namespace.host
    let after = row.translated ?? row.flow
    // For all others, an address hidden behind a host's translation is that host.
    let source =
      addresses.host(of: row.flow.source.address, seenFrom: place)
      ?? addresses.host(of: after.source.address, seenFrom: place)
    let destination =
      addresses.host(of: after.destination.address, seenFrom: place)
      ?? addresses.host(of: row.flow.destination.address, seenFrom: place)
    let bytes = row.traffic.bytes
    switch (source, destination) {
    case (let source?, let destination?) where source == destination:
      change(source) { $0.sum.bytesWithin &+= bytes }
    case (let source?, let destination?): addThirdParty(source, destination, row)
    case (let source?, nil):
      addEnd(source, row, bytesOut: row.traffic.bytesOut, bytesIn: row.traffic.bytesIn, far: after.destination.address)
    case (nil, let destination?):
      addEnd(
        destination, row, bytesOut: row.traffic.bytesIn, bytesIn: row.traffic.bytesOut, far: row.flow.source.address)
    case (nil, nil):
      addEnd(
        place, row, bytesOut: row.traffic.bytesOut, bytesIn: row.traffic.bytesIn, far: after.destination.address,
        passing: bytes)
    }
  }

  /// Adds traffic between two known hosts that only a host on the way saw.
  private mutating func addThirdParty(_ source: Int, _ destination: Int, _ row: FlowTraffic) {
    let pair = Pair(source, destination)
    let place = row.namespace.host
    let forth = source == pair.low
    let directions = Directions(
      up: forth ? row.traffic.bytesOut : row.traffic.bytesIn, down: forth ? row.traffic.bytesIn : row.traffic.bytesOut)
    var sum = pairs[pair] ?? Sum()
    sum.single[place, default: (Directions(), 0)].directions += directions
    sum.single[place]?.flows += 1
    sum.counts[place, default: Directions()] += directions
    sum.begun[source, default: 0] &+= directions.bytes
    sum.talkers.add(
      near: nil, far: nil, address: nil, transport: row.flow.transport, port: row.servicePort,
      initiator: names[source], directions.bytes)
    pairs[pair] = sum
  }

  private mutating func addEnd(
    _ host: Int, _ row: FlowTraffic, bytesOut: UInt64, bytesIn: UInt64, far: IPAddress, passing: UInt64 = 0
  ) {
    change(host) { item in
      item.sum.bytesOut &+= bytesOut
      item.sum.bytesIn &+= bytesIn
      item.sum.bytesPassing &+= passing
      item.sum.flows += 1
      item.talkers.add(
        near: nil, far: nil, address: far, transport: row.flow.transport, port: row.servicePort, initiator: nil,
        row.traffic.bytes)
    }
  }
}

public import Documents
public import Flows
public import Questions

/// Turns a host's answers into chains. It is pure: it sees only a `Vantage`.
public struct Tracer: Sendable {
  private let vantage: any Vantage
  private let asksAllHosts: Bool
  private let mustStop: @Sendable () -> Bool
  /// How many connections are followed one by one, busiest first; a note reports the rest.
  public static let followed = 4000

  /// - Parameters:
  ///   - asksAllHosts: whether a trace without a target is of all hosts' traffic, and not of the first host's.
  ///   - mustStop: asked while relays' counters are sampled; once it is true, the answer is what is known by then.
  public init(
    _ vantage: any Vantage, asksAllHosts: Bool = false, mustStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.vantage = vantage
    self.asksAllHosts = asksAllHosts
    self.mustStop = mustStop
  }

  /// Measures for `seconds` and follows what matches the target.
  ///
  /// - Parameter text: the target; nil for the busiest traffic.
  /// - Throws: `TargetError` before anything is measured; the vantage's own errors.
  public func trace(_ text: String?, seconds: Double, sets: some NamedSets) async throws -> Trace {
    if let text { try Target.check(text) }
    let before = try await vantage.inventory()
    let choice = ProcessChoice(vantage: vantage, inventory: before)
    let wanted: Target = if let text { try Target(text, inventory: before, sets: sets) } else { .busiest }
    let settled = try await choice.settled(wanted)
    let interval = try await vantage.measure(seconds: seconds)
    let target = try choice.settled(settled, by: interval)
    // Namespaces and containers that started during the window are found by reading the inventory again.
    let seen = Set(before.namespaces.map(\.id))
    let isNew = interval.flows.contains { !seen.contains($0.namespace) }
    var inventory = before
    if isNew {
      let after = try await vantage.inventory()
      let known = Set(after.namespaces.map(\.id))
      inventory = after
      inventory.namespaces += before.namespaces.filter { !known.contains($0.id) }
    }
    return try await follow(target, interval, inventory, sets: sets)
  }

  /// Follows what matches `target` in an interval that was already measured.
  ///
  /// - Parameters:
  ///   - patience: how many seconds may be spent on sampling relays' counters until their pairs are unique.
  ///   - limit: how many connections are followed, busiest first.
  public func follow(
    _ target: Target, _ interval: Interval, _ inventory: Inventory, sets: some NamedSets, patience: Double = 1,
    limit: Int = followed
  ) async throws -> Trace {
    let inquiry = Inquiry(vantage)
    var (interval, inventory) = (interval, inventory)
    interval.flows = AgreedBeginnings.settled(interval.flows)
    // Hosts that stopped answering while they counted are treated like those that never answered.
    if inventory.hosts != nil { inventory.unreached = vantage.failures }
    let rows = RowIndex(interval.flows)
    let relays = RelayIndex(
      inquiry, rows: rows, relayed: interval.relayed ?? [], answers: interval.answers, patience: patience,
      mustStop: mustStop)
    let walker = Walker(inquiry, inventory: inventory, rows: rows, relays: relays)
    let names = NameIndex(interval)
    let busiestFirst = interval.flows.sorted { $0.traffic.bytes > $1.traffic.bytes }
    // Without a target, the host that was asked matters, and not all that help to follow its traffic.
    var matching = busiestFirst.filter {
      matches(target, $0, names)
        && (target != .busiest || asksAllHosts || inventory.hosts == nil || $0.namespace.host == 0)
    }
    let accepted = try await TransparentListeners(inquiry, inventory).rows(of: target, among: busiestFirst)
    if !accepted.rows.isEmpty {
      let known = Set(matching)
      matching += accepted.rows.filter { !known.contains($0) }
      matching.sort { $0.traffic.bytes > $1.traffic.bytes }
    }
    if matching.isEmpty {
      // The host does not have the address by which others know it.
      let inside = target.inside(inventory)
      matching = busiestFirst.filter { inside[$0.namespace.host]?.matches($0) ?? false }
    }
    // Of packets that come by one interface and leave by another, each interface has one direction.
    if case .interface(let name, _) = target.plain { matching = matching.map { $0.passing(name) } }
    let sites = SiteIndex(
      inquiry, inventory: inventory, rows: rows, names: interval.names ?? [], window: interval.requestWindow)
    var connectionsOfAll: [FlowTraffic: [Connection]] = [:]
    if matching.isEmpty, case .name(let wanted) = target.plain {
      // Connections that are older than the window sent their names before it; a proxy's log has their requests.
      for row in busiestFirst.prefix(Self.followed)
      where row.role == .responder && target.isOn(host: row.namespace.host) {
        let connections = try await connect(row, walker)
        connectionsOfAll[row] = connections
        for connection in connections where try await sites.site(of: connection)?.site.isAsked(by: wanted) == true {
          matching.append(row)
          break
        }
      }
    }
    if matching.isEmpty, target.plain.mayBeTranslated {
      // The symptom's address may be the result of a translation, seen from a distance.
      for row in busiestFirst.prefix(Self.followed) where row.role != .shared && target.isOn(host: row.namespace.host) {
        let connections = try await connect(row, walker)
        connectionsOfAll[row] = connections
        if connections.contains(where: { $0.names.contains(where: target.plain.matchesName) }) { matching.append(row) }
      }
    }

    var sightings = Sightings()
    for row in matching.prefix(limit) {
      let connections: [Connection]
      if let known = connectionsOfAll[row] { connections = known } else { connections = try await connect(row, walker) }
      for connection in connections { sightings.add(connection) }
    }
    var copies = GroupCopies()
    var chosen: [[Connection]] = []
    for places in sightings.ofEach {
      if let best = Self.best(copies.without(places)) { chosen.append(best) }
    }
    let distinct = Self.withoutRepeats(chosen)
    let counted = distinct.groups.flatMap { $0 }.sorted {
      ($0.bytes, $1.row.flow.source) > ($1.bytes, $0.row.flow.source)
    }
    let carriers = CarrierIndex(rows: rows, inventory: inventory, connections: counted)
    var connections: [Connection] = []
    let devices = CarrierIndex.Devices(inventory)
    for connection in counted where !carriers.isCarrier(connection) {
      connections.append(try await walker.namingClient(of: connection, devices))
    }
    let describer = HopDescriber(
      inquiry: inquiry, inventory: inventory, rows: rows, meter: interval.meter, carriers: carriers, names: names)
    var chains: [ChainKey: Chain] = [:]
    var order: [ChainKey] = []
    var started: [ChainKey: Set<StartedProcess>] = [:]
    // For an interface, shares refer to everything that it counted.
    let total = max(Self.bytes(connections), Self.entry(of: target, in: interval)?.total.bytes ?? 0)
    let edges = EdgeIndex(interval, rows: rows, sets: sets, window: interval.requestWindow)
    var asked: [(connection: Connection, site: Site?)] = []
    for connection in connections {
      let finding = try await sites.site(of: connection)
      for part in try await follow(connection, asking: finding, through: edges, sets, walker) {
        asked.append((part, finding?.site))
      }
    }
    var flows: [ChainKey: Set<FlowTraffic.Identity>] = [:]
    var parts: [(row: FlowTraffic, key: ChainKey, bytes: UInt64)] = []
    for (connection, site) in asked {
      let chain = try await describer.chain(
        of: connection, site: site, seconds: interval.seconds, of: total, among: asked.count)
      let key = ChainKey(chain)
      if let process = chain.hops.last?.process, process.startedBy != nil {
        started[key, default: []].insert(StartedProcess(process))
      }
      flows[key, default: []].insert(connection.row.identity)
      parts.append((connection.row, key, connection.bytes))
      if let known = chains[key] {
        chains[key] = known.joined(
          with: chain, flows: flows[key]?.count ?? 1, seconds: interval.seconds, of: total, among: asked.count)
      } else {
        chains[key] = chain
        order.append(key)
      }
    }
    for (key, processes) in started { chains[key]?.tell(starts: processes.count) }
    let unfollowed = matching.dropFirst(limit)
    var trace = Trace(
      document: document(
        target, interval, inventory, order.compactMap { chains[$0] }, connections, carriers: carriers.list,
        included: accepted.notes + copies.notes,
        refusals: inquiry.refusals, denials: inquiry.denials, repeated: distinct.left, tooMany: unfollowed.count,
        tooManyBytes: unfollowed.reduce(0) { $0 + $1.traffic.bytes }),
      interval: interval, inventory: inventory, isOfProcess: target.isProcess, isOfName: target.isName)
    trace.parts = parts.compactMap { part in
      chains[part.key].map { Trace.Part(row: part.row, chain: $0, bytes: part.bytes) }
    }
    trace.unfollowed = Array(unfollowed)
    return trace
  }

  /// Chooses one place for traffic that was measured at several, so that it counts once: the place with the most bytes,
  /// or of equals one at an end, but first of all one where several processes use the socket. A place from which the other end is known is preferred if nearly as many bytes were
  /// counted there. Sockets that had the same tuple one after the other all count.
  private static func best(_ places: [Connection.Sighting: [Connection]]) -> [Connection]? {
    let most = places.values.map(bytes).max() ?? 0
    return places.max { one, other in
      let ranks = [one, other].map { sighting, connections in
        let isWhole = connections.allSatisfy(\.reachesResponder) && bytes(connections) >= most / 2
        // Only where the socket is, its processes are told apart. The other end counts a packet more or less.
        let isShared = bytes(connections) >= most / 10 * 9 && Self.areWriters(connections)
        return (isWhole ? 1 : 0, isShared ? 1 : 0, bytes(connections), sighting.isEnd ? 1 : 0)
      }
      return ranks[0] < ranks[1]
    }?.value
  }

  /// Whether these are several processes that use one socket.
  private static func areWriters(_ connections: [Connection]) -> Bool {
    guard let cookie = connections.first?.row.cookie, connections.allSatisfy({ $0.row.cookie == cookie }) else {
      return false
    }
    return Set(connections.map(\.row.owner.process?.pid)).count > 1
  }

  /// Traffic that was measured at one place, as far as it may be the same as that of another.
  private struct Measured {
    let isOpen: Bool
    /// The host that saw it come from outside and go outside; nil if it has an end that is known.
    let router: Int?
    let reachesResponder: Bool
    let bytes: UInt64
    /// By each tuple: the bytes from its first end to the other.
    let tuples: [Flow: UInt64]
    /// Where each of its ends was measured at a socket.
    let sockets: [Endpoint: Place]

    /// Whether it may be the traffic of another place with this tuple: nobody knows where it begins, or another router saw it
    /// pass.
    func mayRepeat(_ other: Measured, as tuple: Flow) -> Bool {
      guard !isOpen else { return true }
      guard let router, let another = other.router, router != another else { return false }
      // Where the ways there and back differ, each router has one of them.
      let (forth, forthThere) = (tuples[tuple] ?? 0, other.tuples[tuple] ?? 0)
      return Self.areAlike(forth, forthThere)
        && Self.areAlike(bytes - min(bytes, forth), other.bytes - min(other.bytes, forthThere))
    }

    private static func areAlike(_ one: UInt64, _ other: UInt64) -> Bool {
      max(one, other) - min(one, other) <= max(1500, max(one, other) / 5)
    }

    /// Whether the bytes are about as many, and no end was measured at sockets in two places.
    func isLike(_ other: Measured) -> Bool {
      for (end, place) in sockets {
        if let there = other.sockets[end], there != place { return false }
      }
      return Double(min(bytes, other.bytes)) >= 0.8 * Double(max(bytes, other.bytes))
    }
  }

  /// Leaves out traffic that was measured at several places and could not be followed from one to the other (between two
  /// routers there may be one that nobody asks): of those that have a tuple and about the bytes in common, the one whose
  /// start is known stays, or else the largest.
  ///
  /// - Returns: what stays, and the bytes that were left out.
  private static func withoutRepeats(_ groups: [[Connection]]) -> (groups: [[Connection]], left: UInt64) {
    guard groups.contains(where: { $0.contains { $0.isOpen || $0.isPassing } }) else { return (groups, 0) }
    let ranks = groups.map { group in
      // Packets to many have the same tuple wherever they are.
      let own = group.filter { $0.row.role != .shared && !$0.row.flow.destination.address.isMulticastOrBroadcast }
      return Measured(
        isOpen: group.contains(where: \.isOpen),
        router: group.allSatisfy(\.isPassing) ? group.first?.row.namespace.host : nil,
        reachesResponder: group.allSatisfy(\.reachesResponder),
        bytes: bytes(group), tuples: tuples(own),
        sockets: Dictionary(
          own.filter { $0.row.role != .forwarded }.map { ($0.row.flow.source, $0.row.namespace) },
          uniquingKeysWith: { first, _ in first }))
    }
    let order = groups.indices.sorted { one, other in
      let (one, other) = (ranks[one], ranks[other])
      if one.isOpen != other.isOpen { return !one.isOpen }
      if one.reachesResponder != other.reachesResponder { return one.reachesResponder }
      return one.bytes > other.bytes
    }
    var kept: [Flow: [Measured]] = [:]
    var result: [[Connection]] = []
    var left: UInt64 = 0
    for number in order {
      let rank = ranks[number]
      let isRepeated = rank.tuples.keys.contains { tuple in
        (kept[tuple] ?? []).contains { other in rank.mayRepeat(other, as: tuple) && other.isLike(rank) }
      }
      if isRepeated {
        left += rank.bytes
        continue
      }
      result.append(groups[number])
      for tuple in rank.tuples.keys where kept[tuple, default: []].count < 64 { kept[tuple, default: []].append(rank) }
    }
    return (result, left)
  }

  /// The tuples of connections, in either order, with the bytes from the first end to the other.
  private static func tuples(_ connections: [Connection]) -> [Flow: UInt64] {
    var result: [Flow: UInt64] = [:]
    for connection in connections {
      let (row, first) = (connection.row, connection.row.fromInitiator)
      let isForth = first == row.flow
      for name in Set([first] + connection.names) {
        let isOut = (name == name.unordered) == isForth
        result[name.unordered, default: 0] += isOut ? row.traffic.bytesOut : row.traffic.bytesIn
      }
    }
    return result
  }

  private func matches(_ target: Target, _ row: FlowTraffic, _ names: NameIndex?) -> Bool {
    guard case .name(let wanted) = target.plain else { return target.matches(row) }
    return target.isOn(host: row.namespace.host) && (names?.asks(row, for: wanted) ?? false)
  }

  /// The ledger's entry of the interface in question.
  static func entry(of target: Target, in interval: Interval) -> LedgerEntry? {
    guard case .interface(let name, let namespace) = target.plain else { return nil }
    return interval.ledger.first { $0.interface == name && $0.namespace == namespace }
  }

  private static func bytes(_ connections: [Connection]) -> UInt64 { connections.reduce(0) { $0 + $1.bytes } }

  /// The row with all ways to its two ends.
  private func connect(_ row: FlowTraffic, _ walker: Walker) async throws -> [Connection] {
    let flow = row.fromInitiator
    guard row.role != .shared else {
      // Frames belong to their sender. Traffic of a listener was opened by others.
      let isOwn = row.flow.transport == .packet
      let socket = Step.socket(row.namespace, row.flow, isOwn ? .towardInitiator : .towardResponder)
      let stranger = Step.unknown(row.namespace, row.flow, reason: Self.sharedReason(row))
      return [
        Connection(
          row: row,
          initiator: Walker.Path(steps: [isOwn ? socket : stranger], place: row.namespace, flow: row.flow),
          responder: Walker.Path(steps: isOwn ? [] : [socket], place: row.namespace, flow: row.flow),
          bytes: row.traffic.bytes)
      ]
    }
    // Its own packets show the interface by which it continues, where routes may differ (marks, rules).
    let back =
      row.role == .responder ? row.inInterface ?? row.interface : row.role == .forwarded ? row.interface : nil
    let forth = row.role == .initiator ? row.interface : row.role == .forwarded ? row.outInterface : nil
    let initiators = try await walker.walk(flow, from: row.namespace, .towardInitiator, by: back)
    let responders = try await walker.walk(flow, from: row.namespace, .towardResponder, by: forth)
    var result: [Connection] = []
    // Splits a whole number of bytes into parts that add up to it.
    var (share, given) = (0.0, UInt64(0))
    for initiator in initiators {
      for responder in responders {
        share += initiator.share * responder.share
        let upTo = min(row.traffic.bytes, UInt64((Double(row.traffic.bytes) * share).rounded()))
        let isLast = result.count == initiators.count * responders.count - 1
        let bytes = (isLast ? row.traffic.bytes : upTo) - given
        given += bytes
        result.append(Connection(row: row, initiator: initiator, responder: responder, bytes: bytes))
      }
    }
    return result
  }

  /// What could not be examined or was not answered; nil if all was.
  private static func refused(_ refusals: [HostFailure], _ inventory: Inventory) -> [String]? {
    let hosts = inventory.hosts ?? [inventory.host]
    let concealed = hosts.indices.compactMap { number in
      inventory.concealment(on: number).map { hosts.count > 1 ? "\(hosts[number]): \($0)" : $0 }
    }
    let all = concealed + refusals.map { "not answered: \($0)" }
    return all.isEmpty ? nil : all
  }

  private static func sharedReason(_ row: FlowTraffic) -> String {
    row.flow.transport == .tcp
      ? "handshakes of connections that moved nothing within the window; the meter does not keep who began them"
      : "more remotes than the meter can keep apart"
  }

  private func document(
    _ target: Target, _ interval: Interval, _ inventory: Inventory, _ chains: [Chain], _ connections: [Connection],
    carriers: [Carrier], included: [String],
    refusals: [HostFailure], denials: [HostFailure], repeated: UInt64, tooMany: Int, tooManyBytes: UInt64
  ) -> TraceDocument {
    let traced = chains.reduce(0) { $0 + $1.bytes }
    // A chain may end too early where a host did not answer; its last hop says so then.
    let mayGoOn =
      !vantage.failures.isEmpty || (inventory.hosts ?? []).indices.contains { inventory.concealment(on: $0) != nil }
    let open = chains.filter { $0.source.kind == .unknown || (mayGoOn && $0.hops.last?.reason != nil) }
    var explained = traced - open.reduce(0) { $0 + $1.bytes }
    var bytes = traced + tooManyBytes
    /// What the interface that was asked for did not count.
    var tooMuch: UInt64 = 0
    var reasons = interval.notes
    if let entry = Self.entry(of: target, in: interval) {
      let namespace = entry.namespace
      bytes = max(bytes, entry.total.bytes)
      // An interface may count several segments as one packet, with one header.
      let counted = entry.total.bytes
      let more = traced - min(traced, counted)
      if more > counted / 16 + 1500 {
        tooMuch = more
        reasons.append(
          "the chains have \(more) bytes more than the \(counted) that \(entry.interface) counted: they were dropped or kept behind where "
            + "they are counted, or became fewer (compression)")
      }
      tooMuch = max(tooMuch, entry.excess?.bytes ?? 0)
      // On an interface, a carrier's bytes count like those of the flows that it carries elsewhere.
      let host = inventory.host(of: namespace)
      explained += carriers.reduce(0) { $0 + ($1.host == host ? $1.bytes : 0) }
      // The headers of tunnels belong to what they carry.
      explained += entry.headers?.bytes ?? 0
      // What a program translates between families passes its device twice.
      explained += interval.flows.reduce(0) { sum, row in
        row.before != nil && row.namespace == namespace && row.interface == entry.interface
          ? sum + row.traffic.bytes : sum
      }
      // Traffic without a flow counts as explained: ARP, and the kernel's own answers, unless the flows that caused
      // them are in the chains.
      let asked = connections.filter { $0.row.flow.transport.isICMP && $0.row.namespace != namespace }
      let kernel = entry.kernel?.bytes ?? 0
      let ownless = entry.nonIP.bytes + kernel - min(kernel, Self.bytes(asked))
      explained += ownless
      if ownless > bytes / 50 {
        reasons.append("\(ownless) bytes are the kernel's own (ICMP, resets) and no IP (ARP): they have no chain")
      }
      reasons += (entry.notes ?? []) + entry.reasons.filter { !reasons.contains($0) }
    }
    if connections.contains(where: { $0.initiator.isNameOpen || $0.responder.isNameOpen }) {
      reasons.append("a connection whose translation is not known may be counted at both of its ends")
    }
    if repeated > 0 {
      reasons.append(
        "\(repeated) bytes with the tuple of traffic at another place are taken for the same, and counted once")
    }
    if tooMany > 0 { reasons.append("\(tooMany) smaller connections were not followed") }
    reasons += Set(open.flatMap { chain in chain.hops.compactMap(\.reason) }).sorted()
    reasons += refusals.map { "not answered: \($0)" }
    explained = min(explained, bytes - min(bytes, tooMuch))
    var coverage = Coverage(
      bytes: bytes, explained: explained, unknown: bytes - explained, reasons: reasons,
      refused: Self.refused(denials, inventory))
    let limits = inventory.limits(of: target)
    let isOpen = target.isProcess || coverage.unknown > 0 || chains.isEmpty
    let said = (isOpen ? limits : []) + interval.shorterWindows
    if !said.isEmpty { coverage.limits = said }
    coverage.estimated = interval.estimated
    coverage.included = included.isEmpty ? nil : included
    return TraceDocument(
      target: target.description, started: interval.started, seconds: interval.seconds, coverage: coverage,
      carriers: carriers.isEmpty ? nil : carriers,
      chains: chains.sorted { ($0.bytes, $0.flows) > ($1.bytes, $1.flows) }, findings: Findings.of(chains))
  }
}

/// A trace, with the interval that it is based on.
public struct Trace: Sendable {
  public var document: TraceDocument
  public let interval: Interval
  public let inventory: Inventory
  /// Whether what was asked for is a process, whose traffic is known only where owners may be seen.
  public let isOfProcess: Bool
  /// Whether what was asked for is a name, whose traffic is known only where names could be read.
  public let isOfName: Bool
  /// Which row is in which chain, with how many of its bytes; parts of one row follow each other.
  public internal(set) var parts: [Part] = []
  /// Rows that match and were not followed, because there were too many.
  public internal(set) var unfollowed: [FlowTraffic] = []

  /// A row's part of a chain.
  public struct Part: Sendable {
    public let row: FlowTraffic
    public let chain: Chain
    public let bytes: UInt64
  }
}

extension FlowTraffic {
  /// Distinguishes rows; a tuple may be used twice.
  struct Identity: Hashable {
    let leg: Leg
    let cookie: UInt64?
  }

  var identity: Identity { Identity(leg: Leg(flow, at: namespace), cookie: cookie) }

  /// The flow from initiator to responder. If the initiator is not known, the lower port is assumed to be the service.
  var fromInitiator: Flow {
    switch role {
    case .initiator, .forwarded, .shared: flow
    case .responder: flow.reversed
    // With equal ports (NTP, IKE, WireGuard) both ends must still give the flow the same tuple.
    case .peer where flow.source.port == flow.destination.port: flow.unordered
    case .peer: flow.source.port > flow.destination.port ? flow : flow.reversed
    }
  }
}

extension Target {
  /// Whether the target may be an address that appears only in a translation.
  var mayBeTranslated: Bool {
    switch self {
    case .prefix, .endpoint, .port, .flow, .set: true
    case .busiest, .interface, .pid, .processName, .container, .name, .on: false
    }
  }

  func matchesName(_ name: Flow) -> Bool {
    let ends = [name.source, name.destination]
    switch self {
    case .prefix(let prefix): return ends.contains { prefix.contains($0.address) }
    case .set(_, let prefixes): return ends.contains { end in prefixes.contains { $0.contains(end.address) } }
    case .endpoint(let endpoint): return ends.contains(endpoint)
    case .port(let port): return name.transport.hasPorts && ends.contains { $0.port == port }
    case .flow(let first, let second): return ends == [first, second] || ends == [second, first]
    case .busiest, .interface, .pid, .processName, .container, .name, .on: return false
    }
  }
}

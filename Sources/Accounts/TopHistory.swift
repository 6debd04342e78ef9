package import Flows

/// The state of a live view: the last interval, and the totals of every row and flow since the view began.
package struct TopHistory: Sendable {
  /// Identifies a flow; another flow with the same tuple has a different key.
  package struct FlowKey: Hashable, Sendable {
    package var flow: Flow
    package var namespace: Place
    package var cookie: UInt64?

    package init(_ item: FlowTraffic) {
      flow = item.flow
      namespace = item.namespace
      cookie = item.cookie
    }
  }

  private struct FlowTotal: Sendable {
    var traffic: Traffic
    var lastSeen: Int
  }

  /// How many flows are kept before idle ones are dropped.
  private static let mostFlows = 10_000

  package private(set) var interval: Interval?
  /// The names that the flows of the last interval asked for; nil if names are not watched.
  package private(set) var flowNames: NameIndex?
  package private(set) var seconds = 0.0
  /// The ledger over all intervals, with each interface's latest reasons.
  package private(set) var ledger: [LedgerEntry] = []
  /// The traffic by pairs of hosts over all intervals; nil for a single host.
  package private(set) var talks: HostTalks?
  private var intervals = 0
  private var totals: [TopGrouping: TopTotals] = [:]
  private var flows: [FlowKey: FlowTotal] = [:]

  package init() {}

  package mutating func add(_ new: Interval, _ names: TopNames) {
    interval = new
    intervals += 1
    if new.seconds.isFinite { seconds += max(0, new.seconds) }
    let names = names.naming(new)
    flowNames = names.flows
    addLedger(new.ledger)
    if let talks = new.talks { self.talks = (self.talks ?? HostTalks()) + talks }
    for grouping in TopGrouping.allCases { totals[grouping, default: TopTotals(grouping)].add(new.flows, names) }
    for item in new.flows {
      let key = FlowKey(item)
      flows[key, default: FlowTotal(traffic: Traffic(), lastSeen: intervals)].traffic += item.traffic
      flows[key]?.lastSeen = intervals
    }
    if flows.count > Self.mostFlows {
      let now = intervals
      flows = flows.filter { $0.value.lastSeen == now }
    }
  }

  private mutating func addLedger(_ entries: [LedgerEntry]) {
    struct Key: Hashable {
      var namespace: Place
      var interface: String
    }
    let places = ledger.enumerated().map { (Key(namespace: $1.namespace, interface: $1.interface), $0) }
    let known = Dictionary(places, uniquingKeysWith: { first, _ in first })
    for entry in entries {
      guard let index = known[Key(namespace: entry.namespace, interface: entry.interface)] else {
        ledger.append(entry)
        continue
      }
      ledger[index].total += entry.total
      ledger[index].sockets += entry.sockets
      ledger[index].forwarded += entry.forwarded
      ledger[index].children += entry.children
      ledger[index].nonIP += entry.nonIP
      ledger[index].unknown += entry.unknown
      if let excess = entry.excess { ledger[index].excess = (ledger[index].excess ?? Traffic()) + excess }
      if let headers = entry.headers { ledger[index].headers = (ledger[index].headers ?? Traffic()) + headers }
      if !entry.reasons.isEmpty { ledger[index].reasons = entry.reasons }
      if let notes = entry.notes { ledger[index].notes = notes }
    }
  }

  /// Whether the two hosts' counts of `pair` differ over the whole time as well.
  package func isApart(_ pair: HostPair) -> Bool {
    let whole = talks?.pairs.first { Set([$0.from, $0.to]) == Set([pair.from, pair.to]) }
    return whole?.apart(tolerating: 0.05) != nil
  }

  package func rows(_ grouping: TopGrouping) -> [TopRow] { totals[grouping]?.rows ?? [] }

  package func row(_ key: TopKey, _ grouping: TopGrouping) -> TopRow? { totals[grouping]?.row(key) }

  /// The traffic of `item`'s flow since it was first seen.
  package func total(_ item: FlowTraffic) -> Traffic { flows[FlowKey(item)]?.traffic ?? item.traffic }

  /// The flows of one row in the last interval.
  package func flows(_ key: TopKey, _ grouping: TopGrouping, _ names: TopNames) -> [FlowTraffic] {
    interval?.flows.filter { grouping.key($0, names) == key } ?? []
  }
}

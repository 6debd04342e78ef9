package import Flows

/// The rows of one grouping over all intervals so far.
package struct TopTotals: Sendable {
  /// How many rows are kept, so that a scan from a million addresses can't fill the memory.
  package static let most = 4000

  package let grouping: TopGrouping
  package private(set) var rows: [TopRow] = []
  /// The traffic of rows that were dropped, which are those with the least traffic.
  package private(set) var forgotten = Traffic()
  private var positions: [TopKey: Int] = [:]
  private var order = 0

  package init(_ grouping: TopGrouping) { self.grouping = grouping }

  package func row(_ key: TopKey) -> TopRow? { positions[key].map { rows[$0] } }

  /// Adds one interval.
  package mutating func add(_ flows: [FlowTraffic], _ names: TopNames) {
    // Room that stays unused costs no memory; moving rows as they grow costs time.
    if rows.isEmpty { rows.reserveCapacity(flows.count) }
    for index in rows.indices { rows[index].startInterval() }
    // For owners a flow counts once; for interfaces it counts at each of them.
    for item in flows where grouping == .interface || !item.endsHere {
      let key = grouping.key(item, names)
      if let position = positions[key] {
        rows[position].count(item.traffic)
      } else {
        positions[key] = rows.count
        rows.append(TopRow(key, item, names, order: order))
        rows[rows.count - 1].count(item.traffic)
        order += 1
      }
    }
    if rows.count > Self.most { forgetSmallest() }
  }

  /// Drops the rows with the least traffic, but none of the last interval.
  private mutating func forgetSmallest() {
    let idle = rows.indices.filter { rows[$0].flows == 0 }.sorted { rows[$0].total.bytes < rows[$1].total.bytes }
    let gone = Set(idle.prefix(rows.count - Self.most / 2))
    for position in gone { forgotten += rows[position].total }
    rows = rows.indices.lazy.filter { !gone.contains($0) }.map { rows[$0] }
    positions = Dictionary(rows.indices.map { (rows[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

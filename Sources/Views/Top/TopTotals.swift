internal import Flows

/// The rows of one grouping over all intervals so far.
struct TopTotals: Sendable {
  /// How many rows are kept: a scan from a million addresses must not fill the memory.
  static let most = 100_000

  let grouping: TopGrouping
  private(set) var rows: [TopKey: TopRow] = [:]
  /// What the rows carried that are kept no longer: those with the least traffic.
  private(set) var forgotten = Traffic()
  private(set) var forgottenRows = 0
  private var order = 0

  init(_ grouping: TopGrouping) { self.grouping = grouping }

  /// Adds one interval.
  mutating func add(_ flows: [FlowTraffic], _ names: TopNames) {
    for index in rows.values.indices {
      rows.values[index].traffic = Traffic()
      rows.values[index].flows = 0
    }
    for item in flows {
      let key = grouping.key(item, names)
      if let index = rows.index(forKey: key) {
        rows.values[index].count(item.traffic)
      } else {
        var row = TopRow(key, grouping, item, names, order: order)
        order += 1
        row.count(item.traffic)
        rows[key] = row
      }
    }
    if rows.count > Self.most { forgetSmallest() }
  }

  private mutating func forgetSmallest() {
    let idle = rows.values.filter { $0.flows == 0 }.sorted { $0.total.bytes < $1.total.bytes }
    for row in idle.prefix(rows.count - Self.most / 2) {
      forgotten += row.total
      forgottenRows += 1
      rows[row.key] = nil
    }
  }
}

extension TopRow {
  fileprivate mutating func count(_ traffic: Traffic) {
    self.traffic += traffic
    total += traffic
    flows += 1
  }
}

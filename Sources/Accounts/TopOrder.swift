/// The order of rows.
public enum TopOrder: String, CaseIterable, Hashable, Sendable {
  case total, `in`, out, name, flows

  package var next: TopOrder {
    switch self {
    case .total: .in
    case .in: .out
    case .out: .name
    case .name: .flows
    case .flows: .total
    }
  }

  /// The rows in this order: most first, names from A; `reversed` reverses it.
  package func sorted(_ rows: [TopRow], cumulative: Bool, reversed: Bool) -> [TopRow] {
    func amount(_ row: TopRow) -> UInt64 {
      let traffic = cumulative ? row.total : row.traffic
      return switch self {
      case .total: traffic.bytes
      case .in: traffic.bytesIn
      case .out: traffic.bytesOut
      case .flows: UInt64(clamping: row.flows)
      case .name: 0
      }
    }
    // Rows that are equal stay in the order in which they were first seen, so that they don't jump.
    if self == .name {
      let named = rows.indices.map { (title: rows[$0].title, order: rows[$0].order, index: $0) }
      return named.sorted {
        $0.title == $1.title ? $0.order < $1.order : ($0.title < $1.title) != reversed
      }.map { rows[$0.index] }
    }
    let keyed = rows.indices.map { (amount: amount(rows[$0]), order: rows[$0].order, index: $0) }
    return keyed.sorted {
      $0.amount == $1.amount ? $0.order < $1.order : ($0.amount > $1.amount) != reversed
    }.map { rows[$0.index] }
  }
}

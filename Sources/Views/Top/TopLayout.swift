/// How the lines of a screen are distributed: the table gets most of them, but the ledger is always visible.
struct TopLayout: Hashable {
  /// Whether there is a line with grouping, order and filter.
  var hasStatus: Bool
  /// The number of the table's rows, without its heading.
  var rows: Int
  /// Whether empty lines separate the parts.
  var isAiry: Bool
  var ledger: Int
  var notes: Int

  init(_ state: TopState) {
    let height = state.size.rows
    let noteCount = state.interval?.notes.count ?? 0
    hasStatus = height >= 6
    isAiry = height >= 20
    ledger = height >= 12 ? min(height / 3, 1 + Self.ledgerLines(state)) : height >= 3 ? 1 : 0
    notes = height >= 12 ? min(noteCount, max(1, height / 12)) : 0
    rows = max(0, height - 2 - (hasStatus ? 1 : 0) - (isAiry ? 2 : 0) - ledger - notes)
  }

  private static func ledgerLines(_ state: TopState) -> Int {
    (state.isCumulative ? state.shown.ledger : state.interval?.ledger ?? []).reduce(0) {
      $0 + ($1.total.bytes > 0 ? 1 : 0) + ($1.unknown.bytes > 0 ? $1.reasonLines : 0)
    }
  }
}

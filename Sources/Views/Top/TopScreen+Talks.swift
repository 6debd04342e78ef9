internal import Flows

extension TopScreen {
  /// The traffic by pairs of hosts, with the ledger's summary and the notes below.
  static func talks(_ state: TopState) -> [Line] {
    let (width, height) = (state.size.columns, state.size.rows)
    var lines = [header(state)]
    if height >= 6 {
      let what = state.isCumulative ? "totals of \(Units.duration(state.shown.seconds))" : "rates"
      lines.append(withHint(Line(what), "w Esc back  h help", state))
    }
    if height >= 20 { lines.append(Line()) }
    let notes = (state.interval?.notes ?? []).prefix(height >= 12 ? max(1, height / 8) : 0)
    var foot: [Line] = []
    if state.interval != nil, height >= 5 { foot = LedgerView(state).lines(width: width, limit: 1) }
    foot += notes.map { Line("note: \($0)", .warning) }
    let room = max(0, height - lines.count - foot.count)
    if let view = HostTalksView(state) {
      lines += view.lines(width: width, limit: room, scrolled: state.scrolled)
    } else if state.interval != nil, room > 0 {
      lines.append(Line("needs more than one host: add others with --host NAME or --hosts FILE", .faint))
    }
    while lines.count < height - foot.count { lines.append(Line()) }
    return lines.prefix(max(0, height - foot.count)) + foot
  }
}

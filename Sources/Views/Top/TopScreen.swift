internal import Flows

/// Draws a live view's state as lines that fit its size.
public enum TopScreen {
  /// At most `state.size.rows` lines of at most `state.size.columns` cells.
  public static func lines(_ state: TopState) -> [Line] {
    let (width, height) = (state.size.columns, state.size.rows)
    guard width > 0, height > 0 else { return [] }
    let lines =
      switch state.screen {
      case .list: list(state)
      case .row(let key): detail(state, key)
      case .talks: talks(state)
      case .trace(let target): trace(state, target)
      case .help: help(state)
      }
    return lines.prefix(height).map { $0.shortened(to: width) }
  }

  /// How far the flows of the open row, or the help, can be scrolled.
  static func mostScrolled(_ state: TopState) -> Int {
    switch state.screen {
    case .list: 0
    case .row(let key): max(0, state.shown.flows(key, state.grouping, state.names).count - 1)
    case .help: max(0, TopState.help.count - 1)
    case .trace: max(0, traced(state).count - max(1, state.size.rows - 3))
    case .talks: max(0, (HostTalksView(state)?.count ?? 0) - 1)
    }
  }

  private static func list(_ state: TopState) -> [Line] {
    let layout = TopLayout(state)
    var lines = [header(state)]
    if layout.hasStatus { lines.append(status(state)) }
    if layout.isAiry { lines.append(Line()) }
    lines += table(state, layout)
    lines += foot(state, layout)
    return lines
  }

  /// Ledger and notes, at the bottom of the screen.
  static func foot(_ state: TopState, _ layout: TopLayout) -> [Line] {
    guard let interval = state.interval else { return [] }
    let lines = LedgerView(state).lines(width: state.size.columns, limit: layout.ledger)
    var notes = interval.notes.map { Line("note: \($0)", .warning) }
    if notes.count > layout.notes {
      let more = notes.count - layout.notes + 1
      notes =
        notes.prefix(max(0, layout.notes - 1)) + (layout.notes > 0 ? [Line("… \(more) more notes", .warning)] : [])
    }
    return (layout.isAiry ? [Line()] : []) + lines + notes
  }

  static func header(_ state: TopState) -> Line {
    var line = Line()
    if state.isPaused { line.append("PAUSED ", .warning) }
    guard let interval = state.interval else {
      line.append("headwater", .bold)
      line.append("  measuring…")
      return line
    }
    if let hosts = interval.hosts, let talks = interval.talks {
      line.append(self.hosts(hosts))
      let between = talks.pairs.reduce(0) { $0 &+ $1.bytes }
      let outside = talks.outside.reduce(0) { $0 &+ $1.bytes }
      line.append("  between ")
      line.append(state.units.rate(between, over: interval.seconds), .bold)
      line.append("  outside ")
      line.append(state.units.rate(outside, over: interval.seconds), .bold)
    } else {
      let total = interval.flows.reduce(into: Traffic()) { if !$1.endsHere { $0 += $1.traffic } }
      line.append(interval.host, .bold)
      line.append("  in ")
      line.append(state.units.rate(total.bytesIn, over: interval.seconds), .bold)
      line.append("  out ")
      line.append(state.units.rate(total.bytesOut, over: interval.seconds), .bold)
    }
    line.append("  \(Units.count(interval.flows.count, "flow"))", .faint)
    line.append("  \(interval.meter) meter", .faint)
    line.append("  \(interval.started), \(Units.duration(interval.seconds))", .faint)
    return line
  }

  /// `3 hosts`, or `2 of 3 hosts, without tke`.
  private static func hosts(_ hosts: [HostInterval]) -> Line {
    let gone = hosts.filter { $0.failure != nil }.map(\.host)
    guard !gone.isEmpty else { return Line(Units.count(hosts.count, "host"), .bold) }
    var line = Line("\(hosts.count - gone.count) of \(Units.count(hosts.count, "host"))", .bold)
    let more = gone.count > 2 ? " and \(gone.count - 2) more" : ""
    line.append(", without \(gone.prefix(2).joined(separator: ", "))\(more)", .bad)
    return line
  }

  private static func status(_ state: TopState) -> Line {
    var line = Line("by ")
    line.append(state.grouping.title, .bold)
    line.append(state.isCumulative ? ", totals of \(Units.duration(state.shown.seconds))" : ", rates")
    line.append(", sorted by \(state.order.rawValue)\(state.isReversed ? " reversed" : "")")
    line.append(", \(Units.count(state.rows.count, "row"))")
    if state.isTyping {
      line = Line("filter: ", .bold)
      line.append(state.filter)
      line.append("▏", .bold)
      line.append("  Enter keeps it, Esc clears it", .faint)
    } else if !state.filter.isEmpty {
      line.append(", only ")
      line.append("\"\(state.filter)\"", .warning)
    }
    return withHint(line, "h help  q quit", state)
  }

  /// `line` with a hint at its right end, if there is room.
  static func withHint(_ line: Line, _ hint: String, _ state: TopState) -> Line {
    guard line.width + 2 + hint.displayWidth <= state.size.columns else { return line }
    var result = line.padded(to: state.size.columns - hint.displayWidth)
    result.append(hint, .faint)
    return result
  }

  private static func table(_ state: TopState, _ layout: TopLayout) -> [Line] {
    let selected = state.selectedIndex
    let first = layout.rows > 0 ? selected / layout.rows * layout.rows : 0
    let page = state.rows.dropFirst(first).prefix(layout.rows)
    let drawn = TopColumns(state).table(page).lines(width: max(0, state.size.columns - 2))
    var lines = drawn.enumerated().map { index, row in
      // The mark shows the selection where there are no colours.
      let isSelected = index == selected - first + 1
      var line = Line(isSelected ? "> " : "  ")
      line.append(row)
      return isSelected ? line.padded(to: state.size.columns).emphasized(.selected) : line
    }
    if page.isEmpty, layout.rows > 0 { lines.append(Line("  \(nothing(state))")) }
    while lines.count < layout.rows + 1 { lines.append(Line()) }
    return lines
  }

  private static func nothing(_ state: TopState) -> String {
    guard let interval = state.interval else { return "" }
    if !state.filter.isEmpty { return "no row has \"\(state.filter)\"; Esc shows all" }
    return "nothing moved in \(Units.duration(interval.seconds))"
  }

  private static func help(_ state: TopState) -> [Line] {
    var table = TextTable([.init("KEY"), .init("WHAT IT DOES", minimum: 1)])
    for item in TopState.help { table.add([.init(item.keys, .bold), .init(item.meaning)]) }
    let lines = table.lines(width: state.size.columns)
    let heading = withHint(Line("headwater top: who uses the network now", .bold), "any key goes back", state)
    return [heading, Line()] + lines.prefix(1) + lines.dropFirst(1 + state.scrolled) + [
      Line(), Line("in and out are as the owner sees them; bytes from the IP header up", .faint),
    ]
  }
}

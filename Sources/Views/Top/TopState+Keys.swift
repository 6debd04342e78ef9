internal import Accounts

internal import LinuxSystem

extension TopState {
  /// The keys and their meanings, as the help shows them.
  static let help: [(keys: String, meaning: String)] = [
    ("p c u  1-3", "group by process, container, systemd unit"),
    ("s r x  4-6", "by service port, remote address, prefix set"),
    ("i H g a  7-0", "by interface, host, country, network (AS)"),
    ("N Tab", "by requested name (with --by name); next grouping"),
    ("w", "who talks to whom (with --host, --hosts)"),
    ("arrows", "select a row (also j, k, PgUp, PgDn, Home, End)"),
    ("Enter", "open the row: its owner and its flows"),
    ("t", "trace the row: where its traffic comes from, hop by hop"),
    ("/ Esc", "show only rows with the text (names, addresses, ports); clear it"),
    ("o O", "sort by total, in, out, name, flows; reverse the order"),
    ("T", "rates, or totals since the start"), ("b", "bits or bytes"), ("space", "pause, go on"),
    ("n", "names of remote hosts (with --resolve)"), ("h ?", "this help"), ("q Ctrl-C", "quit"),
  ]

  mutating func press(_ key: Key) -> [TopAction] {
    if key == .control("c") { return [.quit] }
    if isTyping { return type(key) }
    switch screen {
    case .help:
      if scroll(key) { return [.redraw] }
      if key == .character("q") { return [.quit] }
      leave()
      return [.redraw]
    case .row, .talks, .trace:
      if scroll(key) { return [.redraw] }
      if [.escape, .backspace, .left].contains(key) || (screen == .talks && key == .character("w")) {
        leave()
        return [.redraw]
      }
      return command(key)
    case .list:
      return move(key) ?? command(key)
    }
  }

  private mutating func leave() {
    if case .trace = screen { screen = behindTrace } else { screen = .list }
    scrolled = 0
  }

  /// Traces the open row, or else the selected one.
  private mutating func trace() -> [TopAction] {
    var row = selectedRow
    switch screen {
    case .row(let key): row = shown.row(key, grouping)
    case .list: break
    default: return []
    }
    guard let row, let target = RowTarget.of(row, shown.flows(row.key, grouping, names)) else { return [] }
    behindTrace = screen
    screen = .trace(target)
    scrolled = 0
    traced = nil
    return [.redraw, .trace(target)]
  }

  private mutating func type(_ key: Key) -> [TopAction] {
    switch key {
    case .character(let character): filter.append(character)
    case .backspace:
      if filter.isEmpty { isTyping = false } else { filter.removeLast() }
    case .control("u"): filter = ""
    case .enter: isTyping = false
    case .escape:
      isTyping = false
      filter = ""
    default: return []
    }
    forgetSelection()
    refresh()
    return [.redraw]
  }

  /// Moves the selection; nil if `key` is not for that.
  private mutating func move(_ key: Key) -> [TopAction]? {
    let page = max(1, TopLayout(self).rows)
    switch key {
    case .up, .character("k"): select(selectedIndex - 1)
    case .down, .character("j"): select(selectedIndex + 1)
    case .pageUp: select(selectedIndex - page)
    case .pageDown: select(selectedIndex + page)
    case .home, .character("g"): select(0)
    case .end, .character("G"): select(rows.count - 1)
    case .enter, .right:
      guard let row = selectedRow else { return [] }
      screen = .row(row.key)
      scrolled = 0
    case .escape:
      guard !filter.isEmpty else { return [] }
      filter = ""
      refresh()
    default: return nil
    }
    return [.redraw]
  }

  private mutating func scroll(_ key: Key) -> Bool {
    let page = max(1, size.rows / 2)
    switch key {
    case .up, .character("k"): scrolled -= 1
    case .down, .character("j"): scrolled += 1
    case .pageUp: scrolled -= page
    case .pageDown: scrolled += page
    case .home, .character("g"): scrolled = 0
    case .end, .character("G"): scrolled = .max / 2
    default: return false
    }
    scrolled = max(0, min(scrolled, TopScreen.mostScrolled(self)))
    return true
  }

  private mutating func command(_ key: Key) -> [TopAction] {
    switch key {
    case .character("q"): return [.quit]
    case .character("h"), .character("?"):
      screen = .help
      scrolled = 0
    case .character("w"):
      screen = .talks
      scrolled = 0
    case .character("/"):
      screen = .list
      scrolled = 0
      isTyping = true
    case .character(" "): togglePause()
    case .character("o"): order = order.next
    case .character("O"): isReversed.toggle()
    case .character("b"): units.base = units.base == .bits ? .bytes : .bits
    case .character("t"): return trace()
    case .character("T"): isCumulative.toggle()
    case .character("n"):
      guard names.hosts != nil else { return [] }
      showsNames.toggle()
    case .tab, .backTab: group(by: neighbour(of: grouping, key == .tab ? 1 : -1))
    case .character(let character):
      // If names are not watched, there are none to group by.
      guard let grouping = Self.groupings[character], grouping != .name || shown.flowNames != nil else { return [] }
      group(by: grouping)
    default: return []
    }
    refresh()
    return [.redraw]
  }

  private mutating func group(by new: TopGrouping) {
    screen = .list
    scrolled = 0
    if new == grouping { return }
    grouping = new
    forgetSelection()
  }

  private func neighbour(of grouping: TopGrouping, _ step: Int) -> TopGrouping {
    let all = TopGrouping.allCases.filter { $0 != .name || shown.flowNames != nil }
    let index = all.firstIndex(of: grouping) ?? 0
    return all[(index + step + all.count) % all.count]
  }

  private static let groupings: [Character: TopGrouping] = [
    "1": .process, "p": .process, "2": .container, "c": .container, "3": .unit, "u": .unit, "4": .service,
    "s": .service, "5": .remote, "r": .remote, "6": .prefix, "x": .prefix, "7": .interface, "i": .interface,
    "8": .host, "H": .host, "9": .country, "g": .country, "0": .network, "a": .network, "N": .name,
  ]
}

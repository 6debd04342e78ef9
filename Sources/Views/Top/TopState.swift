public import Accounts
public import Flows
public import LinuxSystem

/// A live view as a machine: it takes events and says what is to be done. It knows nothing of a terminal.
public struct TopState: Sendable {
  public enum Screen: Hashable, Sendable {
    case list
    case row(TopKey)
    /// Who talks to whom among several hosts.
    case talks
    case help
  }

  public internal(set) var grouping: TopGrouping
  public internal(set) var order = TopOrder.total
  public internal(set) var isReversed = false
  /// What was typed after `/`.
  public internal(set) var filter = ""
  /// True while the filter is being typed.
  public internal(set) var isTyping = false
  public internal(set) var units: Units
  /// Amounts since the beginning, instead of rates.
  public internal(set) var isCumulative = false
  /// Names of remote hosts instead of their addresses.
  public internal(set) var showsNames: Bool
  public internal(set) var screen = Screen.list
  public internal(set) var size: Terminal.Size
  /// The rows of the list: grouped, filtered and sorted.
  public private(set) var rows: [TopRow] = []
  /// How many flows of the open row, or lines of the help, are scrolled past.
  public internal(set) var scrolled = 0

  private let givenNames: TopNames
  private var live = TopHistory()
  /// What is shown while the view is paused; counting goes on.
  private var frozen: TopHistory?
  /// Nil until a row was chosen: then the first row is selected, whoever it is.
  private var chosen: TopKey?
  /// Where the selected row was seen last, for when it is gone.
  private var chosenIndex = 0

  /// - Parameter names: names of hosts are shown from the start if there is a source of them.
  public init(
    grouping: TopGrouping = .process, units: Units = Units(), names: TopNames = TopNames(),
    size: Terminal.Size = Terminal.Size(columns: 80, rows: 24)
  ) {
    self.grouping = grouping
    self.units = units
    givenNames = names
    self.size = size
    showsNames = names.hosts != nil
  }

  public var isPaused: Bool { frozen != nil }

  /// The interval that is shown; nil before the first.
  public var interval: Interval? { shown.interval }

  var shown: TopHistory { frozen ?? live }

  /// Where names in what is shown come from.
  var names: TopNames {
    var names = givenNames
    names.flows = shown.flowNames
    return names
  }

  /// The position of the selected row in `rows`.
  public var selectedIndex: Int {
    guard let chosen else { return 0 }
    return rows.firstIndex { $0.key == chosen } ?? min(chosenIndex, max(0, rows.count - 1))
  }

  public var selectedRow: TopRow? {
    let index = selectedIndex
    return rows.indices.contains(index) ? rows[index] : nil
  }

  /// Takes an event; what is to be done about it.
  public mutating func handle(_ event: TopEvent) -> [TopAction] {
    switch event {
    case .key(let key): return press(key)
    case .resize(let size):
      self.size = size
      return [.redraw]
    case .interval(let interval):
      live.add(interval, names)
      if isPaused { return [] }
      refresh()
      return [.redraw]
    case .tick:
      return showsNames ? [.redraw] : []
    }
  }

  mutating func togglePause() {
    frozen = isPaused ? nil : live
    refresh()
  }

  mutating func select(_ index: Int) {
    let index = max(0, min(index, rows.count - 1))
    chosenIndex = index
    chosen = index == 0 || rows.isEmpty ? nil : rows[index].key
  }

  mutating func forgetSelection() {
    chosen = nil
    chosenIndex = 0
  }

  /// Groups, filters and sorts again, after something changed.
  mutating func refresh() {
    let selected = selectedIndex
    let filter = TopFilter(filter)
    var found = shown.rows(grouping).filter { (isCumulative || $0.flows > 0) && filter.matches($0) }
    if !filter.isEmpty { found += rowsByFlow(filter, besides: Set(found.map(\.key))) }
    rows = order.sorted(found, cumulative: isCumulative, reversed: isReversed)
    if chosen != nil, !rows.contains(where: { $0.key == chosen }) {
      chosenIndex = max(0, min(selected, rows.count - 1))
    }
  }

  /// The rows that don't match themselves, but a flow of theirs does by its addresses or ports.
  private func rowsByFlow(_ filter: TopFilter, besides found: Set<TopKey>) -> [TopRow] {
    var more: Set<TopKey> = []
    for item in shown.interval?.flows ?? [] {
      let key = grouping.key(item, names)
      if !found.contains(key), !more.contains(key), filter.matches(item, hosts: showsNames ? names.hosts : nil) {
        more.insert(key)
      }
    }
    return more.compactMap { shown.row($0, grouping) }
  }

  /// An address as it is shown: its name, if names are on and it has one.
  func text(of address: IPAddress) -> String {
    (showsNames ? names.hosts?.name(of: address) : nil) ?? "\(address)"
  }
}

public import Accounts
public import Flows
public import LinuxSystem

/// The state machine of a live view: it handles events and returns actions. It does not use a terminal itself.
public struct TopState: Sendable {
  public enum Screen: Hashable, Sendable {
    case list
    case row(TopKey)
    /// Where the traffic of a row comes from; the target of its trace.
    case trace(String)
    /// The traffic by pairs of hosts.
    case talks
    case help
  }

  public internal(set) var grouping: TopGrouping
  public internal(set) var order = TopOrder.total
  public internal(set) var isReversed = false
  /// The text typed behind `/`.
  public internal(set) var filter = ""
  /// Whether the filter is being typed.
  public internal(set) var isTyping = false
  public internal(set) var units: Units
  /// Whether amounts since the beginning are shown instead of rates.
  public internal(set) var isCumulative = false
  /// Whether names of remote hosts are shown instead of their addresses.
  public internal(set) var showsNames: Bool
  public internal(set) var screen = Screen.list
  public internal(set) var size: Terminal.Size
  /// The rows of the list: grouped, filtered and sorted.
  public private(set) var rows: [TopRow] = []
  /// How many flows of the open row, or lines of the help, are scrolled past.
  public internal(set) var scrolled = 0

  /// What the trace said; nil while it is made.
  public internal(set) var traced: [String]?
  /// The screen from which the trace was opened.
  var behindTrace = Screen.list

  private let givenNames: TopNames
  private var live = TopHistory()
  /// What is shown while the view is paused; counting continues.
  private var frozen: TopHistory?
  /// The selected row; nil until one is chosen, and then the first row is selected, whichever it is.
  private var chosen: TopKey?
  /// The last position of the selected row, used if it disappears.
  private var chosenIndex = 0

  /// - Parameter names: a source of names; if it has names of hosts, they are shown from the start.
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

  /// The interval that is shown; nil before the first one.
  public var interval: Interval? { shown.interval }

  var shown: TopHistory { frozen ?? live }

  /// The sources of the names that are shown.
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

  /// Handles an event and returns the resulting actions.
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
    case .traced(let target, let lines):
      // It may have been left meanwhile.
      guard screen == .trace(target) else { return [] }
      traced = lines
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

  /// Rows that don't match themselves, but have a flow whose addresses or ports match.
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

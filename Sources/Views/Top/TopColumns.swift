internal import Accounts
internal import Flows

/// The columns of a list of rows: the owner, the amounts, and further details.
struct TopColumns {
  var grouping: TopGrouping
  var units: Units
  /// The interval's length; nil shows amounts since the beginning.
  var seconds: Double?
  /// Whether any row, visible or not, has a container.
  var hasContainers: Bool
  /// Whether the rows belong to several hosts.
  var hasHosts: Bool
  /// Whether columns keep their width between redraws.
  var isLive: Bool
  var width: Int?
  /// The name of a remote host; nil if it has none, or if names are off.
  var name: (IPAddress) -> String?

  init(_ state: TopState) {
    grouping = state.grouping
    units = state.units
    seconds = state.isCumulative ? nil : state.interval?.seconds ?? 0
    isLive = true
    hasContainers = state.rows.contains { $0.container != nil }
    hasHosts = state.rows.contains { $0.host != nil }
    width = state.size.columns
    let hosts = state.showsNames ? state.names.hosts : nil
    name = { hosts?.name(of: $0) }
  }

  init(
    grouping: TopGrouping, units: Units, seconds: Double?, hasContainers: Bool, hasHosts: Bool = false, width: Int?,
    name: @escaping (IPAddress) -> String?
  ) {
    self.grouping = grouping
    self.units = units
    self.seconds = seconds
    self.hasContainers = hasContainers
    self.hasHosts = hasHosts
    self.width = width
    self.name = name
    isLive = false
  }

  func table(_ rows: some Sequence<TopRow>) -> TextTable {
    let rows = Array(rows)
    let width = width ?? .max
    let amount = seconds == nil ? Units.amountWidth : Units.rateWidth
    // The owner and the amount are shown together on any terminal with room for both: the mark, a gap and the amount.
    let who = min(max(10, min(40, width / 4)), max(4, width - amount - 4))
    var columns: [TextTable.Column] = [
      .init("WHO", minimum: who, reserved: isLive ? who : 0, maximum: isLive ? max(44, who) : .max)
    ]
    if showsHost { columns.append(.init("HOST", minimum: 8, rank: 2, maximum: 24)) }
    columns += [
      .init("IN", .right, rank: 2, reserved: isLive ? amount : 0),
      .init("OUT", .right, rank: 2, reserved: isLive ? amount : 0),
      .init("TOTAL", .right, rank: 1, reserved: isLive ? amount : 0),
      .init("FLOWS", .right, rank: 5),
    ]
    if grouping == .process {
      if !pidIsInTitle { columns.append(.init("PID", .right, rank: 4, reserved: isLive ? 7 : 0)) }
      columns.append(.init("USER", minimum: 8, rank: 6))
      if hasContainers { columns.append(.init("CONTAINER", minimum: 12, rank: 3)) }
    }
    let hasDetail = rows.contains { !$0.detail.isEmpty }
    if hasDetail { columns.append(.init(grouping == .process ? "COMMAND" : "WHAT", minimum: 12, rank: 7)) }
    var table = TextTable(columns)
    for row in rows { table.add(cells(row, hasDetail: hasDetail)) }
    return table
  }

  private func cells(_ row: TopRow, hasDetail: Bool) -> [TextTable.Cell] {
    let traffic = seconds == nil ? row.total : row.traffic
    var cells = [title(row)]
    if showsHost { cells.append(.init(row.host ?? "")) }
    cells += [traffic.bytesIn, traffic.bytesOut, traffic.bytes].map { .init(text($0), $0 == 0 ? .faint : .plain) }
    cells.append(.init("\(row.flows)"))
    if grouping == .process {
      if !pidIsInTitle { cells.append(.init(row.pid.map(String.init) ?? "")) }
      cells.append(.init(row.user ?? ""))
      if hasContainers { cells.append(.init(row.container ?? "")) }
    }
    // A command line in a pipe is for reading too; --json has all of it.
    if hasDetail { cells.append(.init(width == nil ? row.detail.shortened(to: 80) : row.detail, .faint)) }
    return cells
  }

  /// Whether the pid is written behind the name, because otherwise there is no room for the container.
  private var pidIsInTitle: Bool { hasContainers && width ?? .max < 92 }

  private var showsHost: Bool { hasHosts && grouping != .host }

  private func title(_ row: TopRow) -> TextTable.Cell {
    switch row.key.what {
    case .process(let pid, _) where pidIsInTitle: .init("\(row.title) (\(pid))", .bold, ellipsis: .middle)
    case .remote(let address): .init(name(address) ?? row.title, .bold, ellipsis: .middle)
    case .forwarded: .init(row.title, .plain, ellipsis: .pair)
    case .unknown: .init(row.title, .warning)
    default: .init(row.title, .bold)
    }
  }

  func text(_ bytes: UInt64) -> String {
    if bytes == 0 { return "0" }
    return seconds.map { units.rate(bytes, over: $0) } ?? units.amount(bytes)
  }
}

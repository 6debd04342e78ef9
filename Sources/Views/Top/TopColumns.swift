internal import Flows

/// The columns of a list of rows: who, how much, and what else is known.
struct TopColumns {
  var grouping: TopGrouping
  var units: Units
  /// Nil for amounts since the beginning.
  var seconds: Double?
  /// Columns keep their width from one redraw to the next.
  var isLive: Bool
  var width: Int?
  /// The name of a remote host, where names are wanted.
  var name: (IPAddress) -> String?

  init(_ state: TopState) {
    grouping = state.grouping
    units = state.units
    seconds = state.isCumulative ? nil : state.interval?.seconds ?? 0
    isLive = true
    width = state.size.columns
    let hosts = state.showsNames ? state.names.hosts : nil
    name = { hosts?.name(of: $0) }
  }

  init(grouping: TopGrouping, units: Units, seconds: Double?, width: Int?, name: @escaping (IPAddress) -> String?) {
    self.grouping = grouping
    self.units = units
    self.seconds = seconds
    self.width = width
    self.name = name
    isLive = false
  }

  func table(_ rows: some Sequence<TopRow>) -> TextTable {
    let rows = Array(rows)
    let amount = seconds == nil ? Units.amountWidth : Units.rateWidth
    let who = max(8, min(40, (width ?? 80) / 4))
    var columns: [TextTable.Column] = [
      .init("WHO", minimum: who, reserved: isLive ? who : 0),
      .init("IN", .right, rank: 2, reserved: isLive ? amount : 0),
      .init("OUT", .right, rank: 2, reserved: isLive ? amount : 0),
      .init("TOTAL", .right, rank: 1, reserved: isLive ? amount : 0),
      .init("FLOWS", .right, rank: 5),
    ]
    if grouping == .process {
      columns += [
        .init("PID", .right, rank: 3, reserved: isLive ? 7 : 0), .init("USER", minimum: 8, rank: 6),
        .init("CONTAINER", minimum: 12, rank: 4),
      ]
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
    cells += [traffic.bytesIn, traffic.bytesOut, traffic.bytes].map { .init(text($0), $0 == 0 ? .faint : .plain) }
    cells.append(.init("\(row.flows)"))
    if grouping == .process {
      cells += [.init(row.pid.map(String.init) ?? ""), .init(row.user ?? ""), .init(row.container ?? "")]
    }
    if hasDetail { cells.append(.init(row.detail, .faint)) }
    return cells
  }

  private func title(_ row: TopRow) -> TextTable.Cell {
    switch row.key {
    case .remote(let address): .init(name(address) ?? row.title, .bold, ellipsis: .middle)
    case .forwarded: .init(row.title, .plain, ellipsis: .middle)
    case .unknown: .init(row.title, .warning)
    default: .init(row.title, .bold)
    }
  }

  func text(_ bytes: UInt64) -> String {
    if bytes == 0 { return "0" }
    return seconds.map { units.rate(bytes, over: $0) } ?? units.amount(bytes)
  }
}

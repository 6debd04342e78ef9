public import Accounts
public import Flows

/// One interval as text, for `--once` and for pipes: the rows, the ledger and the notes.
public struct TopTable: Sendable {
  public var grouping: TopGrouping
  public var units: Units
  public var names: TopNames
  /// The terminal's columns; nil leaves nothing out, for a pipe.
  public var width: Int?
  /// How many rows are shown, the busiest first, and then no ledger; nil shows all.
  public var limit: Int?

  public init(
    _ grouping: TopGrouping, units: Units = Units(), names: TopNames = TopNames(), width: Int? = nil, limit: Int? = nil
  ) {
    self.limit = limit
    self.grouping = grouping
    self.units = units
    self.names = names
    self.width = width
  }

  public func lines(_ interval: Interval) -> [Line] {
    let rows = grouping.rows(interval.flows, names.naming(interval))
    let total = interval.flows.reduce(into: Traffic()) { if !$1.endsHere { $0 += $1.traffic } }
    // Other programs' outputs have no window, and some no bytes.
    let window =
      interval.seconds > 0
      ? "\(Units.duration(interval.seconds))\(interval.started.isEmpty ? "" : " from \(interval.started)"), " : ""
    let meter = interval.isPasted ? Interval.pasted : "\(interval.meter) meter"
    let heading =
      "\(Self.hosts(interval)): \(window)\(meter), by \(grouping.title): "
      + "in \(units.rate(total.bytesIn, over: interval.seconds)), "
      + "out \(units.rate(total.bytesOut, over: interval.seconds))"
    var lines = [Line(heading), Line()]
    if rows.isEmpty {
      let isWhole = interval.notes.isEmpty && interval.hosts?.contains { $0.failure != nil } != true
      let nothing =
        interval.isPasted
        ? "no output shows a connection"
        : isWhole
          ? "nothing moved in \(Units.duration(interval.seconds))"
          : "no traffic was seen in \(Units.duration(interval.seconds)), but not everything could be examined"
      lines.append(Line(nothing))
    } else {
      let hosts = names.hosts
      let columns = TopColumns(
        grouping: grouping, units: units, seconds: interval.seconds,
        hasContainers: rows.contains { $0.container != nil }, hasHosts: rows.contains { $0.host != nil }, width: width,
        name: { hosts?.name(of: $0) })
      lines += columns.table(rows.prefix(limit ?? .max)).lines(width: width)
      if let limit, rows.count > limit {
        lines.append(Line("and \(Units.count(rows.count - limit, "more row"))", .faint))
      }
    }
    if let talks = interval.talks {
      let hostsLeft = interval.hosts?.filter { $0.failure == nil }.count
      let view = HostTalksView(talks, seconds: interval.seconds, units: units, names: names, hostsLeft: hostsLeft)
      lines += [Line()] + view.lines(width: width)
    }
    guard limit == nil else { return lines }
    lines.append(Line())
    lines += LedgerView(interval, units: units).lines(width: width)
    lines += interval.notes.map { Line("note: \($0)", .warning) }
    return lines.map { line in width.map(line.shortened(to:)) ?? line }
  }

  /// `svc`, or `svc, s750, tke`.
  private static func hosts(_ interval: Interval) -> String {
    let names = interval.hosts?.filter { $0.failure == nil }.map(\.host) ?? []
    return names.isEmpty ? interval.host : names.joined(separator: ", ")
  }
}

public import Flows

/// The ledger for people: per interface, the parts of its bytes, which add up, and why the rest is unknown.
public struct LedgerView: Sendable {
  private let entries: [LedgerEntry]
  private let idle: Int
  private let seconds: Double
  private let units: Units
  private let asRates: Bool

  /// Interfaces without traffic are only counted.
  public init(_ interval: Interval, units: Units, asRates: Bool = true) {
    self.init(interval.ledger, seconds: interval.seconds, units: units, asRates: asRates)
  }

  /// The ledger of a live view: of the last interval, or of the whole time since the view began.
  init(_ state: TopState) {
    self.init(
      state.isCumulative ? state.shown.ledger : state.interval?.ledger ?? [], seconds: state.interval?.seconds ?? 0,
      units: state.units, asRates: !state.isCumulative)
  }

  public init(_ ledger: [LedgerEntry], seconds: Double, units: Units, asRates: Bool = true) {
    entries = ledger.filter { $0.total.bytes > 0 || $0.unknown.bytes > 0 }
      .sorted {
        ($0.total.bytes, $1.interface, $1.namespaceName, $1.namespace)
          > ($1.total.bytes, $0.interface, $0.namespaceName, $0.namespace)
      }
    idle = ledger.count - entries.count
    self.seconds = seconds
    self.units = units
    self.asRates = asRates
  }

  /// At most `limit` lines of at most `width` cells. A limit of one line gives a summary; nil leaves nothing out.
  public func lines(width: Int? = nil, limit: Int? = nil) -> [Line] {
    let cut = { (line: Line) in width.map(line.shortened(to:)) ?? line }
    guard limit ?? .max > 0 else { return [] }
    guard limit ?? .max > 1, !entries.isEmpty else { return [cut(summary(entries))] }
    let room = (limit ?? .max) - 1
    // If not all fit, the last line sums up the rest.
    let shown = entries.count <= room ? entries.count : room - 1
    let table = table(entries[..<shown], width: width ?? .max).lines(width: width)
    guard shown > 0, let heading = table.first else { return [cut(summary(entries))] }
    var reasons = room - shown - (shown < entries.count ? 1 : 0)
    var result = [heading]
    for (entry, line) in zip(entries, table.dropFirst()) {
      result.append(line)
      for text in self.reasons(entry).prefix(max(0, reasons)) {
        result.append(cut(text))
        reasons -= 1
      }
    }
    if shown < entries.count {
      result.append(cut(summary(entries[shown...], "… and ")))
    } else if idle > 0, limit == nil {
      result.append(cut(Line("\(Units.count(idle, "interface")) carried nothing", .faint)))
    }
    return result
  }

  /// All parts as amounts if there is room; with less room as shares of the total; otherwise only the most important
  /// ones, under headings that don't promise a sum.
  private func table(_ entries: some Sequence<LedgerEntry>, width: Int) -> TextTable {
    if width < 80 { return shortTable(entries) }
    return sumTable(entries, asShares: width < 112)
  }

  private func sumTable(_ entries: some Sequence<LedgerEntry>, asShares: Bool) -> TextTable {
    let amountWidth = asRates ? Units.rateWidth : Units.amountWidth
    let titles =
      asShares
      ? ["=SOCKETS", "+FORWARD", "+CARRIED", "+NON-IP", "+UNKNOWN"]
      : ["= SOCKETS", "+ FORWARDED", "+ CARRIED", "+ NON-IP", "+ UNKNOWN"]
    var columns: [TextTable.Column] = [
      .init("INTERFACE", minimum: 10, reserved: 12), .init("TOTAL", .right, reserved: amountWidth),
    ]
    columns += titles.map { .init($0, .right, reserved: asShares ? 0 : amountWidth) }
    if !asShares { columns.append(.init("EXPLAINED", .right)) }
    var table = TextTable(columns)
    for entry in entries {
      let parts = [entry.sockets, entry.forwarded, entry.children, entry.nonIP, entry.unknown].map(\.bytes)
      let share = TextTable.Cell(Units.percent(entry.explained), Self.emphasis(entry.explained))
      table.add(
        [.init(Self.title(entry), ellipsis: .middle), .init(amount(entry.total.bytes))]
          + parts.enumerated().map { index, bytes in
            let emphasis = index == 4 ? Self.emphasis(entry.explained) : .plain
            let text = asShares ? self.share(bytes, of: entry.total.bytes) : amount(bytes)
            return .init(text, bytes == 0 ? .faint : emphasis)
          } + [share])
    }
    return table
  }

  private func shortTable(_ entries: some Sequence<LedgerEntry>) -> TextTable {
    var table = TextTable([
      .init("INTERFACE", minimum: 8), .init("TOTAL", .right, rank: 2), .init("UNKNOWN", .right, rank: 3),
      .init("EXPLAINED", .right, rank: 1),
    ])
    for entry in entries {
      table.add([
        .init(Self.title(entry), ellipsis: .middle), .init(amount(entry.total.bytes)),
        .init(amount(entry.unknown.bytes)),
        .init(Units.percent(entry.explained), Self.emphasis(entry.explained)),
      ])
    }
    return table
  }

  private func share(_ bytes: UInt64, of total: UInt64) -> String {
    bytes == 0 || total == 0 ? "0" : Units.percent(Double(bytes) / Double(total))
  }

  private func reasons(_ entry: LedgerEntry) -> [Line] {
    let title = "  \(entry.host.map { "\($0): " } ?? "")\(entry.interface)"
    let notes = (entry.notes ?? []).map { Line("\(title): \($0)", .faint) }
    guard entry.unknown.bytes > 0 || entry.needsExplanation else { return notes }
    guard entry.reasonLines > 0 else { return notes }
    // As little as counters that are read one after the other may differ by needs none.
    let reasons = entry.reasons.isEmpty && entry.needsExplanation ? ["no reason was found"] : entry.reasons
    let word = entry.unknown.bytes > 0 ? " unknown" : ""
    return reasons.map { Line("\(title)\(word): \($0)", .faint) } + notes
  }

  private func summary(_ entries: some Collection<LedgerEntry>, _ prefix: String = "ledger: ") -> Line {
    // Every namespace has a loopback interface: without any entry nobody could list them.
    guard !entries.isEmpty || idle > 0 else { return Line("ledger: no interface is known", .faint) }
    guard !entries.isEmpty else { return Line("ledger: no interface carried anything", .faint) }
    let total = entries.reduce(0) { $0 &+ $1.total.bytes }
    let unknown = entries.reduce(0) { $0 &+ $1.unknown.bytes }
    let explained = total == 0 ? 1 : 1 - Double(min(unknown, total)) / Double(total)
    var line = Line(prefix)
    line.append(Units.percent(explained), Self.emphasis(explained))
    line.append(
      " of \(amount(total)) on \(Units.count(entries.count, "interface")) explained, \(amount(unknown)) unknown")
    return line
  }

  private func amount(_ bytes: UInt64) -> String {
    if bytes == 0 { return "0" }
    return asRates ? units.rate(bytes, over: seconds) : units.amount(bytes)
  }

  private static func title(_ entry: LedgerEntry) -> String {
    let host = entry.host.map { "\($0): " } ?? ""
    return host + (entry.namespaceName == "host" ? entry.interface : "\(entry.interface) in \(place(entry))")
  }

  private static func place(_ entry: LedgerEntry) -> String {
    let kind = "container "
    return entry.namespaceName.hasPrefix(kind) ? String(entry.namespaceName.dropFirst(kind.count)) : entry.namespaceName
  }

  private static func emphasis(_ explained: Double) -> Emphasis {
    explained >= 0.98 ? .good : explained >= 0.9 ? .warning : .bad
  }
}

extension LedgerEntry {
  /// How many lines say why a part is unknown. That there is no reason is said of what is at least 1 %, so that rows do not
  /// jump.
  var reasonLines: Int {
    guard reasons.isEmpty else { return reasons.count }
    return unknown.bytes * 100 >= total.bytes || needsExplanation ? 1 : 0
  }
}

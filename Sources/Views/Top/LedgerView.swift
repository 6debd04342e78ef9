public import Flows

/// The ledger for people: per interface, what its bytes were, so that they add up; and why the rest is unknown.
public struct LedgerView: Sendable {
  private let entries: [LedgerEntry]
  private let idle: Int
  private let seconds: Double
  private let units: Units
  private let asRates: Bool

  /// Interfaces that carried nothing are only counted.
  public init(_ interval: Interval, units: Units, asRates: Bool = true) {
    entries = interval.ledger.filter { $0.total.bytes > 0 || $0.unknown.bytes > 0 }
      .sorted { ($0.total.bytes, $1.interface, $1.namespaceName) > ($1.total.bytes, $0.interface, $0.namespaceName) }
    idle = interval.ledger.count - entries.count
    seconds = interval.seconds
    self.units = units
    self.asRates = asRates
  }

  /// At most `limit` lines of at most `width` cells. One line is a summary; nil leaves nothing out.
  public func lines(width: Int? = nil, limit: Int? = nil) -> [Line] {
    let cut = { (line: Line) in width.map(line.shortened(to:)) ?? line }
    guard limit ?? .max > 0 else { return [] }
    guard limit ?? .max > 1, !entries.isEmpty else { return [cut(summary(entries))] }
    let room = (limit ?? .max) - 1
    // If not all fit, the last line sums up the rest.
    let shown = entries.count <= room ? entries.count : room - 1
    let table = table(entries[..<shown]).lines(width: width)
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
      result.append(cut(summary(entries[shown...], "… \(Units.count(entries.count - shown, "more interface")): ")))
    } else if idle > 0, limit == nil {
      result.append(cut(Line("\(Units.count(idle, "interface")) carried nothing", .faint)))
    }
    return result
  }

  private func table(_ entries: some Sequence<LedgerEntry>) -> TextTable {
    let width = asRates ? Units.rateWidth : Units.amountWidth
    var table = TextTable([
      .init("INTERFACE", minimum: 10, reserved: 12), .init("TOTAL", .right, rank: 2, reserved: width),
      .init("= SOCKETS", .right, rank: 4, reserved: width), .init("+ FORWARDED", .right, rank: 5, reserved: width),
      .init("+ CARRIED", .right, rank: 6, reserved: width), .init("+ NON-IP", .right, rank: 7, reserved: width),
      .init("+ UNKNOWN", .right, rank: 3, reserved: width), .init("EXPLAINED", .right, rank: 1),
    ])
    for entry in entries {
      let parts = [entry.total, entry.sockets, entry.forwarded, entry.children, entry.nonIP, entry.unknown]
      let cells = parts.map { TextTable.Cell(amount($0.bytes), $0.bytes == 0 ? .faint : .plain) }
      let share = TextTable.Cell(Units.percent(entry.explained), Self.emphasis(entry.explained))
      table.add([.init(Self.title(entry), ellipsis: .middle)] + cells + [share])
    }
    return table
  }

  private func reasons(_ entry: LedgerEntry) -> [Line] {
    guard entry.unknown.bytes > 0 else { return [] }
    let reasons = entry.reasons.isEmpty ? ["no reason was found"] : entry.reasons
    return reasons.map { Line("  \(entry.interface) unknown: \($0)", .faint) }
  }

  private func summary(_ entries: some Collection<LedgerEntry>, _ prefix: String = "ledger: ") -> Line {
    guard !entries.isEmpty else { return Line("ledger: no interface carried anything", .faint) }
    let total = entries.reduce(0) { $0 &+ $1.total.bytes }
    let unknown = entries.reduce(0) { $0 &+ $1.unknown.bytes }
    let explained = total == 0 ? 1 : 1 - Double(min(unknown, total)) / Double(total)
    var line = Line(prefix)
    line.append(Units.percent(explained), Self.emphasis(explained))
    line.append(" of \(amount(total)) explained, \(amount(unknown)) unknown")
    return line
  }

  private func amount(_ bytes: UInt64) -> String {
    if bytes == 0 { return "0" }
    return asRates ? units.rate(bytes, over: seconds) : units.amount(bytes)
  }

  private static func title(_ entry: LedgerEntry) -> String {
    entry.namespaceName == "host" ? entry.interface : "\(entry.interface) in \(entry.namespaceName)"
  }

  private static func emphasis(_ explained: Double) -> Emphasis {
    explained >= 0.98 ? .good : explained >= 0.9 ? .warning : .bad
  }
}

public import Documents
internal import Flows

/// `headwater history` for people.
public struct HistoryTable: Sendable {
  private static let bars: [String] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let most = 20

  private let width: Int?
  private let isVerbose: Bool
  /// The local text of a time of the document: `Tue 02:00`.
  private let shown: @Sendable (String) -> String

  /// - Parameters:
  ///   - width: the terminal's columns; nil when piped, without bars.
  ///   - isVerbose: whether to show all rows.
  public init(width: Int?, isVerbose: Bool, shown: @escaping @Sendable (String) -> String) {
    self.width = width
    self.isVerbose = isVerbose
    self.shown = shown
  }

  public func lines(_ document: HistoryDocument) -> [Line] {
    var lines: [Line] = [
      Line("\(shown(document.from)) to \(shown(document.to)), \(document.zone), on \(document.host)", .heading)
    ]
    let isCompared = document.comparedWith != nil
    var columns: [TextTable.Column] = [
      .init(document.by.uppercased(), minimum: 20), .init("IN", .right), .init("OUT", .right), .init("TOTAL", .right),
      .init("SHARE", .right),
    ]
    if isCompared { columns.append(.init("BEFORE", .right)) }
    if width != nil { columns.append(.init("OVER TIME", minimum: 8, rank: 2)) }
    var table = TextTable(columns)
    let rows = isVerbose ? document.rows : Array(document.rows.prefix(Self.most))
    let units = Units(.bytes)
    for row in rows {
      var cells: [TextTable.Cell] = [
        .init(row.name), .init(units.amount(row.traffic.bytesIn)), .init(units.amount(row.traffic.bytesOut)),
        .init(units.amount(row.traffic.bytes)), .init(Units.percent(row.share)),
      ]
      if isCompared { cells.append(.init(row.before.map { units.amount($0) } ?? "-")) }
      if width != nil { cells.append(.init(Self.bars(row.series))) }
      table.add(cells)
    }
    if rows.isEmpty { lines.append(Line("nothing moved that matches")) } else { lines += table.lines(width: width) }
    if rows.count < document.rows.count {
      lines.append(Line("and \(document.rows.count - rows.count) more (--verbose shows them)", .faint))
    }
    lines.append(Line(watched(document), .faint))
    // Idle ones say nothing.
    for account in document.accounts where isVerbose || account.uplink && !account.total.isZero {
      lines.append(Line(counted(account), .faint))
    }
    if let other = document.comparedWith {
      lines.append(Line("before: \(shown(other.from)) to \(shown(other.to))", .faint))
    }
    for gap in document.gaps.prefix(10) {
      lines.append(Line("not watched: \(shown(gap.from)) to \(shown(gap.to))", .warning))
    }
    if document.gaps.count > 10 { lines.append(Line("and \(document.gaps.count - 10) more such gaps", .warning)) }
    for part in document.damaged {
      lines.append(Line("can't be read any more: \(shown(part.from)) to \(shown(part.to))", .warning))
    }
    return lines + document.notes.map { Line("note: \($0)", .faint) }
  }

  private func watched(_ document: HistoryDocument) -> String {
    return "watched for \(Units.duration(document.watched)) of it"
  }

  private func counted(_ account: HistoryDocument.Account) -> String {
    let units = Units(.bytes)
    let excess =
      account.excess.map {
        "; the rows have \(units.amount($0.bytes)) more (an interface may count the headers of several segments as one, "
          + "and counters are read one after the other)"
      } ?? ""
    return "\(account.interface) itself counted \(units.amount(account.total.bytesIn)) in and "
      + "\(units.amount(account.total.bytesOut)) out\(excess)"
  }

  /// One bar for each part, the highest of the row full.
  static func bars(_ series: [UInt64]) -> String {
    let highest = series.max() ?? 0
    guard highest > 0 else { return "" }
    return series.map { part in
      part == 0 ? bars[0] : bars[max(1, Int((Double(part) / Double(highest) * 8).rounded()))]
    }.joined()
  }

  /// How many parts fit into a line.
  public static let parts = 24
}

/// The rows of `headwater history` as comma-separated values (RFC 4180).
public enum HistoryCSV {
  public static func text(_ document: HistoryDocument) -> String {
    let times = document.rows.first?.series.indices.map { "step_\($0)" } ?? []
    let heading = ["name", "kind", "bytes_in", "bytes_out", "packets_in", "packets_out", "share", "before"] + times
    let rows = document.rows.map { row in
      let traffic = row.traffic
      return [
        row.name, row.kind ?? "", "\(traffic.bytesIn)", "\(traffic.bytesOut)", "\(traffic.packetsIn)",
        "\(traffic.packetsOut)", "\(row.share)", row.before.map { "\($0)" } ?? "",
      ] + row.series.map { "\($0)" }
    }
    return LogsCSV.table(heading, rows)
  }
}

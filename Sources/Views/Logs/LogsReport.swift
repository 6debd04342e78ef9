public import Flows

/// The complete report on access logs, for people.
public struct LogsReport: Sendable {
  public var width: Int?
  public var top: Int
  public var isVerbose: Bool

  public init(width: Int? = nil, top: Int = 10, isVerbose: Bool = false) {
    self.width = width
    self.top = top
    self.isVerbose = isVerbose
  }

  /// - Parameter grouping: the only grouping to show; nil for the most important ones.
  public func lines(_ document: LogsDocument, by grouping: LogsGrouping? = nil) -> [Line] {
    let table = LogsTable(width: width, top: top)
    var lines = (LogsSummary().lines(document) + [head(document)] + misses(document)).flatMap(wrapped)
    if let grouping {
      lines += [Line()] + table.lines(document, by: grouping)
    } else {
      if let width, let series = document.series { lines += LogsChart(width: width).lines(series) }
      var groupings: [LogsGrouping] = [.site, .client, .regular, .path, .grown, .status]
      if document.days.count > 1 { groupings.append(.day) }
      if document.files.count > 1 || isVerbose { groupings.append(.file) }
      if isVerbose { groupings += [.visit, .agent, .method, .upstream] }
      for grouping in groupings {
        let part = table.lines(document, by: grouping)
        if !part.isEmpty { lines += [Line()] + part }
      }
    }
    return lines + faults(document) + document.notes.flatMap { wrapped(Line("note: \($0)", .faint)) }
  }

  private func wrapped(_ line: Line) -> [Line] { width.map { line.wrapped(to: $0) } ?? [line] }

  private func head(_ document: LogsDocument) -> Line {
    var text = "\(LogsSummary.number(document.requests)) requests"
    if let since = document.since, let until = document.until {
      text += " in \(Units.duration(document.seconds)), \(since) to \(until)"
    }
    text +=
      ": \(LogsSummary.rate(document.requestsPerSecond)), \(LogsSummary.number(UInt64(document.requestsPerDay))) a day"
    if let busiest = document.busiest, busiest.requests > 0 {
      text += ", at most \(LogsSummary.number(busiest.requests)) in a second (\(busiest.time))"
    }
    if document.hasBytes { text += ", \(Units(.bytes).amount(document.bytes))" }
    if document.isApproximate { text += "; approximate" }
    return Line(text, .faint)
  }

  /// A note on lines that are no requests, if they are a considerable share: 10 of 10 lines is different from 10 of
  /// 1,000.
  private func misses(_ document: LogsDocument) -> [Line] {
    odd(document) + lately(document) + missed(document)
  }

  /// A note on requests whose time stamps come from a wrong clock.
  private func odd(_ document: LogsDocument) -> [Line] {
    guard let odd = document.odd else { return [] }
    return [
      Line(
        "apart from \(LogsSummary.number(odd.requests)) requests of a wrong clock, dated \(odd.first)"
          + (odd.last == odd.first ? "" : " to \(odd.last)"), .warning)
    ]
  }

  /// `lately: 1.0/s in the last minute (before 0.2/s), …`.
  private func lately(_ document: LogsDocument) -> [Line] {
    guard let lately = document.lately, !lately.isEmpty else { return [] }
    let parts = lately.map { part in
      "\(Units.duration(part.seconds)) \(LogsSummary.rate(part.requestsPerSecond)) (the same time before: "
        + "\(LogsSummary.rate(Double(part.before) / part.seconds)))"
    }
    return [
      Line(
        "the last \(parts.joined(separator: ", ")), on average \(LogsSummary.rate(document.requestsPerSecond))", .faint)
    ]
  }

  private func missed(_ document: LogsDocument) -> [Line] {
    guard document.unreadable > 0 || (document.untimed ?? 0) > 0 else { return [] }
    var parts: [String] = []
    if document.unreadable > 0 { parts.append("\(LogsSummary.number(document.unreadable)) lines not understood") }
    if let untimed = document.untimed { parts.append("\(LogsSummary.number(untimed)) requests without a time") }
    if document.otherLines > 0 {
      parts.append("\(LogsSummary.number(document.otherLines)) other lines of the programs")
    }
    let isMuch = (document.unreadable + (document.untimed ?? 0)) * 10 > document.lines
    return [
      Line(
        "of \(LogsSummary.number(document.lines)) lines: \(LogsSummary.number(document.requests)) requests counted, "
          + parts.joined(separator: ", "), isMuch ? .warning : .faint)
    ]
  }

  /// Notes on files that could not be read.
  private func faults(_ document: LogsDocument) -> [Line] {
    var lines: [Line] = []
    if document.unreadable > 0 {
      lines.append(
        Line(
          "\(LogsSummary.number(document.unreadable)) of \(LogsSummary.number(document.lines)) lines could not be read",
          .warning))
      for file in document.files where file.unreadable > 0 {
        for example in file.examples.prefix(isVerbose ? 3 : 1) {
          lines.append(Line("  \(file.path):\(example)", .faint))
        }
        if !isVerbose, lines.count > 6 { break }
      }
    }
    for file in document.files.filter({ $0.note != nil }).prefix(isVerbose ? 100 : 5) {
      lines.append(Line("\(file.path): \(file.note ?? "")", .warning))
    }
    return lines.isEmpty ? [] : [Line()] + lines
  }
}

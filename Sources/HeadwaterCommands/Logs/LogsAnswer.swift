internal import Flows
internal import Questions
internal import Sessions
internal import Views

/// One host's logs, with the report on them.
struct FoundLogs: Sendable {
  let host: String
  var document: LogsDocument
  /// Paths that could not be read, and why.
  let failures: [LogsStart.Failure]
  /// Whether none of the paths could be read.
  let isEmpty: Bool
}

/// The report on the access logs of one or several hosts.
struct LogsAnswer: Answer {
  private let found: HostAnswers<FoundLogs>
  private let reports: ReportsAnswer<LogsDocument>
  private let isOneHost: Bool

  /// - Parameter top: the number of rows in a table.
  init(_ found: HostAnswers<FoundLogs>, isOneHost: Bool, grouping: LogsGrouping?, top: Int) {
    self.found = found
    self.isOneHost = isOneHost
    var documents = HostAnswers(
      found.answers.map { found in
        var document = found.document
        document.host = found.host
        document.notes += found.failures.map(\.description).filter { !found.document.notes.contains($0) }
        return document
      }, failures: found.failures, absences: found.absences)
    documents.refusals = found.refusals
    documents.notes = found.notes
    // They are among the remarks, which stand on the same terminal.
    let remarked = Set(found.answers.flatMap { $0.failures.map(\.description) })
    reports = ReportsAnswer(
      found: documents, isOneHost: isOneHost, name: { $0.host ?? "" }, isEmpty: { $0.requests == 0 }
    ) { document, output in
      var document = document
      document.notes.removeAll(where: remarked.contains)
      guard document.requests == 0 else {
        return LogsReport(width: output.width, top: top, isVerbose: output.isVerbose).lines(document, by: grouping)
      }
      return Self.nothing(document) + document.notes.map { Line("note: \($0)", .faint) }
    }
  }

  private static func nothing(_ document: LogsDocument) -> [Line] {
    let files = document.files
    // Nothing is claimed of a log that was not read.
    let read = files.filter { $0.failure == nil }
    var lines: [Line] = []
    if !read.isEmpty {
      lines.append(Line("no requests in \(read.count == 1 ? read[0].path : Units.count(read.count, "log"))"))
    }
    if read.count < files.count {
      let unread = files.filter { $0.failure != nil }
      let what = unread.count == 1 ? unread[0].path : Units.count(unread.count, "log")
      lines.append(Line("requests in \(what) are not known: not read, or not to the end"))
    }
    for file in files.prefix(20) {
      if let note = file.note { lines.append("\(file.path): \(note)") }
      lines += file.examples.map { "  cannot be read: \($0)" }
    }
    return lines
  }

  var document: ReportsAnswer<LogsDocument>.Body { reports.document }
  func lines(_ output: Output) -> [Line] { reports.lines(output) }

  func remarks(_ output: Output) -> [Line] {
    let failures = found.answers.flatMap { host in
      host.failures.map { isOneHost ? Line("\($0)") : Line("\(host.host): \($0)") }
    }
    return failures + reports.remarks(output)
  }

  var status: ExitStatus {
    guard reports.status == .noAnswer, !found.answers.isEmpty else { return reports.status }
    // What was refused may have the requests that the rest lacks.
    let isDenied = found.answers.contains { host in
      host.failures.contains(where: \.isDenied) || host.document.files.contains { $0.failure == .denied }
    }
    return isDenied ? .denied : .noAnswer
  }
}

internal import Flows
internal import LinuxSystem
internal import Views

/// What access logs say.
struct LogsAnswer: Answer {
  let document: LogsDocument
  /// Paths that could not be looked at.
  let failures: [SystemError]
  let grouping: LogsGrouping?
  /// Rows of a table.
  let top: Int

  func lines(_ output: Output) -> [Line] {
    guard document.requests == 0 else {
      return LogsReport(width: output.width, top: top, isVerbose: output.isVerbose).lines(document, by: grouping)
    }
    let files = document.files
    var lines = [Line("no requests in \(files.count == 1 ? files[0].path : Units.count(files.count, "log"))")]
    for file in files.prefix(20) {
      if let note = file.note { lines.append("\(file.path): \(note)") }
      lines += file.examples.map { "  cannot be read: \($0)" }
    }
    return lines
  }

  func remarks(_ output: Output) -> [Line] { failures.map { "\($0)" } }

  var status: ExitStatus {
    if document.requests > 0 { return .answered }
    let isDenied = !document.files.isEmpty && document.files.allSatisfy { $0.failure == .denied }
    return isDenied ? .denied : .noAnswer
  }
}

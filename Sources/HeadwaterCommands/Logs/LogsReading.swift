internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Views

/// Reads logs once, from start to end.
struct LogsReading {
  let finder: LogFinder
  let formats: [CustomFormat]
  let window: LogsWindow
  let report: LogReportOptions
  let isVerbose: Bool

  /// A signal ends the reading early; then what was read until then is shown.
  func document() throws -> LogsDocument {
    let signals = try Signals()
    var survey = LogSurvey(periods: periods(), formats: formats)
    var isEnding = false
    for series in finder.series where !isEnding {
      if isVerbose { Console.report("reading \(series.path) (\(series.parts.count) files)") }
      survey.read(series) {
        if !isEnding, signals.read().contains(where: \.endsProgram) {
          signals.endByDefault()
          isEnding = true
        }
        return !isEnding
      }
    }
    var document = survey.document(report)
    document.notes += finder.notes
    if isEnding { document.notes.append("ended early by a signal: not everything was read") }
    return document
  }

  /// What is counted and compared: the window against the time before it, or the end of the logs against what came before.
  private func periods() -> LogPeriods {
    if window.since != nil || window.until != nil {
      return LogPeriods(since: window.since, until: window.until, now: SystemClock.now())
    }
    guard let span = LogSpan(finder.series, formats: formats) else { return LogPeriods() }
    return LogPeriods(comparingWithin: span.first, span.last)
  }
}

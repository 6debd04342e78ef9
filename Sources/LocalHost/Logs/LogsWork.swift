internal import AccessLogs
internal import AddressSets
internal import Flows
internal import Questions

/// Access logs that are being read or followed.
protocol LogsWork: Sendable {
  /// The result, waiting at most `seconds` for it.
  ///
  /// - Parameters:
  ///   - isLast: whether what was read until now is the answer.
  ///   - mustStop: asked often; true has the same effect as `isLast`.
  func next(within seconds: Double, isLast: Bool, mustStop: () -> Bool) throws -> LogsPart

  /// Ends the work, because nobody asks for it any more.
  func end()
}

/// What to read of logs, and what to report.
struct LogsTask: Sendable {
  let series: [LogSeries]
  let formats: [CustomFormat]
  let since: Double?
  let until: Double?
  let report: LogReportOptions
  let wantsClients: Bool
  /// Which logs the finder could not examine or left out.
  let notes: [String]

  init(_ question: LogsQuestion, _ finder: LogFinder, _ formats: [CustomFormat]) {
    series = finder.series
    self.formats = formats
    (since, until, wantsClients) = (question.since, question.until, question.wantsClients)
    var prefixes: [String: [Prefix]] = [:]
    for (name, text) in question.sets { prefixes[name] = text.split(separator: " ").compactMap { Prefix(String($0)) } }
    let sets = AddressSets(adding: prefixes)
    var report = LogReportOptions()
    report.top = question.top
    report.addressSet = { sets.name(of: $0) }
    self.report = report
    notes = finder.notes + finder.failures.map { "\($0)" }
  }

  func part(_ survey: inout LogSurvey, _ options: LogReportOptions) -> LogsPart {
    LogsPart(survey.document(options), clients: wantsClients ? survey.clients() : nil)
  }
}

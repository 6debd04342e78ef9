internal import AccessLogs
internal import AddressSets
internal import Flows
internal import Questions

/// Access logs that are being read, or followed.
protocol LogsWork: Sendable {
  /// What there is to say within `seconds`.
  ///
  /// - Parameters:
  ///   - isLast: whether what was read until now is the answer.
  ///   - mustStop: asked often; then `isLast` holds too.
  func next(within seconds: Double, isLast: Bool, mustStop: () -> Bool) throws -> LogsPart

  /// Nobody asks any more.
  func end()
}

/// What of logs is to be read and said.
struct LogsTask: Sendable {
  let series: [LogSeries]
  let formats: [CustomFormat]
  let since: Double?
  let until: Double?
  let report: LogReportOptions
  let wantsClients: Bool
  /// What the finder could not look at or left out.
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

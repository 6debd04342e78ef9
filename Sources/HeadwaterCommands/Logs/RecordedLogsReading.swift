internal import AccessLogs
internal import AddressSets
internal import Bundles
internal import Flows
internal import LinuxSystem
internal import Questions

/// Reads the access logs in a bundle by the same rules as those on a host.
struct RecordedLogsReading {
  let document: LogsDocument
  let clients: [LogsClient]

  init(_ recorded: RecordedLogs, _ question: LogsQuestion) {
    let formats = question.formats.compactMap { text -> CustomFormat? in
      var format = CustomFormat(text)
      format?.isGiven = true
      return format
    }
    var prefixes: [String: [Prefix]] = [:]
    for (name, text) in question.sets { prefixes[name] = text.split(separator: " ").compactMap { Prefix(String($0)) } }
    let sets = AddressSets(adding: prefixes)
    var options = LogReportOptions()
    options.top = question.top
    options.addressSet = { sets.name(of: $0) }

    func survey(_ periods: LogPeriods) -> LogSurvey {
      var survey = LogSurvey(periods: periods, formats: formats, forwarder: options.isForwarder)
      for log in Self.joined(recorded.logs) {
        let site = LogSeries.site(ofLog: log.path)
        guard let file = log.file else {
          survey.read(log.content, site: site)
          continue
        }
        // Nobody said that links in the folder are to be followed wherever they lead.
        survey.read(LogSeries(path: file, parts: [.init(path: file)], site: site, access: .careful))
      }
      return survey
    }
    let now = SystemClock.now()
    var periods = LogPeriods()
    if question.since != nil || question.until != nil {
      periods = LogPeriods(since: question.since, until: question.until, now: now)
    } else {
      let reports = survey(periods).reports
      if let first = reports.compactMap(\.first).min(), let last = reports.compactMap(\.last).max() {
        periods = LogPeriods(comparingWithin: first, min(last, now))
      }
    }
    periods.refuseFuture(of: now)
    var read = survey(periods)
    if let closer = read.narrowerPeriods() { read = survey(closer) }
    document = read.document(options)
    clients = question.wantsClients ? read.clients() : []
  }

  /// The logs, in which several outputs of one log are one text, so that lines that two of them have are seen.
  private static func joined(_ logs: [RecordedLogs.Log]) -> [RecordedLogs.Log] {
    var result: [RecordedLogs.Log] = []
    for log in logs {
      if log.file == nil, let index = result.firstIndex(where: { $0.file == nil && $0.path == log.path }) {
        result[index].content += (result[index].content.last == 10 ? [] : [10]) + log.content
      } else {
        result.append(log)
      }
    }
    return result
  }
}

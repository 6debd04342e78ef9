internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Views

/// What `headwater logs` was asked for.
struct LogsRequest {
  let output: Output
  let finder: LogFinder
  let formats: [CustomFormat]
  let window: LogsWindow
  let report: LogReportOptions
  let grouping: LogsGrouping?
  /// Rows of a table.
  let top: Int
  let isCSV: Bool
  /// Seconds between two summaries of logs that grow; nil to read them once.
  let interval: Double?

  init(_ command: LogsCommand) throws {
    output = command.output.resolved
    (grouping, top, isCSV) = (command.by, command.top, command.csv)
    interval = command.follow ? command.interval?.seconds ?? 5 : nil
    window = try LogsWindow(since: command.since, until: command.until, length: command.length)
    let formats = try command.format.map { text in
      guard let format = CustomFormat(text) else {
        throw CommandFailure(.usage, "--format must have the client ($remote_addr) and the time ($time_local): \(text)")
      }
      return format
    }
    if command.paths.isEmpty {
      let places = try LogPlaces()
      finder = places.finder
      self.formats = formats + places.formats
    } else {
      finder = LogFinder(command.paths)
      self.formats = formats
    }
    report = try Self.report(command)
  }

  private static func report(_ command: LogsCommand) throws -> LogReportOptions {
    var report = LogReportOptions()
    report.top = max(command.top, command.output.json || command.csv ? 20 : command.top)
    let settings = try Settings(file: nil)
    let sets = settings.addressSets()
    report.addressSet = { sets.name(of: $0) }
    switch command.by {
    case .set: report.addressGrouping = LogAddressGrouping(.set) { sets.name(of: $0) }
    case .country:
      let places = settings.places(isWanted: true)
      report.addressGrouping = LogAddressGrouping(.country) {
        places.place(of: $0).flatMap { $0.countryName ?? $0.country }
      }
    case .network:
      let places = settings.places(isWanted: true)
      report.addressGrouping = LogAddressGrouping(.network) { places.place(of: $0)?.networkTitle }
    default: break
    }
    return report
  }

  func run() throws {
    guard !finder.series.isEmpty else {
      for failure in finder.failures { Console.report("\(failure)") }
      guard finder.failures.isEmpty else {
        throw finder.failures.contains { $0.errno.isDenial } ? ExitStatus.denied : .noAnswer
      }
      throw CommandFailure(.noAnswer, "no access logs found there")
    }
    guard let interval else { return try show(answer()) }
    for failure in finder.failures { Console.report("\(failure)") }
    try LogsFollowing(series: finder.series, formats: formats, interval: interval, report: report).run { document in
      if output.isJSON {
        Console.print(try Document(document, isPretty: false))
      } else if isCSV {
        Console.print(csv(document))
      } else {
        Console.print(answer(document).lines(output), output.style)
      }
    }
  }

  /// Reads them once, from start to end.
  private func answer() throws -> LogsAnswer {
    let reader = LogsReading(
      finder: finder, formats: formats, window: window, report: report, isVerbose: output.isVerbose)
    var document = try reader.document()
    document.notes += finder.failures.map { "\($0)" }
    return answer(document)
  }

  private func answer(_ document: LogsDocument) -> LogsAnswer {
    LogsAnswer(document: document, failures: finder.failures, grouping: grouping, top: top)
  }

  private func show(_ answer: LogsAnswer) throws {
    guard isCSV else { return try output.show(answer) }
    Console.print(csv(answer.document))
    for remark in answer.remarks(output) { Console.report(remark) }
    if answer.status != .answered { throw answer.status }
  }

  private func csv(_ document: LogsDocument) -> Document {
    Document(values: LogsCSV.text(document, by: grouping ?? .site))
  }
}

/// From when to when requests count, in seconds since the epoch; nil is open.
struct LogsWindow {
  var since: Double?
  var until: Double?

  init(since: String?, until: String?, length: String?) throws {
    let now = SystemClock.now()
    let time = { (option: String, text: String?) throws -> Double? in
      guard let text else { return nil }
      guard let time = LogTime.parse(text, now: now) else {
        throw CommandFailure(
          .usage, "\(option) takes a time (2025-03-10T08:00:00Z) or how long ago (2h, 1d), not \(text)")
      }
      return time
    }
    self.since = try time("--since", since)
    self.until = try time("--until", until)
    if let text = length {
      guard let length = LogTime.length(text) else {
        throw CommandFailure(.usage, "--for takes a length of time such as 90s, 15m, 2h, 1d, not \(text)")
      }
      if let since = self.since {
        self.until = self.until ?? since + length
      } else {
        self.since = (self.until ?? now) - length
      }
    }
    if let since = self.since, let until = self.until, since >= until {
      throw CommandFailure(.usage, "--since must be before --until")
    }
  }
}

internal import AccessLogs
public import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Places
public import Views

extension LogsGrouping: ExpressibleByArgument {}

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Access logs: which site is asked, by whom, how often, how regularly.",
    discussion: """
      Reads nginx (combined, common and any log_format given with --format), Apache, Nginx Proxy Manager, Traefik, Caddy, \
      Envoy and HAProxy, mixed or not, plain or gzip, with their rotated parts. PATH is a log, a folder of logs, or - for \
      standard input; without one, the logs of the proxies and web servers that run here are read, in containers too. \
      Queries are never kept or shown: they may hold secrets.
      """)

  @Argument(help: ArgumentHelp("A log, a folder of logs, or - for standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(help: ArgumentHelp("An nginx log_format that lines may have; repeatable.", valueName: "text"))
  var format: [String] = []

  @Option(help: ArgumentHelp("From this time on: 2025-03-10T08:00:00Z, or how long ago: 2h, 1d.", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
  var until: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("This long, up to now or --until, or from --since on: 90s, 15m, 2h.", valueName: "time"))
  var length: String?

  @Option(help: "One table only: \(LogsGrouping.allCases.map(\.rawValue).joined(separator: ", ")).")
  var by: LogsGrouping?

  @Option(help: "Rows of a table.")
  var top = 10

  @Flag(help: "Print comma-separated values of one table (--by, else sites).")
  var csv = false

  @Flag(help: "Go on as the logs grow, across rotation; a summary each interval.")
  var follow = false

  @Option(help: ArgumentHelp("Seconds between two summaries of --follow.", valueName: "seconds"))
  var interval = Window(5)

  @OptionGroup var options: CommonOptions

  func run() async throws {
    try options.refuseOtherHosts()
    guard !csv || !options.json else { throw CommandFailure(.usage, "give --csv or --json, not both") }
    guard (1...100_000).contains(top) else { throw CommandFailure(.usage, "--top must be 1 to 100000") }
    var formats = try format.map { text in
      guard let format = CustomFormat(text) else {
        throw CommandFailure(.usage, "--format must say who asked ($remote_addr) and when ($time_local): \(text)")
      }
      return format
    }
    let finder: LogFinder
    if paths.isEmpty {
      let places = try LogPlaces()
      finder = places.finder
      formats += places.formats
    } else {
      finder = LogFinder(paths)
    }
    for failure in finder.failures { Console.report("\(failure)") }
    guard !finder.series.isEmpty else {
      let isDenied = finder.failures.contains { $0.errno.isDenial }
      if finder.failures.isEmpty { Console.report("no access logs there") }
      throw isDenied ? ExitStatus.denied : ExitStatus.noAnswer
    }
    if follow {
      try LogsFollowing(series: finder.series, formats: formats, interval: interval.seconds, report: reportOptions())
        .run { try show($0) }
      return
    }
    let reader = LogsReading(
      finder: finder, formats: formats, window: try window(), report: try reportOptions(), isVerbose: options.verbose)
    let document = try reader.document()
    try show(document)
    if document.requests == 0 {
      if document.files.allSatisfy({ $0.note?.hasSuffix("Permission denied") == true }) { throw ExitStatus.denied }
      throw ExitStatus.noAnswer
    }
  }

  private func reportOptions() throws -> LogReportOptions {
    var report = LogReportOptions()
    report.top = max(top, options.json || csv ? 20 : top)
    let sets = try options.addressSets()
    report.addressSet = { sets.name(of: $0) }
    switch by {
    case .set: report.addressGrouping = LogAddressGrouping(.set) { sets.name(of: $0) }
    case .country:
      let places = try options.places(isWanted: true)
      report.addressGrouping = LogAddressGrouping(.country) {
        places.place(of: $0).flatMap { $0.countryName ?? $0.country }
      }
    case .network:
      let places = try options.places(isWanted: true)
      report.addressGrouping = LogAddressGrouping(.network) { places.place(of: $0)?.networkTitle }
    default: break
    }
    return report
  }

  /// What was asked for, in seconds since the epoch; nil is open.
  private func window() throws -> (since: Double?, until: Double?) {
    let now = SystemClock.now()
    let time = { (option: String, text: String?) throws -> Double? in
      guard let text else { return nil }
      guard let time = LogTime.parse(text, now: now) else {
        throw CommandFailure(
          .usage, "\(option) takes a time (2025-03-10T08:00:00Z) or how long ago (2h, 1d), not \(text)")
      }
      return time
    }
    var since = try time("--since", since)
    var until = try time("--until", until)
    if let text = length {
      guard let length = LogTime.length(text) else {
        throw CommandFailure(.usage, "--for takes a length of time such as 90s, 15m, 2h, 1d, not \(text)")
      }
      if let since { until = until ?? since + length } else { since = (until ?? now) - length }
    }
    if let since, let until, since >= until { throw CommandFailure(.usage, "--since must be before --until") }
    return (since, until)
  }

  private func show(_ document: LogsDocument) throws {
    if options.json {
      Console.print(try Document(document, isPretty: !follow))
    } else if csv {
      Console.print(Document(values: LogsCSV.text(document, by: by ?? .site)))
    } else if document.requests == 0 {
      Console.print(
        "no requests in \(document.files.count == 1 ? document.files[0].path : "\(document.files.count) logs")")
      for file in document.files.prefix(20) {
        if let note = file.note { Console.print("\(file.path): \(note)") }
        for example in file.examples { Console.print("  cannot be read: \(example)") }
      }
    } else {
      let report = LogsReport(width: options.width, top: top, isVerbose: options.verbose)
      Console.print(report.lines(document, by: by), options.style)
    }
  }
}

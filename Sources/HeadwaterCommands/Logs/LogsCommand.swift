public import ArgumentParser
public import Views

extension LogsGrouping: ExpressibleByArgument {}

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Read access logs: which site is requested, by whom, how often and how regularly.",
    discussion: """
      Reads the logs of nginx (combined, common and any log_format given with --format), Apache, Nginx Proxy Manager, \
      Traefik, Caddy, Envoy and HAProxy, mixed or not, plain or gzip, with their rotated parts. PATH is a log, a folder of \
      logs, or - for standard input; without one, the logs of the proxies and web servers that run here are read, in \
      containers too. With --host or --hosts they are read on those hosts instead, and only what they say is sent. Query strings are never kept or shown: they may hold secrets.
      """)

  @Argument(help: ArgumentHelp("A log, a folder of logs, or - for standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(help: ArgumentHelp("Also recognise lines of this nginx log_format. Repeatable.", valueName: "text"))
  var format: [String] = []

  @Option(
    help: ArgumentHelp(
      "Count only requests from this time on (2025-03-10T08:00:00Z), or since this long ago (2h, 1d).",
      valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Count only requests before this time.", valueName: "time"))
  var until: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Count this long (90s, 15m, 2h): up to now, up to --until, or from --since on.", valueName: "time"))
  var length: String?

  @Option(
    help: ArgumentHelp(
      "Show one table only: \(LogsGrouping.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "what"))
  var by: LogsGrouping?

  @Option(help: ArgumentHelp("Show this many rows of each table.", valueName: "number"))
  var top = 10

  @Flag(help: "Print one table as comma-separated values: that of --by, or the sites.")
  var csv = false

  @Flag(help: "Keep reading as the logs grow, across rotation, and print a summary each interval.")
  var follow = false

  @Option(help: ArgumentHelp("With --follow, print a summary this often (default: 5).", valueName: "seconds"))
  var interval: Window?

  @OptionGroup var hosts: HostOptions
  @OptionGroup var recorded: BundleOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !hosts.isGiven || !paths.contains("-") else {
      throw ValidationError("standard input (-) is for logs of this host, not for --host and --hosts")
    }
    guard !recorded.isGiven || (paths.isEmpty && !follow && !hosts.isGiven) else {
      throw ValidationError("--bundle takes the place of paths, --follow, --host and --hosts")
    }
    guard !csv || hosts.isOneHost else {
      throw ValidationError("--csv is for one host; --json has several")
    }
    guard !follow || !paths.contains("-") else {
      throw ValidationError("--follow needs a file: standard input can't be followed")
    }
    guard !csv || !output.json else { throw ValidationError("give --csv or --json, not both") }
    guard (1...100_000).contains(top) else { throw ValidationError("--top must be 1 to 100000") }
    guard interval == nil || follow else { throw ValidationError("--interval needs --follow") }
    guard !follow || (since == nil && until == nil && length == nil) else {
      throw ValidationError("--since, --until and --for can't be used with --follow")
    }
    // Clients are grouped by these only if asked for.
    let isAsked = [nil, .set, .country, .network].contains(by)
    guard !output.json || isAsked else {
      throw ValidationError("--by \(by?.rawValue ?? "") is not needed with --json, which always has that table")
    }
  }

  func run() async throws {
    let request = try LogsRequest(self)
    try await request.run()
  }
}

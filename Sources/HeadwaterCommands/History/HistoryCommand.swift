public import ArgumentParser
public import History
internal import LinuxSystem

extension HistoryGrouping: ExpressibleByArgument {}

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show who used the network at an earlier time.",
    discussion: """
      The answer comes from what headwater watch has kept on this host. Times are local: 02:00, yesterday 02:00, monday, \
      -8h, last night, or RFC 3339. Without a time it is the last hour. headwater history last night and headwater \
      history yesterday 02:00 --for 1h are questions as well.
      """)

  @Argument(parsing: .allUnrecognized, help: "When it began, or the whole time: last night, -8h, yesterday 02:00.")
  var when: [String] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("When it began.", valueName: "time"))
  var from: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("When it ended (default: now).", valueName: "time"))
  var to: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("How long it lasted, instead of --to: 90s, 15m, 1h, 2d.", valueName: "length"))
  var length: String?

  @Option(
    help: ArgumentHelp(
      "Sum by \(HistoryGrouping.allCases.map(\.rawValue).joined(separator: ", ")) (default: source).",
      valueName: "what"))
  var by: HistoryGrouping = .source

  @Option(
    name: .customLong("of"),
    help: ArgumentHelp(
      "Only traffic of this interface, process, container, unit, source, address, prefix or :port.",
      valueName: "target"))
  var target: String?

  @Option(help: ArgumentHelp("The length of each part of the series: 1m, 5m, 1h.", valueName: "length"))
  var step: String?

  @Option(help: ArgumentHelp("Compare with the same time this long before: 1d, 7d.", valueName: "length"))
  var compare: String?

  @Flag(help: "Show how much room the history takes.")
  var usage = false

  @Option(help: ArgumentHelp("Read the settings in this file first.", valueName: "file"))
  var config: String?

  @Flag(help: "Print comma-separated values, for spreadsheets.")
  var csv = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !csv || !output.json else { throw ValidationError("--csv and --json are two forms: give one of them") }
    guard to == nil || length == nil else { throw ValidationError("--to and --for both say when it ended") }
    guard when.isEmpty || from == nil else { throw ValidationError("\(when[0]) and --from both say when it began") }
    if let option = when.first(where: { $0.hasPrefix("--") }) { throw ValidationError("Unknown option '\(option)'") }
  }

  func run() async throws {
    let request = try HistoryRequest(self, now: SystemClock.now())
    try request.run()
  }
}

public import Accounts
public import ArgumentParser
internal import LinuxSystem
internal import Views

extension TopGrouping: ExpressibleByArgument {}

struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show who uses the network now.",
    discussion: """
      On a terminal this is a live view (press h for its keys); piped, or with --once, it is one plain table.

      With --host or --hosts, this host and the others are shown in one view, which also says who talks to whom among \
      them (key w). A host that drops out is named, the others go on, and the exit status is 4.
      """)

  @Flag(help: "Measure once and print one table.")
  var once = false

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Stop after this long. A single table measures this long (default: 2).", valueName: "seconds"))
  var window: Window?

  @Option(
    help: ArgumentHelp(
      "Update the live view, or print a line of --json, this often (default: 1).", valueName: "seconds"))
  var interval: Window?

  @Option(
    help: ArgumentHelp(
      "Group traffic by \(TopGrouping.allCases.map(\.rawValue).joined(separator: ", ")) (default: process).",
      valueName: "what"))
  var by: TopGrouping?

  @Flag(help: "Show bytes instead of bits.")
  var bytes = false

  @Flag(help: "Show names of remote addresses, found by reverse DNS. The view does not wait for them.")
  var resolve = false

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: JoinedHostOptions
  @OptionGroup var recorded: BundleOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try recorded.refuse(meter, hosts)
    guard !recorded.isGiven || (window == nil && interval == nil) else {
      throw ValidationError("--for and --interval are for measuring, and what --bundle names was measured already")
    }
    guard !once || window == nil || interval == nil else {
      throw ValidationError("--once measures once: either --for or --interval says how long")
    }
    guard output.json else { return }
    // With --by name, names are watched, and the document has them.
    guard by == nil || by == .name else {
      throw ValidationError("--by is for tables; --json always has every flow")
    }
    guard !bytes, !resolve else { throw ValidationError("--bytes and --resolve are for tables, not for --json") }
  }

  func run() async throws {
    let request = try TopRequest(self)
    try await request.run()
  }
}

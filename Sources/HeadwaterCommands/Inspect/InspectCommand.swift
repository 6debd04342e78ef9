internal import ArgumentParser

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show all that is known of one process, container, address, port or flow.",
    discussion: """
      WHO is a pid (pid:4711 or 4711), process name, container, address, prefix, address:port, :port or flow. With --host \
      or --hosts it is looked for on those hosts instead of this one.
      """)

  @Argument(help: "What to inspect.", completion: CompletionWords.targets)
  var who: String

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure rates for this long.", valueName: "seconds"))
  var window = Window(1)

  @Option(
    help: ArgumentHelp(
      "Then show connects, accepts, sends and closes as they happen, for this long.", valueName: "seconds"))
  var follow: Window?

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: HostOptions
  @OptionGroup var recorded: BundleOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try hosts.refuse(meter)
    try recorded.refuse(meter, hosts)
    guard follow == nil || !recorded.isGiven else {
      throw ValidationError("--follow is for hosts that can be asked, not for --bundle")
    }
  }

  func run() async throws {
    let request = try InspectRequest(self)
    guard let seconds = follow?.seconds else { return try await request.output.show(request.answer()) }
    try await InspectFollowing(request, seconds: seconds).run()
  }
}

public import ArgumentParser
public import Tracing

extension OutsideGrouping: ExpressibleByArgument {}

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Follow traffic back to its source; without a target, the busiest traffic on this host.",
    discussion: """
      TARGET is an interface (eth0), an address or prefix, address:port, :port, a flow \
      (10.0.7.248:40142-10.8.1.3:3129, either order), pid:N, a process name, a container's name or id, a named \
      address set (cloudflare), or a site's name (git.example.com; example.com stands for all below it). Of several \
      hosts, alpha:pid:500, alpha:eth0 or alpha::443 is that of alpha alone.
      """)

  @Argument(help: "What to trace.", completion: CompletionWords.targets)
  var target: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure for this long (default: 2).", valueName: "seconds"))
  var window: Window?

  @Option(
    name: .customLong("bundle"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Trace recorded evidence instead of this host: archives of headwater collect, folders, or pasted outputs.",
      valueName: "file"))
  var bundles: [String] = []

  @Option(
    help: ArgumentHelp(
      "Combine chains whose outside addresses are in the same "
        + OutsideGrouping.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "what"))
  var by: OutsideGrouping?

  @Flag(help: "Show each hop's evidence and the command that checks it.")
  var evidence = false

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: JoinedHostOptions
  @OptionGroup var output: OutputOptions

  /// The names of the commands, if the target was given without a command: it may be a mistyped command.
  var commands: [String] = []

  private enum CodingKeys: String, CodingKey { case target, window, bundles, by, evidence, meter, hosts, output }

  func validate() throws {
    guard !bundles.isEmpty else { return }
    guard meter.meter == nil else { throw ValidationError("--meter can't be used with --bundle: nothing is measured") }
    guard window == nil || hosts.isGiven else {
      throw ValidationError("--for can't be used with --bundle: nothing is measured")
    }
  }

  func run() async throws {
    let request = try TraceRequest(self)
    do { try await request.output.show(request.answer()) } catch let error as TargetError
      where error.code == .unknown && error.text == target && !commands.isEmpty
    {
      // The target may be a mistyped command.
      let near = Target.nearest(to: error.text.lowercased(), among: commands)
      guard near.isEmpty else {
        let meant = near.map { "headwater \($0)" }.joined(separator: ", ")
        throw CommandFailure(.usage, "\(error.text) is no command, and no target here; did you mean \(meant)?")
      }
      throw CommandFailure(.usage, "\(error); headwater --help lists the commands")
    }
  }
}

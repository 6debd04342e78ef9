public import ArgumentParser
public import Documents
internal import Flows
internal import Views

extension ExposedListener.Severity: ExpressibleByArgument {}

struct ExposureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exposure",
    abstract: "Show from where each listener can be reached, and which rule decides.",
    discussion: """
      For each TCP and UDP listener, in every network namespace, and each port that rules send elsewhere: who can reach it \
      (the internet, the networks of each interface, VPN clients, containers, each prefix that a rule names), by which \
      public address, and through which proxies. The rules are copied into a namespace of their own, and the kernel is \
      asked there: nothing passes the host's own rules. What a copy cannot tell is unknown, with the rule that makes it so.

      TARGET is a process, pid:N, container, interface, address, address:port or :port; without one, all listeners are \
      shown. With --host or --hosts, what a proxy here passes on to another host is followed there.
      """)

  @Argument(help: "The listeners to show.", completion: CompletionWords.targets)
  var target: String?

  @Option(
    help: ArgumentHelp(
      "Show this source only: internet, an address, a prefix, or the name of a host that is queried.",
      valueName: "source"))
  var from: String?

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp("Ask about this port, whether anything listens there or not.", valueName: ":port"))
  var port: String?

  @Flag(help: "Show each rule that the packet met.")
  var explain = false

  @Option(
    help: ArgumentHelp(
      "Exit with status 1 if a listener shown is exposed this much or more: high, unknown or low.",
      valueName: "severity"))
  var failOn: ExposedListener.Severity?

  @Flag(help: "Print the paths as comma-separated values.")
  var csv = false

  @OptionGroup var hosts: JoinedHostOptions
  @OptionGroup var output: OutputOptions

  /// The number of `--to`; nil if it is not given.
  var portNumber: UInt16? { port.flatMap { Port($0.hasPrefix(":") ? String($0.dropFirst()) : $0)?.number } }

  func validate() throws {
    guard !csv || !output.json else { throw ValidationError("give --csv or --json, not both") }
    guard port == nil || (portNumber ?? 0) > 0 else {
      throw ValidationError("--to takes a port, for example --to :8080")
    }
    guard failOn != ExposedListener.Severity.none else {
      throw ValidationError("--fail-on takes high, unknown or low")
    }
  }

  func run() async throws {
    let request = try ExposureRequest(self)
    let answer = try await request.answer()
    guard request.isCSV else { return try request.output.show(answer) }
    Console.print(Document(values: ExposureCSV.text(answer.document)))
    for remark in answer.remarks(request.output) { Console.report(remark) }
    if answer.status != .answered { throw answer.status }
  }
}

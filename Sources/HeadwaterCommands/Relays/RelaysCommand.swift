public import ArgumentParser
internal import Flows
internal import Tracing
public import Views

extension RelayTable.Grouping: ExpressibleByArgument {}

/// The methods of pairing flows.
enum RelayPairing: String, CaseIterable, ExpressibleByArgument {
  case session, cause, question, bytes

  var method: RelayLink.Method {
    switch self {
    case .session: .session
    case .cause: .cause
    case .question: .question
    case .bytes: .bytes
    }
  }
}

struct RelaysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relays",
    abstract: "Show who goes where through the proxies of a host.",
    discussion: """
      Reverse proxies, TCP proxies, SSH forwards, docker-proxy: for each of them its clients, its connections to servers, \
      which of the two belong together, and how that is known. WHO is a process name, pid:N, container, port or address; \
      without it, all proxies are shown. With --host or --hosts, the proxies of those hosts are shown instead.
      """)

  @Argument(help: "The process, container, port or address whose proxying to show.")
  var who: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure for this long.", valueName: "seconds"))
  var window = Window(2)

  @Option(
    help: ArgumentHelp(
      "Show a row for each \(RelayTable.Grouping.allCases.map(\.rawValue).joined(separator: ", ")) (default: client).",
      valueName: "what"))
  var by: RelayTable.Grouping?

  @Option(
    help: ArgumentHelp(
      "Keep sampling socket counters for up to this long to pair client and server connections.", valueName: "seconds"))
  var patience = Window(4)

  @Option(
    help: ArgumentHelp(
      "Pair connections by this evidence alone, without guesses: session, cause, question or bytes. Repeatable.",
      valueName: "evidence"))
  var only: [RelayPairing] = []

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: HostOptions
  @OptionGroup var recorded: BundleOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard by == nil || !output.json else { throw ValidationError("--by is for tables; --json always has every pair") }
    try hosts.refuse(meter)
    try recorded.refuse(meter, hosts)
  }

  func run() async throws {
    let request = try RelaysRequest(self)
    try await request.output.show(request.answer())
  }
}

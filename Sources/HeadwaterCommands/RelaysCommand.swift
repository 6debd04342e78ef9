public import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Tracing
public import Views

extension RelayTable.Grouping: ExpressibleByArgument {}

/// What can tell which flows belong together.
enum RelayPairing: String, CaseIterable, ExpressibleByArgument {
  case session, cause, bytes

  var method: RelayLink.Method {
    switch self {
    case .session: .session
    case .cause: .cause
    case .bytes: .bytes
    }
  }
}

struct RelaysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relays",
    abstract: "Who goes where through the proxies of this host.",
    discussion: """
      Reverse proxies, TCP proxies, SSH forwards, docker-proxy: for each, its clients, its connections to servers, and \
      which belong together, with how that is known. WHO is a process name, pid:N, container, port or address; without \
      it, all relays.
      """)

  @Argument(help: "Whose relaying to show.")
  var who: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure for this long.", valueName: "seconds"))
  var window = Window(2)

  @Option(help: ArgumentHelp("A row for each client, frontend, backend or connection.", valueName: "what"))
  var by = RelayTable.Grouping.client

  @Option(
    help: ArgumentHelp(
      "Then watch counters for up to this long, until every pair is told apart.", valueName: "seconds"))
  var patience = Window(4)

  @Option(
    help: ArgumentHelp(
      "Show only what this way of pairing tells; repeatable. Nothing is guessed then.", valueName: "way"))
  var only: [RelayPairing] = []

  @OptionGroup var options: CommonOptions

  func run() async throws {
    let methods = only.isEmpty ? RelayLink.Method.all : Set(only.map(\.method))
    let vantage = try options.vantage(watchesRelays: methods.contains(.cause))
    let document = try await RelaySurvey(vantage).survey(
      who, seconds: window.seconds, sets: try options.addressSets(), patience: patience.seconds, methods: methods)
    if options.json {
      Console.print(try Document.json(document, isPretty: true))
    } else if document.relays.isEmpty {
      let subject = who.map { "\($0) relays nothing" } ?? "nothing is relayed on \(document.host)"
      Console.print(
        "\(subject): no process had flows in and out that belong together in \(Units.duration(document.seconds))")
      for note in document.notes { Console.print("note: \(note)") }
    } else {
      let table = RelayTable(by, width: options.width, limit: options.verbose ? .max : 20)
      Console.write(table.lines(document).map { $0.rendered(options.style) + "\n" }.joined())
    }
    if document.relays.isEmpty { throw ExitStatus.noAnswer }
  }
}

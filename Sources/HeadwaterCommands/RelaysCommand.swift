public import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Vantage
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
    abstract: "Who goes where through the proxies of a host.",
    discussion: """
      Reverse proxies, TCP proxies, SSH forwards, docker-proxy: for each, its clients, its connections to servers, and \
      which belong together, with how that is known. WHO is a process name, pid:N, container, port or address; without \
      it, all relays. With --host NAME that host's proxies, with several or --hosts FILE those of each.
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
    guard options.hosts.isGiven else {
      let vantage = try options.localVantage(watchesRelays: methods.contains(.cause))
      let document = try await survey(vantage, methods)
      if options.json {
        Console.print(try Document(document))
      } else {
        Console.print(lines(document), options.style)
      }
      if document.relays.isEmpty { throw ExitStatus.noAnswer }
      return
    }
    let others = try await OtherHosts(options)
    let command = self
    let found = await others.ask { try await command.survey($0.vantage, methods) }
    try options.show(found, name: \.host, text: lines)
    try found.reportFailures(isVerbose: options.verbose)
    if found.answers.allSatisfy({ $0.relays.isEmpty }) { throw ExitStatus.noAnswer }
  }

  private func survey(_ vantage: any Vantage, _ methods: Set<RelayLink.Method>) async throws -> RelayDocument {
    try await RelaySurvey(vantage).survey(
      who, seconds: window.seconds, sets: try options.addressSets(), patience: patience.seconds, methods: methods)
  }

  private func lines(_ document: RelayDocument) -> [Line] {
    guard document.relays.isEmpty else {
      return RelayTable(by, width: options.width, limit: options.verbose ? .max : 20).lines(document)
    }
    let subject = who.map { "\($0) relays nothing" } ?? "nothing is relayed on \(document.host)"
    let line =
      "\(subject): no process had flows in and out that belong together in \(Units.duration(document.seconds))"
    return [Line(line)] + document.notes.map { Line("note: \($0)") }
  }
}

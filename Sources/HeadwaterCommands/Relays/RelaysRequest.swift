internal import AddressSets
internal import Bundles
internal import Documents
internal import Flows
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater relays`.
struct RelaysRequest: Sendable {
  let output: Output
  /// The target; nil for all relays.
  let who: String?
  let seconds: Double
  let grouping: RelayTable.Grouping
  /// How many seconds may be spent on sampling counters until pairs are unique.
  let patience: Double
  let methods: Set<RelayLink.Method>
  let hosts: AskedHosts
  let isOneHost: Bool
  let sets: AddressSets

  init(_ command: RelaysCommand) throws {
    output = command.output.resolved
    who = command.who
    seconds = command.window.seconds
    grouping = command.by ?? .client
    patience = command.patience.seconds
    methods = command.only.isEmpty ? RelayLink.Method.all : Set(command.only.map(\.method))
    let here = command.meter.resolved(
      output, watchesRelays: methods.contains(.cause), watchesNames: methods.contains(.question))
    let settings = try command.hosts.settings()
    let recorded = try command.recorded.evidence()
    hosts = AskedHosts({ try here.vantage() }, others: try command.hosts.selection(settings), recorded: recorded)
    isOneHost = recorded.map { $0.vantages.count == 1 } ?? command.hosts.isOneHost
    sets = settings.addressSets()
  }

  func answer() async throws -> ReportsAnswer<RelayDocument> {
    let found = try await hosts.ask(about: who) { try await survey($0) }
    try found.refuseTwins(of: who, name: \.host)
    return ReportsAnswer(
      found: found, isOneHost: isOneHost, name: \.host, isEmpty: \.relays.isEmpty, isUnknown: { $0.reason != nil },
      text: lines)
  }

  private func survey(_ vantage: any Vantage) async throws -> RelayDocument {
    let interruption = try Interruption.ofProgram()
    return try await RelaySurvey(vantage, mustStop: { interruption.hasCome }).survey(
      who, seconds: seconds, sets: sets, patience: patience, methods: methods)
  }

  private func lines(_ document: RelayDocument, _ output: Output) -> [Line] {
    guard document.relays.isEmpty else {
      return RelayTable(grouping, width: output.width, limit: output.isVerbose ? .max : 20).lines(document)
    }
    let time = Units.duration(document.seconds)
    let subject =
      if let reason = document.reason {
        "\(who.map { "whether \($0) relays" } ?? "what is relayed") on \(document.host) is not known: \(reason)"
      } else {
        "\(who.map { "\($0) relays nothing" } ?? "nothing is relayed on \(document.host)")"
          + ": no process had inbound and outbound flows that belong together in \(time)"
      }
    // The first line says the reason.
    let notes = document.notes.filter { document.reason?.contains($0) != true }
    return [Line(subject)] + notes.map { Line("note: \($0)") }
  }
}

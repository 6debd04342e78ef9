internal import AddressSets
internal import Bundles
internal import Documents
internal import Flows
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater inspect`.
struct InspectRequest: Sendable {
  let output: Output
  let who: String
  let seconds: Double
  let hosts: AskedHosts
  let isOneHost: Bool
  let sets: AddressSets

  init(_ command: InspectCommand) throws {
    output = command.output.resolved
    let isNumber = !command.who.isEmpty && command.who.utf8.allSatisfy { (48...57).contains($0) }
    who = isNumber ? "pid:\(command.who)" : command.who
    seconds = command.window.seconds
    let here = command.meter.resolved(output, watchesNames: true)
    let settings = try command.hosts.settings()
    let recorded = try command.recorded.evidence()
    hosts = AskedHosts(
      { try here.vantage() }, others: try command.hosts.selection(settings), meter: .meterAndNames, recorded: recorded)
    isOneHost = recorded.map { $0.vantages.count == 1 } ?? command.hosts.isOneHost
    sets = settings.addressSets()
  }

  func answer() async throws -> ReportsAnswer<Inspection> {
    var found = try await hosts.ask(about: who) { try await inspect($0) }
    try found.refuseTwins(of: who, name: \.host)
    // Most of several hosts have no match, and those are left out.
    if !found.answers.allSatisfy(\.isEmpty) { found.answers.removeAll(where: \.isEmpty) }
    return answer(found)
  }

  func inspect(_ vantage: any Vantage) async throws -> Inspection {
    try await Inspector(vantage).inspect(who, seconds: seconds, sets: sets)
  }

  func answer(_ found: HostAnswers<Inspection>) -> ReportsAnswer<Inspection> {
    ReportsAnswer(found: found, isOneHost: isOneHost, name: \.host, isEmpty: \.isEmpty, isUnknown: { $0.reason != nil })
    {
      inspection, output in
      InspectionView(width: output.width, isVerbose: output.isVerbose).lines(inspection)
    }
  }
}

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
  /// Recorded hosts instead of this one; nil if none were asked for.
  let recorded: EvidenceBundle?
  let isOneHost: Bool
  let sets: AddressSets

  init(_ command: InspectCommand) throws {
    output = command.output.resolved
    let isNumber = !command.who.isEmpty && command.who.utf8.allSatisfy { (48...57).contains($0) }
    who = isNumber ? "pid:\(command.who)" : command.who
    seconds = command.window.seconds
    let here = command.meter.resolved(output, watchesNames: true)
    let settings = try command.hosts.settings()
    hosts = AskedHosts({ try here.vantage() }, others: try command.hosts.selection(settings), meter: .meterAndNames)
    recorded = try command.recorded.evidence()
    isOneHost = recorded.map { $0.vantages.count == 1 } ?? command.hosts.isOneHost
    sets = settings.addressSets()
  }

  func answer() async throws -> ReportsAnswer<Inspection> {
    if let recorded {
      var found: [Inspection] = []
      for vantage in recorded.vantages { found.append(try await inspect(vantage)) }
      if !found.allSatisfy(\.isEmpty) { found.removeAll(where: \.isEmpty) }
      var answers = HostAnswers(found)
      answers.notes = recorded.remarks
      return answer(answers)
    }
    var found = try await hosts.ask { try await inspect($0) }
    try found.refuseTwins(of: who, name: \.host)
    // Most of several hosts have no match, and those are left out.
    if !found.answers.allSatisfy(\.isEmpty) { found.answers.removeAll(where: \.isEmpty) }
    return answer(found)
  }

  func inspect(_ vantage: any Vantage) async throws -> Inspection {
    try await Inspector(vantage).inspect(who, seconds: seconds, sets: sets)
  }

  func answer(_ found: HostAnswers<Inspection>) -> ReportsAnswer<Inspection> {
    ReportsAnswer(found: found, isOneHost: isOneHost, name: \.host, isEmpty: \.isEmpty) { inspection, output in
      InspectionView(width: output.width, isVerbose: output.isVerbose).lines(inspection)
    }
  }
}

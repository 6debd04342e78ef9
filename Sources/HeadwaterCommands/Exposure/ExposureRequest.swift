internal import Documents
internal import Flows
internal import LinuxSystem
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater exposure`.
struct ExposureRequest {
  let output: Output
  let isCSV: Bool
  let failsOn: ExposedListener.Severity?
  let scope: ExposureScope
  let here: LocalMeasurement
  let others: HostSelection?

  init(_ command: ExposureCommand) throws {
    output = command.output.resolved
    isCSV = command.csv
    failsOn = command.failOn
    var scope = ExposureScope()
    (scope.target, scope.from, scope.port) = (command.target, command.from, command.portNumber)
    scope.explains = command.explain
    let settings = try command.hosts.settings()
    for host in settings.fleet.hosts { scope.publicAddresses.merge(host.publicAddresses) { first, _ in first } }
    self.scope = scope
    var here = LocalMeasurement(environment: ProcessExit.environment)
    here.isIdle = true
    self.here = here
    others = try command.hosts.selection(settings)
  }

  func answer() async throws -> ExposureAnswer {
    let group = try await HostGroup(here, others: others)
    var document = try await ExposureSurvey(group.vantage, scope).survey()
    if !group.failures.isEmpty {
      document.unreached = group.failures.map { HostSilence(host: $0.host, reason: $0.reason) }
    }
    return ExposureAnswer(
      document: document, failures: group.failures.map { "\($0)" },
      notes: group.notes.filter { $0.isShown(isVerbose: output.isVerbose) }.map { "\($0)" }, failsOn: failsOn,
      scope: scope)
  }
}

/// The answer of `headwater exposure`.
struct ExposureAnswer: Answer {
  let document: ExposureDocument
  let failures: [String]
  let notes: [String]
  let failsOn: ExposedListener.Severity?
  let scope: ExposureScope

  func lines(_ output: Output) -> [Line] {
    ExposureView(isVerbose: output.isVerbose || scope.from != nil || scope.explains).lines(document)
  }

  func remarks(_ output: Output) -> [Line] { (notes + failures).map { Line($0) } }

  var status: ExitStatus {
    if let failsOn {
      let order = ExposedListener.Severity.allCases
      let limit = order.firstIndex(of: failsOn) ?? 0
      if document.listeners.contains(where: { (order.firstIndex(of: $0.severity) ?? .max) <= limit }) {
        return .noAnswer
      }
    }
    if !failures.isEmpty { return .unreachable }
    // Where no path could be judged, nothing was answered, and the notes say why.
    let isJudged = document.listeners.contains { $0.paths.contains { $0.verdict != .unknown } }
    return isJudged ? .answered : .noAnswer
  }
}

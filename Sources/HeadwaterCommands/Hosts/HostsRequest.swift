internal import Documents
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Sessions
internal import Views

/// The resolved request of `headwater hosts list` or `headwater hosts check`.
struct HostsRequest {
  let output: Output
  let selection: HostSelection
  /// Which parts of the settings were ignored, and why.
  let notes: [String]
  /// Whether to show one host with all details instead of a table.
  let showsDetails: Bool

  init(_ command: HostsListCommand) throws {
    let settings = try Settings(file: command.file.hosts)
    self.init(
      try settings.fleet.hosts(named: command.host), settings, command.file, command.output, showsDetails: false)
  }

  init(_ command: HostsCheckCommand) throws {
    let settings = try Settings(file: command.file.hosts)
    self.init(
      [try settings.fleet.host(named: command.name)], settings, command.file, command.output, showsDetails: true)
  }

  private init(
    _ hosts: [HostSpecification], _ settings: Settings, _ file: HostsFileOptions, _ output: OutputOptions,
    showsDetails: Bool
  ) {
    self.output = output.resolved
    selection = HostSelection(
      hosts, limits: FleetLimits(timeout: file.hostTimeout), environment: ProcessExit.environment)
    notes = settings.fleet.notes
    self.showsDetails = showsDetails
  }

  func answer() async throws -> HostsAnswer {
    let (answers, note) = try await selection.answers()
    return HostsAnswer(
      document: HostsDocument(hosts: answers, notes: notes), note: note, showsDetails: showsDetails)
  }
}

/// Which hosts can be queried.
struct HostsAnswer: Answer {
  let document: HostsDocument
  /// Why connections can't stay open; nil if they can.
  let note: String?
  let showsDetails: Bool

  func lines(_ output: Output) -> [Line] {
    let notes = document.notes.map { Line("note: \($0)", .faint) }
    guard !document.hosts.isEmpty else {
      return ["no hosts are configured; add one with: headwater hosts add NAME [SSH]"] + notes
    }
    if showsDetails { return document.hosts.flatMap(HostTable.details) + notes }
    return HostTable(width: output.width, isVerbose: output.isVerbose).lines(document)
  }

  func remarks(_ output: Output) -> [Line] { output.isVerbose ? note.map { ["\($0)"] } ?? [] : [] }

  var status: ExitStatus {
    if document.hosts.isEmpty { return .noAnswer }
    return document.hosts.allSatisfy(\.reachable) ? .answered : .unreachable
  }
}

public import Flows
public import LinuxSystem
internal import Programs

/// A relay with one directive per line in its configuration, or with everything on its command line.
///
/// `RelayDialect` says which directives name the listening and the target addresses.
public struct ConfiguredRelay: RelayReader {
  public let software: String
  public let kind: String
  public let programs: ProgramNames
  public var reads: RelayAbilities { dialect.readLogs == nil ? .configuration : [.configuration, .logs] }
  public var usualLogs: [String] { [] }
  public var script: CollectingStep? { nil }
  let pairing: RelayPairing
  let dialect: RelayDialect

  init(_ kind: String, _ pairing: RelayPairing, _ programs: ProgramNames, _ dialect: RelayDialect) {
    self.software = programs.names.first ?? kind
    self.kind = kind
    self.pairing = pairing
    self.programs = programs
    self.dialect = dialect
  }

  /// How many bytes of a configuration file are read at most.
  private static let sizeLimit = 1 << 20

  /// Reads the program's configuration. It never throws: what can't be read becomes a problem, and that the program
  /// relays, and how, is still known.
  public func read(_ program: RunningProgram) -> any RelayReading {
    let arguments = program.process.command.map { Array($0.dropFirst()) } ?? []
    var findings = RelayFindings()
    var problems: [String] = []
    var paths: [String] = []
    if let file = dialect.file(arguments) {
      do throws(SystemError) {
        let root = program.root
        let folder = file.hasPrefix("/") ? nil : try root.workingDirectory()
        let whole = folder.map { "\($0 == "/" ? "" : $0)/\(file)" } ?? file
        let text = String(decoding: try root.read(whole, limit: Self.sizeLimit).bytes, as: UTF8.self)
        findings.file = whole
        let lines = DirectiveLine.all(in: text)
        dialect.readLines(lines, &findings)
        paths = dialect.readLogs.map { $0(lines) } ?? []
      } catch {
        problems.append("its configuration is not known: \(error)")
      }
    }
    dialect.readArguments(arguments, &findings)
    let logs = paths.map { ServedLog(software: software, path: $0, access: .process(program.pid)) }
    return ConfiguredRelayReading(relay: answer(findings, problems), problems: problems, served: logs)
  }

  public func read(_ program: RecordedProgram) -> any RelayReading {
    var findings = RelayFindings()
    dialect.readArguments(program.process.command.map { Array($0.dropFirst()) } ?? [], &findings)
    return ConfiguredRelayReading(relay: answer(findings, []), problems: [])
  }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }

  private func answer(_ findings: RelayFindings, _ problems: [String]) -> RelayAnswer {
    RelayAnswer(
      software: software, isRelay: true, isOneToOne: pairing == .oneToOne, frontends: findings.frontends,
      backends: findings.backends, notes: problems)
  }
}

private struct ConfiguredRelayReading: RelayReading {
  let relay: RelayAnswer
  let problems: [String]
  var served: [ServedLog] = []

  func answer() -> RelayAnswer { relay }
  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { served }
  /// No files: it is not known which lines hold no secrets.
  func files() -> ProgramEvidence { ProgramEvidence() }
}

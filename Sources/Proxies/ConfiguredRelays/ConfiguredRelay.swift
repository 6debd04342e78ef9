public import Flows
public import LinuxSystem
internal import Programs

/// A relay whose configuration has one directive a line, or all of it on its command line.
///
/// Which directives say where it listens and where it connects is in `RelayDialect`.
public struct ConfiguredRelay: RelayReader {
  public let software: String
  public let kind: String
  public let programs: ProgramNames
  public var reads: RelayAbilities { .configuration }
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

  /// A configuration file's first bytes that are read.
  private static let sizeLimit = 1 << 20

  /// What can't be read is among the problems: that it relays, and how, is still known.
  public func read(_ program: RunningProgram) -> any RelayReading {
    let arguments = program.process.command.map { Array($0.dropFirst()) } ?? []
    var findings = RelayFindings()
    var problems: [String] = []
    if let file = dialect.file(arguments) {
      do throws(SystemError) {
        let root = program.root
        let folder = file.hasPrefix("/") ? nil : try root.workingDirectory()
        let whole = folder.map { "\($0 == "/" ? "" : $0)/\(file)" } ?? file
        let text = String(decoding: try root.read(whole, limit: Self.sizeLimit).bytes, as: UTF8.self)
        findings.file = whole
        dialect.readLines(DirectiveLine.all(in: text), &findings)
      } catch {
        problems.append("its configuration is not known: \(error)")
      }
    }
    dialect.readArguments(arguments, &findings)
    return ConfiguredRelayReading(relay: answer(findings, problems), problems: problems)
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

  func answer() -> RelayAnswer { relay }
  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { [] }
  /// Which lines of it hold no secrets is not known.
  func files() -> ProgramEvidence { ProgramEvidence() }
}

public import Flows
public import LinuxSystem
internal import Programs

/// A relay whose command line says where it listens and where it connects.
public protocol CommandLineRelay: RelayReader {
  var pairing: RelayPairing { get }

  /// The forwardings in the command line; nil if this process forwards nothing.
  func rules(of process: Process) -> [RelayRule]?

  /// Whose session the process is, if it is one's; nil for a program that serves everybody.
  func user(of process: Process) -> String?
}

/// One forwarding in a command line.
public struct RelayRule: Hashable, Sendable {
  /// Where it listens; nil if the command line doesn't say.
  public var listen: RelayEndpoint?
  /// Where it connects; nil if the client decides (`ssh -D`), or the command line doesn't say.
  public var target: RelayEndpoint?
  /// False for `ssh -R`, where the other end listens.
  public var listensHere = true
  /// False for `ssh -L`, where the other end connects.
  public var connectsHere = true
}

extension CommandLineRelay {
  public var reads: RelayAbilities { .configuration }
  public var usualLogs: [String] { [] }
  public var script: CollectingStep? { nil }

  public func user(of process: Process) -> String? { nil }

  public func read(_ program: RunningProgram) -> any RelayReading { reading(of: program.process) }

  public func read(_ program: RecordedProgram) -> any RelayReading { reading(of: program.process) }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }

  func reading(of process: Process) -> CommandLineReading {
    guard let rules = rules(of: process) else {
      return CommandLineReading(relay: RelayAnswer(software: process.name, isRelay: false, isOneToOne: false))
    }
    var relay = RelayAnswer(software: software, isRelay: true, isOneToOne: pairing == .oneToOne)
    relay.user = user(of: process)
    if rules.contains(where: { !$0.listensHere && $0.connectsHere }) { relay.isReverse = true }
    for rule in rules {
      let target = rule.connectsHere ? rule.target?.server : nil
      if let target { relay.backends.append(target) }
      if rule.listensHere, let listen = rule.listen?.frontend(leadingTo: target?.name) {
        relay.frontends.append(listen)
      }
    }
    return CommandLineReading(relay: relay)
  }
}

struct CommandLineReading: RelayReading {
  let relay: RelayAnswer
  var problems: [String] { [] }
  func answer() -> RelayAnswer { relay }
  func sites() -> SitesAnswer? { nil }
  func logs() -> [ServedLog] { [] }
  func files() -> ProgramEvidence { ProgramEvidence() }
}

extension RelayEndpoint {
  private static let configuration = "its command line"

  /// The endpoint as a frontend; nil for a UNIX socket, or if the port is not known.
  fileprivate func frontend(leadingTo backend: String?) -> RelayFrontend? {
    guard path == nil, let port else { return nil }
    let listen = RelayFrontend.Listen(address: address.flatMap { $0.isUnspecified ? nil : $0 }, ports: port...port)
    return RelayFrontend(
      name: description, listens: [listen], backends: backend.map { [$0] }, configuration: Self.configuration)
  }

  fileprivate var server: RelayBackend? {
    guard path == nil, let port else { return nil }
    return RelayBackend(
      name: description,
      servers: [
        .init(
          name: description, address: address.flatMap { $0.isUnspecified ? nil : $0 }, port: port,
          configuration: Self.configuration)
      ], configuration: Self.configuration)
  }
}

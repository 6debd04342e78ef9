public import Flows
public import LinuxSystem
public import Programs

/// One kind of program that answers connections by opening others, or that serves sites: which processes it is, and what
/// it says of itself.
///
/// A new one is a folder and a line in `RelayReaders.all`.
public protocol RelayReader: Sendable {
  /// The word in documents: `haproxy`, `nginx`, `ssh`.
  var software: String { get }
  /// In a person's words: `reverse proxy`, `SSH session`.
  var kind: String { get }
  /// By the executable's name, or else by the command's first word or the process's name.
  var programs: ProgramNames { get }
  /// What of it is read; empty for a program that is known by its name only.
  var reads: RelayAbilities { get }
  /// Where distributions and container images have its access logs: files and folders.
  var usualLogs: [String] { get }
  /// The part of `collect --script` that is about it; nil if there is none.
  var script: CollectingStep? { get }

  /// Reads a running program's configuration; throws if nothing can be read of it.
  func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading

  /// The same, by what was recorded.
  func read(_ program: RecordedProgram) throws(RelayError) -> any RelayReading

  /// The connections of recorded lists of sessions.
  func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>]
}

/// What is read of a relay.
public struct RelayAbilities: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Where it accepts and connects, by its configuration or its command line.
  public static let configuration = RelayAbilities(rawValue: 1)
  /// Which of its connections belong together, as it says itself.
  public static let sessions = RelayAbilities(rawValue: 2)
  /// The sites that it serves by name.
  public static let sites = RelayAbilities(rawValue: 4)
  /// Its access logs.
  public static let logs = RelayAbilities(rawValue: 8)

  /// For people: `configuration, sessions`.
  public var words: String {
    let all: [(RelayAbilities, String)] = [
      (.configuration, "configuration"), (.sessions, "sessions"), (.sites, "sites"), (.logs, "access logs"),
    ]
    return all.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

/// What was read of one relay.
public protocol RelayReading: Sendable {
  /// What could not be read, and why.
  var problems: [String] { get }

  /// Where it accepts and connects, and the sessions that it lists when this is asked.
  func answer() -> RelayAnswer

  /// The sites that it serves, without what their logs say; nil if that is not read.
  func sites() -> SitesAnswer?

  /// Its access logs that are files.
  func logs() throws(RelayError) -> [ServedLog]

  /// The configuration and status files that the answers come from.
  func files() -> ProgramEvidence
}

/// An access log, as the program that writes it says.
public struct ServedLog: Hashable, Sendable {
  /// `nginx-proxy-manager`, `apache`, …
  public var software: String
  /// Inside the program's own root.
  public var path: String
  /// With whose rights it is read: those of the process that names it.
  public var access: FileAccess
  /// The names of the sites that log there; empty where only its lines tell.
  public var sites: [String]
  /// The number of Nginx Proxy Manager's host.
  public var id: Int?
  /// The text of nginx's `log_format`, where the configuration says which.
  public var format: String?

  public init(
    software: String, path: String, access: FileAccess, sites: [String] = [], id: Int? = nil, format: String? = nil
  ) {
    self.software = software
    self.path = path
    self.access = access
    self.sites = sites
    self.id = id
    self.format = format
  }
}

/// Both connections of a session that a recorded list shows; nil for the side that is not connected.
public struct RecordedSession: Hashable, Sendable {
  /// The word in documents: `haproxy`.
  public var software: String
  /// From the client to the relay.
  public var inbound: Flow?
  /// From the relay to the server.
  public var outbound: Flow?
  /// Application bytes from and to the client, where they are told.
  public var bytes: (fromClient: UInt64, fromServer: UInt64)? {
    fromClient.flatMap { from in fromServer.map { (from, $0) } }
  }
  private var fromClient: UInt64?
  private var fromServer: UInt64?
  /// The line of the outbound side.
  public var outboundLine: EvidenceLine

  public init(
    software: String, inbound: Flow?, outbound: Flow?, fromClient: UInt64?, fromServer: UInt64?,
    outboundLine: EvidenceLine
  ) {
    self.software = software
    self.inbound = inbound
    self.outbound = outbound
    self.fromClient = fromClient
    self.fromServer = fromServer
    self.outboundLine = outboundLine
  }
}

public import Flows
public import LinuxSystem
public import Programs

/// One kind of program that answers connections by opening others, or that serves sites: how its processes are
/// recognised, and how its configuration and state are read.
///
/// A new kind is a folder and a line in `RelayReaders.all`.
public protocol RelayReader: Sendable {
  /// The software's name in documents: `haproxy`, `nginx`, `ssh`.
  var software: String { get }
  /// The kind in words for people: `reverse proxy`, `SSH session`.
  var kind: String { get }
  /// The programs' names: of the executable, or else the command's first word or the process's name.
  var programs: ProgramNames { get }
  /// What is read of it; empty for a program that is known by its name only.
  var reads: RelayAbilities { get }
  /// Where distributions and container images keep its access logs: files and folders.
  var usualLogs: [String] { get }
  /// Its part of `collect --script`; nil if there is none.
  var script: CollectingStep? { get }

  /// Reads a running program's configuration. Throws if nothing can be read.
  func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading

  /// Reads a recorded program. Throws if nothing was recorded of it.
  func read(_ program: RecordedProgram) throws(RelayError) -> any RelayReading

  /// The sessions in recorded outputs.
  func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>]
}

/// The things that a reader can read of a relay.
public struct RelayAbilities: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Where it accepts and connects, from its configuration or command line.
  public static let configuration = RelayAbilities(rawValue: 1)
  /// Which of its connections belong together, as it reports itself.
  public static let sessions = RelayAbilities(rawValue: 2)
  /// The sites that it serves by name.
  public static let sites = RelayAbilities(rawValue: 4)
  /// Its access logs.
  public static let logs = RelayAbilities(rawValue: 8)

  /// The abilities in words for people: `configuration, sessions`.
  public var words: String {
    let all: [(RelayAbilities, String)] = [
      (.configuration, "configuration"), (.sessions, "sessions"), (.sites, "sites"), (.logs, "access logs"),
    ]
    return all.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

/// One relay whose configuration was read.
public protocol RelayReading: Sendable {
  /// What could not be read, and why.
  var problems: [String] { get }

  /// Where it accepts and connects, and the sessions that it has at the moment of the call.
  func answer() -> RelayAnswer

  /// The sites that it serves, without the requests in their logs; nil if sites are not read.
  func sites() -> SitesAnswer?

  /// Its access logs, as far as they are files.
  func logs() throws(RelayError) -> [ServedLog]

  /// The configuration and status files that the answers are based on.
  func files() -> ProgramEvidence
}

/// An access log, as the program that writes it describes it.
public struct ServedLog: Hashable, Sendable {
  /// The software's name: `nginx-proxy-manager`, `apache`, …
  public var software: String
  /// The path inside the program's own root.
  public var path: String
  /// The rights with which it is read: those of the process that names it.
  public var access: FileAccess
  /// The sites that log there; empty if only the lines say so.
  public var sites: [String]
  /// The number of the host in Nginx Proxy Manager; nil for other software.
  public var id: Int?
  /// The text of nginx's `log_format`; nil if the configuration does not say.
  public var format: String?
  /// Whether requests for several sites, or for any other name, are in it: a line that names none is nobody's.
  public var isShared = false
  /// Whether only its lines tell if it is an access log at all: a file that the program holds open.
  public var isGuessed = false

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

/// Both connections of a session in recorded output; a side that is not connected is nil.
public struct RecordedSession: Hashable, Sendable {
  /// The software's name in documents: `haproxy`.
  public var software: String
  /// The inbound connection, from the client to the relay.
  public var inbound: Flow?
  /// The outbound connection, from the relay to the server.
  public var outbound: Flow?
  /// Application bytes from the client and to the client; nil if the output does not have them.
  public var bytes: (fromClient: UInt64, fromServer: UInt64)? {
    fromClient.flatMap { from in fromServer.map { (from, $0) } }
  }
  private var fromClient: UInt64?
  private var fromServer: UInt64?
  /// The line with the outbound side.
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

public import Flows

/// The questions one can ask of a host. The tracer sees hosts through this alone, so it does not know whether the answers
/// come from this kernel, over SSH, or out of a recorded bundle.
public protocol Vantage: Sendable {
  /// The host's name, as it stands in documents.
  var host: String { get }

  /// Of several hosts asked as one, those that could not be asked, or stopped answering.
  var failures: [HostFailure] { get }

  /// Of several hosts asked as one: questions that a host did not answer though it goes on answering others, each reason
  /// once.
  var refusals: [HostFailure] { get }

  /// Namespaces, their interfaces and addresses, and containers, as they are now.
  func inventory() async throws -> Inventory

  /// Process `pid`; nil if it does not exist.
  func process(_ pid: Int32) async throws -> Process?

  /// Counts everything that moves during `seconds`.
  func measure(seconds: Double) async throws -> Interval

  /// Begins the first of several intervals that follow each other without a gap: what was counted before is dropped.
  func beginIntervals() async throws

  /// Everything that moved since `beginIntervals` or the last `nextInterval`, once `seconds` have passed since then.
  ///
  /// If it is withdrawn, nothing is lost: the next one has it all.
  func nextInterval(after seconds: Double) async throws -> Interval

  /// The connection-tracking entry that `flow` belongs to in `namespace`, by either direction's tuple, before or after
  /// translation; nil if there is none.
  func translation(of flow: Flow, in namespace: Place) async throws -> Translation?

  /// The socket whose local end is `flow.source` and whose remote end is `flow.destination`; nil if there is none now.
  func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer?

  /// All sockets of the host, in all its namespaces, with their owners.
  func sockets() async throws -> [SocketListing]

  /// The owner of process `pid`; nil if it does not exist.
  func owner(ofProcess pid: Int32) async throws -> Owner?

  /// Which interface leads to `address` from `namespace`; nil if it cannot be reached.
  func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer?

  /// The hardware address of a neighbour on a local link; nil if it is not known.
  func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer?

  /// Who is behind `address`, which is routed to interface `interface` of `namespace`; nil if that is not a tunnel.
  func tunnel(toward address: IPAddress, through interface: UInt32, in namespace: Place) async throws
    -> TunnelAnswer?

  /// What process `pid` says of its relaying, whose sockets are in `namespace`; nil if it does not exist.
  func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer?

  /// The sites that process `pid` serves, whose sockets are in `namespace`, with what their access logs say of the last
  /// `seconds`; nil if it does not exist or serves none.
  func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer?

  /// What every TCP connection of processes `pids` has moved so far, of which some are in `namespace`. The first question
  /// about a set of processes finds their sockets, further ones are quick.
  func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot

  /// The configuration and status files of the relays and VPN daemons among `pids`, without secrets.
  func files(of pids: [Int32]) async throws -> [BundleRecord.File]

  /// The evidence of a hop at `namespace` as a person can look it up: that of the hop itself, unless the answers came from
  /// elsewhere than the host's kernel.
  func evidence(for hop: Hop, in namespace: Place) async throws -> [Evidence]
}

extension Vantage {
  /// A vantage of one host: if that does not answer, its questions throw.
  public var failures: [HostFailure] { [] }

  /// A vantage of one host: what that does not answer throws.
  public var refusals: [HostFailure] { [] }

  /// A vantage that asks the host itself.
  public func evidence(for hop: Hop, in namespace: Place) async throws -> [Evidence] { hop.evidence }

  /// A vantage that does not go on counting.
  public func beginIntervals() async throws {
    throw VantageError(.unsupported, host: host, "begin a series of intervals", cause: "it cannot be asked for that")
  }

  /// A vantage that does not go on counting.
  public func nextInterval(after seconds: Double) async throws -> Interval {
    throw VantageError(.unsupported, host: host, "measure the next interval", cause: "it cannot be asked for that")
  }

  /// A vantage that has no files of its host.
  public func files(of pids: [Int32]) async throws -> [BundleRecord.File] { [] }

  /// A vantage that knows of none.
  public func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? { nil }

  /// A vantage that cannot tell: no sockets, and a note that says so.
  public func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot {
    CounterSnapshot(began: 0, ended: 0, sockets: [], notes: ["the sockets' counters cannot be asked for here"])
  }
}

/// One connection as the kernel tracks it, both ways.
public struct Translation: Hashable, Sendable, Codable {
  /// As the initiator sent it, before any translation.
  public var original: Flow
  /// As the responder sees it, after translation, from initiator to responder.
  public var translated: Flow
  public init(original: Flow, translated: Flow) {
    self.original = original
    self.translated = translated
  }
  public var isTranslated: Bool { original != translated }
}

/// A socket that exists now.
public struct SocketAnswer: Hashable, Sendable, Codable {
  public var owner: Owner
  /// `established`, `listening`, …
  public var state: String
  public init(owner: Owner, state: String) {
    self.owner = owner
    self.state = state
  }
}

public struct RouteAnswer: Hashable, Sendable, Codable {
  public var interface: UInt32
  public var gateway: IPAddress?
  public var isLocal: Bool
  public init(interface: UInt32, gateway: IPAddress?, isLocal: Bool) {
    self.interface = interface
    self.gateway = gateway
    self.isLocal = isLocal
  }
}

public struct NeighbourAnswer: Hashable, Sendable, Codable {
  public var interface: UInt32
  /// `aa:bb:cc:dd:ee:ff`
  public var hardwareAddress: String
  public init(interface: UInt32, hardwareAddress: String) {
    self.interface = interface
    self.hardwareAddress = hardwareAddress
  }
}

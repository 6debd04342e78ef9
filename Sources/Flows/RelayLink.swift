/// One inbound flow of a relay and one outbound flow that serves it.
public struct RelayLink: Hashable, Sendable, Codable {
  /// How the two were found to belong together, best first.
  public enum Method: String, Hashable, Sendable, Codable, Comparable, CaseIterable {
    /// The relay itself lists its sessions: HAProxy's `show sess all`.
    case session = "show sess"
    /// The thread that read the one connected or wrote to the other because of it.
    case cause
    /// What one received is what the other sent, both ways.
    case bytes = "mirrored bytes"
    /// The relay has no other flow, but nothing else shows that it is the one.
    case only = "the only other flow"
    /// Parts of all clients' bytes; never a pair.
    case share = "shares of bytes"

    public static func < (left: Method, right: Method) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    public static let all = Set(allCases)

    public var certainty: Certainty {
      switch self {
      case .session, .cause: .observed
      case .bytes: .matched
      case .only, .share: .inferred
      }
    }
  }

  /// Where the relay's sockets are.
  public var namespace: Place
  /// From the client to the relay.
  public var inbound: Flow
  /// From the relay to the server.
  public var outbound: Flow
  public var method: Method
  /// How many flows could be the other side; 1 if this is the one.
  public var candidates: Int
  /// Requests with their answers that passed between the two within the window, where they were told apart.
  public var exchanges: Int?
  /// Application bytes that passed between the two within the window.
  public var bytes: UInt64?
  public var names: RelayNames?
  /// Where it was read, if nobody can ask the relay any more.
  public var evidence: [Evidence]?

  public init(
    namespace: Place, inbound: Flow, outbound: Flow, method: Method, candidates: Int = 1, exchanges: Int? = nil,
    bytes: UInt64? = nil, names: RelayNames? = nil
  ) {
    self.namespace = namespace
    self.inbound = inbound
    self.outbound = outbound
    self.method = method
    self.candidates = candidates
    self.exchanges = exchanges
    self.bytes = bytes
    self.names = names
  }

  public var isUnique: Bool { candidates == 1 }
}

/// What a relay's configuration calls the way from an inbound flow to an outbound one.
public struct RelayNames: Hashable, Sendable, Codable {
  public var frontend: String?
  public var backend: String?
  public var server: String?
  /// The site that was asked for, where the configuration leaves one only.
  public var site: String?
  /// `file:line`, inside the relay's own root: of the server, or else the backend, or else the frontend.
  public var configuration: String?
  public init(
    frontend: String? = nil, backend: String? = nil, server: String? = nil, site: String? = nil,
    configuration: String? = nil
  ) {
    self.frontend = frontend
    self.backend = backend
    self.server = server
    self.site = site
    self.configuration = configuration
  }
}

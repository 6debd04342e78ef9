/// One inbound flow of a relay and the outbound flow that serves it.
public struct RelayLink: Hashable, Sendable, Codable {
  /// How the pair was found, best first.
  public enum Method: String, Hashable, Sendable, Codable, Comparable, CaseIterable {
    /// The relay lists its own sessions: HAProxy's `show sess all`.
    case session = "show sess"
    /// The same thread read from one connection and then connected the other or wrote to it.
    case cause
    /// The same question of DNS came in and went out: its answers were seen on both.
    case question = "the same question"
    /// The bytes received on one equal the bytes sent on the other, in both directions.
    case bytes = "mirrored bytes"
    /// The relay has only one other flow; nothing else confirms the pair.
    case only = "the only other flow"
    /// A share of all clients' bytes; never a pair.
    case share = "shares of bytes"

    public static func < (left: Method, right: Method) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    public static let all = Set(allCases)

    public var certainty: Certainty {
      switch self {
      case .session, .cause: .observed
      case .question, .bytes: .matched
      case .only, .share: .inferred
      }
    }
  }

  /// The place of the relay's sockets.
  public var namespace: Place
  /// From the client to the relay.
  public var inbound: Flow
  /// From the relay to the server.
  public var outbound: Flow
  public var method: Method
  /// How many flows could be the other side; 1 if it is certain.
  public var candidates: Int
  /// Requests with their answers that passed between the two in the window; nil if they could not be told apart.
  public var exchanges: Int?
  /// Application bytes that passed between the two in the window; nil if they are not known.
  public var bytes: UInt64?
  public var names: RelayNames?
  /// Where it was read, if the relay can't be asked any more.
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

  /// A connection that serves nobody: its process mostly sent on it while no client waited, or long after any client had sent
  /// something. It is its own partner, which no pair is.
  public static func unprompted(_ outbound: Flow, in namespace: Place, sends: Int) -> RelayLink {
    RelayLink(namespace: namespace, inbound: outbound, outbound: outbound, method: .cause, exchanges: sends)
  }

  public var isUnprompted: Bool { inbound == outbound }
}

/// The names in a relay's configuration for the path from an inbound flow to an outbound one.
public struct RelayNames: Hashable, Sendable, Codable {
  public var frontend: String?
  public var backend: String?
  public var server: String?
  /// The requested site, if the configuration leaves only one.
  public var site: String?
  /// The account of a program that serves one client: a session of sshd.
  public var user: String?
  /// Where the server (or else the backend, or the frontend) is configured: `file:line`, inside the relay's own root.
  public var configuration: String?
  public init(
    frontend: String? = nil, backend: String? = nil, server: String? = nil, site: String? = nil,
    user: String? = nil, configuration: String? = nil
  ) {
    self.frontend = frontend
    self.backend = backend
    self.server = server
    self.site = site
    self.user = user
    self.configuration = configuration
  }
}

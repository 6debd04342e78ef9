/// The name that a flow's initiator asked for, as read from the flow's first bytes.
public struct FlowName: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The server name of a TLS ClientHello (RFC 6066, section 3).
    case tls
    /// The server name in a QUIC Initial packet (RFC 9001, section 5.2; RFC 9369).
    case quic
    /// The `Host` field of an HTTP/1 request (RFC 9112, section 3.2).
    case http
    /// The latest DNS answer with the responder's address that the initiator's host received: the likely name.
    case dns

    /// Where the name was read, for people: `TLS ClientHello`, …
    public var origin: String {
      switch self {
      case .tls: "TLS ClientHello"
      case .quic: "QUIC Initial"
      case .http: "HTTP request"
      case .dns: "DNS answer"
      }
    }
  }

  /// Where the flow was seen; nil in a recording.
  public var namespace: Place?
  /// The flow from initiator to responder, as it appears at that place.
  public var flow: Flow
  /// In lower case, without a final dot or a port; nil if it can't be known.
  public var name: String?
  public var kind: Kind
  /// Seconds since 1970, UTC.
  public var time: Double
  /// Why there is no name: it is encrypted, cut off, or not given.
  public var reason: String?

  public init(
    namespace: Place? = nil, flow: Flow, name: String?, kind: Kind, time: Double, reason: String? = nil
  ) {
    self.namespace = namespace
    self.flow = flow
    self.name = name
    self.kind = kind
    self.time = time
    self.reason = reason
  }

  /// The name as views show it: `git.example.com`, with `~` before a name that only DNS suggests; nil without a name.
  public var shown: String? { name.map { kind == .dns ? "~\($0)" : $0 } }

  /// Where the name was read, for people: `TLS ClientHello`, …
  public var origin: String { kind.origin }
}

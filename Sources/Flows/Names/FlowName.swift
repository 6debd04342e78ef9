/// What a flow's initiator asked for by name, as it was read from the flow's first bytes.
public struct FlowName: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The server name of a TLS ClientHello (RFC 6066, section 3).
    case tls
    /// The same within a QUIC Initial packet (RFC 9001, section 5.2; RFC 9369).
    case quic
    /// The `Host` field of an HTTP/1 request (RFC 9112, section 3.2).
    case http
    /// The latest DNS answer that the initiator's host received for the responder's address: what it most likely asked for.
    case dns

    /// `TLS ClientHello`, …: where the name stood.
    public var origin: String {
      switch self {
      case .tls: "TLS ClientHello"
      case .quic: "QUIC Initial"
      case .http: "HTTP request"
      case .dns: "DNS answer"
      }
    }
  }

  /// Where it was seen; nil in a recording.
  public var namespace: Place?
  /// From initiator to responder, as it is called there.
  public var flow: Flow
  /// In lower case, without a final dot and without a port; nil if it cannot be known.
  public var name: String?
  public var kind: Kind
  /// Seconds since 1970, UTC.
  public var time: Double
  /// Why there is no name: encrypted, cut off, not given.
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

  /// As views show it: `git.example.com`, with `~` before a name that only the DNS leads to; nil without a name.
  public var shown: String? { name.map { kind == .dns ? "~\($0)" : $0 } }

  /// `TLS ClientHello`, …: where the name stood.
  public var origin: String { kind.origin }
}

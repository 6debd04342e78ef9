public import Flows

/// A connection that a relay accepted and a connection that it made to serve it, found from the order of its reads and
/// writes.
public struct CausalLink: Hashable, Sendable, Codable {
  /// The pid in the reader's pid namespace; nil if the process is not visible there.
  public var pid: Int32?
  /// Nanoseconds since boot. It identifies the process together with the pid.
  public var startTime: UInt64
  /// The kernel's `comm`.
  public var name: String
  /// The network namespace of the connection that the relay made.
  public var namespace: Place
  /// From the client to the relay; nil unless `candidates` is 1.
  public var inbound: Flow?
  /// The network namespace of the connection that the relay accepted.
  public var inboundNamespace: Place?
  /// The cookie of the accepted socket, unique since boot.
  public var inboundCookie: UInt64?
  /// From the relay to the server.
  public var outbound: Flow
  /// The cookie of the socket that the relay made, unique since boot.
  public var outboundCookie: UInt64
  /// The number of exchanges: a request with its answer.
  public var exchanges: Int
  /// Payload bytes that the relay sent to the server in these exchanges.
  public var bytesOut: UInt64
  /// Payload bytes that the relay received from the server in these exchanges.
  public var bytesIn: UInt64
  /// 1 if the pair is certain. Otherwise how many accepted connections of the process waited for an answer at that
  /// moment; at least 2.
  public var candidates: Int
  /// True if the process mostly sent on this connection while none of its clients waited, or long after any had sent
  /// something; `exchanges` says how often. There is no accepted connection then.
  public var isUnprompted: Bool?
}

public import Flows

/// An accepted connection of a relay and a connection that the relay made to serve it, told from the order of its reads
/// and writes.
public struct CausalLink: Hashable, Sendable, Codable {
  /// In the reader's pid namespace; nil if the process is not visible there.
  public var pid: Int32?
  /// Nanoseconds since boot: with the pid, the process's identity.
  public var startTime: UInt64
  /// The kernel's `comm`.
  public var name: String
  /// The network namespace of the made connection.
  public var namespace: Place
  /// From the client to the relay; nil if `candidates` is not 1.
  public var inbound: Flow?
  /// The network namespace of the accepted connection.
  public var inboundNamespace: Place?
  /// The accepted socket, unique since boot.
  public var inboundCookie: UInt64?
  /// From the relay to the server.
  public var outbound: Flow
  /// The made socket, unique since boot.
  public var outboundCookie: UInt64
  /// How often the pair worked together: a request with its answer.
  public var exchanges: Int
  /// Payload that the relay sent to the server in these exchanges.
  public var bytesOut: UInt64
  /// Payload that the relay received from the server in these exchanges.
  public var bytesIn: UInt64
  /// 1: certain. Otherwise how many accepted connections of the process waited for an answer at that moment; at least 2.
  public var candidates: Int
}

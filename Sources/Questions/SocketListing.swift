public import Flows

/// A socket that exists now.
public struct SocketListing: Hashable, Sendable, Codable {
  public var namespace: Place
  public var namespaceName: String
  public var transport: Transport
  /// The socket's state: `established`, `listening`, `closed` (an unconnected UDP socket), …
  public var state: String
  public var local: Endpoint
  public var remote: Endpoint
  public var owner: Owner
  /// All processes that hold it, in the order of their pids, if they are several; nil otherwise.
  public var holders: [Process.Ancestor]?
  /// The round-trip time and its variance, in microseconds.
  public var rtt: UInt32?
  public var rttVariance: UInt32?
  /// Segments that were retransmitted since the connection began.
  public var retransmits: UInt32?
  /// Application bytes since the connection began.
  public var bytesReceived: UInt64?
  public var bytesAcknowledged: UInt64?
  /// Bytes that wait to be read, and bytes that wait to be sent or acknowledged.
  public var receiveQueue: UInt32
  public var sendQueue: UInt32
  public var cookie: UInt64
  /// Whether a listener accepts connections to addresses of others (IP_TRANSPARENT); nil if the kernel does not tell.
  public var isTransparent: Bool?
  /// True for a socket of IPv6 that does not serve IPv4.
  public var isIPv6Only: Bool?
  /// The index of the interface to which it is bound.
  public var interface: UInt32?

  public init(
    namespace: Place, namespaceName: String, transport: Transport, state: String, local: Endpoint, remote: Endpoint,
    owner: Owner, rtt: UInt32? = nil, rttVariance: UInt32? = nil, retransmits: UInt32? = nil,
    bytesReceived: UInt64? = nil, bytesAcknowledged: UInt64? = nil, receiveQueue: UInt32, sendQueue: UInt32,
    cookie: UInt64
  ) {
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.transport = transport
    self.state = state
    self.local = local
    self.remote = remote
    self.owner = owner
    self.rtt = rtt
    self.rttVariance = rttVariance
    self.retransmits = retransmits
    self.bytesReceived = bytesReceived
    self.bytesAcknowledged = bytesAcknowledged
    self.receiveQueue = receiveQueue
    self.sendQueue = sendQueue
    self.cookie = cookie
  }
}

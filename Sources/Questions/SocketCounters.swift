public import Flows

/// What one TCP connection of a process has moved since it began. Only payload counts: no SYN, no FIN, no
/// retransmissions.
///
/// The values come from `struct tcp_info` and from the queues in `struct inet_diag_msg`. The kernel reads the queues
/// slightly earlier and without the socket's lock. While data arrive, the bytes that were read are therefore known only
/// as a range.
public struct SocketCounters: Hashable, Sendable, Codable {
  /// Which side of a relay the connection would be.
  public enum Role: String, Hashable, Sendable, Codable {
    /// The process listens on the connection's local port.
    case inbound
    case outbound
  }

  /// The kernel's number for the socket (`SO_COOKIE`), the same in every snapshot.
  public var cookie: UInt64
  public var namespace: Place
  /// The flow from the process's own endpoint to the remote.
  public var flow: Flow
  public var role: Role
  /// The process that holds the socket; 0 if several of the processes in question do.
  public var pid: Int32
  /// Bytes that were received in order (`tcpi_bytes_received`).
  public var received: UInt64
  /// Received bytes that the process has not read yet. The process has read at most `received - unread`.
  public var unread: UInt64
  /// A lower and an upper bound for the bytes that the process has written. Both are equal unless segments are being
  /// retransmitted.
  public var writtenAtLeast: UInt64
  public var writtenAtMost: UInt64
  /// Written bytes that were not sent even once (`tcpi_notsent_bytes`).
  public var unsent: UInt64
  /// Milliseconds since payload last arrived in order, and since payload was last sent. Both have the resolution of the
  /// kernel's tick.
  public var sinceReceived: UInt32
  public var sinceSent: UInt32

  public init(
    cookie: UInt64, namespace: Place, flow: Flow, role: Role, pid: Int32 = 0, received: UInt64,
    unread: UInt64 = 0, writtenAtLeast: UInt64, writtenAtMost: UInt64? = nil, unsent: UInt64 = 0,
    sinceReceived: UInt32 = 0, sinceSent: UInt32 = 0
  ) {
    self.cookie = cookie
    self.namespace = namespace
    self.flow = flow
    self.role = role
    self.pid = pid
    self.received = received
    self.unread = unread
    self.writtenAtLeast = writtenAtLeast
    self.writtenAtMost = writtenAtMost ?? writtenAtLeast
    self.unsent = unsent
    self.sinceReceived = sinceReceived
    self.sinceSent = sinceSent
  }

  /// An upper bound for the bytes that the process had read when the next socket of the snapshot was read.
  public var readAtMost: UInt64 { received - min(unread, received) }
}

/// The counters of all TCP connections of some processes, read one after the other.
public struct CounterSnapshot: Sendable, Codable {
  /// When reading began and when it ended, in seconds on the host's monotonic clock.
  public var began: Double
  public var ended: Double
  /// The connections, in the order in which the kernel read them.
  public var sockets: [SocketCounters]
  /// What could not be read, and why.
  public var notes: [String]

  public init(began: Double, ended: Double, sockets: [SocketCounters], notes: [String] = []) {
    self.began = began
    self.ended = ended
    self.sockets = sockets
    self.notes = notes
  }
}

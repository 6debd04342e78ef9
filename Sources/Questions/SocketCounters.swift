public import Flows

/// What one TCP connection of a process has moved since it began, payload only: no SYN, no FIN, nothing twice.
///
/// From `struct tcp_info` and the queues of `struct inet_diag_msg`. The kernel reads the queues just before the rest and
/// without the socket's lock, so what was read is known as a bound, not as a number, while data arrive.
public struct SocketCounters: Hashable, Sendable, Codable {
  /// Which side of a relay the connection would be.
  public enum Role: String, Hashable, Sendable, Codable {
    /// Its local port is listened on.
    case inbound
    case outbound
  }

  /// The kernel's number of the socket (`SO_COOKIE`): the same connection in every snapshot.
  public var cookie: UInt64
  public var namespace: Place
  /// From the process's own end to the remote.
  public var flow: Flow
  public var role: Role
  /// The process that holds it; 0 if several of those asked about do.
  public var pid: Int32
  /// Bytes that arrived in order (`tcpi_bytes_received`).
  public var received: UInt64
  /// Of those, bytes that the process has not read: `received - unread` were read at most.
  public var unread: UInt64
  /// Bytes that the process has written; both are the same unless segments are being sent again.
  public var writtenAtLeast: UInt64
  public var writtenAtMost: UInt64
  /// Of those, bytes that were not sent once (`tcpi_notsent_bytes`).
  public var unsent: UInt64
  /// Milliseconds since the newest payload arrived in order, and since payload was sent; in steps of the kernel's tick.
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

  /// Bytes that the process has read, at most, when the next socket of the snapshot was looked at.
  public var readAtMost: UInt64 { received - min(unread, received) }
}

/// The counters of all TCP connections of some processes, read one after the other.
public struct CounterSnapshot: Sendable, Codable {
  /// Seconds on the host's monotonic clock when reading began, and when it had ended.
  public var began: Double
  public var ended: Double
  /// In the order in which the kernel was at them.
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

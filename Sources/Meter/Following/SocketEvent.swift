public import Flows
public import LinuxSystem

/// One thing that happened to a socket, as `strace -e trace=network` would show it.
public struct SocketEvent: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case create
    /// A bind() that succeeded.
    case bind
    case listen
    /// An attempt: `established`, `connectFailed` or neither (UDP, or no route) follows.
    case connect
    /// The connection did not come up; `error` says why.
    case connectFailed
    /// TCP: the handshake is complete. On the accepting side the process need not know yet: the task is then the
    /// listener's.
    case established
    /// A process has the new connection. Seen when accept() asks for the peer's address, or else when the process
    /// first uses the socket.
    case accept
    /// Payload bytes; 0 with `error` if it failed.
    case send(bytes: Int)
    /// Payload bytes; 0 without `error` is the end of a stream.
    case receive(bytes: Int)
    /// TCP: the process sends no more, the socket stays open.
    case shutdown
    /// Something that came back from the network for a socket that is not TCP: `error`.
    case error
    /// The process gave up its last descriptor. Payload bytes that moved since following the socket began.
    case close(bytesIn: UInt64, bytesOut: UInt64)
    /// Any other change of a TCP connection's state; `error` if that is why it ended.
    case stateChange(from: State, to: State)
  }

  /// A TCP state by the kernel's number (include/net/tcp_states.h).
  public struct State: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let established = State(rawValue: 1)
    public static let synSent = State(rawValue: 2)
    public static let synReceived = State(rawValue: 3)
    public static let finWait1 = State(rawValue: 4)
    public static let finWait2 = State(rawValue: 5)
    public static let timeWait = State(rawValue: 6)
    public static let closed = State(rawValue: 7)
    public static let closeWait = State(rawValue: 8)
    public static let lastAck = State(rawValue: 9)
    public static let listen = State(rawValue: 10)
    public static let closing = State(rawValue: 11)

    /// As RFC 9293 section 3.3.2 names them.
    private static let names = [
      "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT",
      "LAST-ACK", "LISTEN", "CLOSING",
    ]
    public var description: String {
      (1...Self.names.count).contains(Int(rawValue)) ? Self.names[Int(rawValue) - 1] : "state \(rawValue)"
    }
  }

  /// Seconds since the epoch.
  public var time: Double
  public var kind: Kind
  /// The process that made the call; for what the kernel did by itself, the one that used the socket last. Nil if
  /// none is known.
  public var task: TaskRecord?
  /// The calling thread, in the reader's pid namespace; nil if the kernel did it by itself.
  public var thread: Int32?
  public var namespace: Place
  public var transport: Transport
  /// Unspecified as long as the socket has none. A packet socket has none.
  public var local: Endpoint
  public var remote: Endpoint?
  public var error: Errno?
  /// The socket, unique since boot.
  public var cookie: UInt64
}

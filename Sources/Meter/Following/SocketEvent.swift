public import Flows
public import LinuxSystem

/// One event at a socket, as `strace -e trace=network` would show it.
public struct SocketEvent: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case create
    /// A successful bind().
    case bind
    case listen
    /// An attempt to connect. `established`, `connectFailed` or nothing (UDP, or no route) follows.
    case connect
    /// The attempt failed; `error` says why.
    case connectFailed
    /// TCP: the handshake is complete. On the accepting side the process may not know it yet; the task is then that of
    /// the listener.
    case established
    /// A process has the new connection. It is seen when accept() asks for the peer's address, or else when the process
    /// first uses the socket.
    case accept
    /// Payload bytes that were sent; 0 with `error` if sending failed.
    case send(bytes: Int)
    /// Payload bytes that were received; 0 without `error` means the end of the stream.
    case receive(bytes: Int)
    /// TCP: the process will send no more, but the socket stays open.
    case shutdown
    /// An error that came back from the network for a socket that is not TCP; see `error`.
    case error
    /// The process closed its last descriptor. The payload bytes count from the moment when following the socket began.
    case close(bytesIn: UInt64, bytesOut: UInt64)
    /// Any other change of a TCP connection's state. `error` is set if it ended because of one.
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

    /// The names in RFC 9293 section 3.3.2.
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
  /// The process that made the call. If the kernel acted by itself, the process that used the socket last. Nil if none
  /// is known.
  public var task: TaskRecord?
  /// The calling thread, in the reader's pid namespace; nil if the kernel acted by itself.
  public var thread: Int32?
  public var namespace: Place
  public var transport: Transport
  /// The local endpoint; unspecified while the socket has none. A packet socket has none.
  public var local: Endpoint
  public var remote: Endpoint?
  public var error: Errno?
  /// The socket's cookie, unique since boot.
  public var cookie: UInt64
}

/// One action of a process that has connections in both directions, on one of them.
///
/// Sockets, processes and threads are plain numbers: `socket` is the kernel's socket cookie, `process` and `thread` are
/// numbers in the initial pid namespace.
struct RelayEvent: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// The process opened a connection of its own.
    case connect
    case send(bytes: Int)
    /// Received bytes; 0 is the end of the stream.
    case receive(bytes: Int)
    /// The process asked for data that was not there, for the first time. It shows which process has the connection.
    case receiveInVain
    case close
    /// Data arrived on a socket that is not TCP: a resolver's answer, or another process's message.
    case other
  }

  /// Nanoseconds since boot.
  var time: UInt64
  var kind: Kind
  var process: UInt32
  /// The thread; 0 if the kernel acted by itself.
  var thread: UInt32
  /// 0 for `other`.
  var socket: UInt64
  /// True if the process made the connection, false if it accepted it.
  var isOutbound: Bool
  /// How many events of this process were lost so far.
  var lost: UInt32
  /// For a send or receive: the address of the caller's buffer in the process's memory; 0 if it is not known.
  var buffer: UInt64

  init(
    _ kind: Kind, time: UInt64, process: UInt32, thread: UInt32, socket: UInt64, isOutbound: Bool, lost: UInt32 = 0,
    buffer: UInt64 = 0
  ) {
    self.kind = kind
    self.time = time
    self.process = process
    self.thread = thread
    self.socket = socket
    self.isOutbound = isOutbound
    self.lost = lost
    self.buffer = buffer
  }
}

/// One thing that a process with connections of both directions did with one of them.
///
/// Sockets, processes and threads are plain numbers: `socket` is the kernel's socket cookie, `process` and `thread` are
/// numbers of the initial pid namespace.
struct RelayEvent: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// The process began a connection of its own.
    case connect
    case send(bytes: Int)
    /// 0 is the end of the stream.
    case receive(bytes: Int)
    /// The first time that the process asked for data that was not there: it says who has the connection.
    case receiveInVain
    case close
    /// Something came in on a socket that is not TCP: an answer of a resolver, a message of another process.
    case other
  }

  /// Nanoseconds since boot.
  var time: UInt64
  var kind: Kind
  var process: UInt32
  /// 0: the kernel did it by itself.
  var thread: UInt32
  /// 0 for `other`.
  var socket: UInt64
  /// True if the process made the connection, false if it accepted it.
  var isOutbound: Bool
  /// Events of this process that are missing until now.
  var lost: UInt32
  /// Of a send or receive: where the caller's buffer begins in the process's memory; 0: unknown.
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

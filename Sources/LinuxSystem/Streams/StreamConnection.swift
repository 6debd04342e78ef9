internal import CLinux
public import Flows

/// A connected stream socket with one deadline for all waits. It is closed when its owner goes.
public struct StreamConnection: ~Copyable, Sendable {
  private let descriptor: Descriptor
  /// The peer in errors: `/run/docker.sock`, `127.0.0.1:2375`.
  public let peer: String
  /// The deadline on the monotonic clock, in nanoseconds.
  private let deadline: UInt64

  private init(connected number: Int32, peer: String, deadline: UInt64) {
    descriptor = Descriptor(owning: number)
    self.peer = peer
    self.deadline = deadline
  }

  /// Connects to a UNIX socket; errors name it by its path or by `name`. The deadline, `timeout` from now, applies to
  /// everything that follows.
  public static func unix(
    _ path: String, called name: String? = nil, timeout: Duration
  ) throws(SystemError) -> StreamConnection {
    let peer = name ?? path
    // The kernel's structure ends at a zero byte, and would connect to another socket.
    guard !path.utf8.contains(0) else { throw SystemError("connect to \(peer)", .invalid) }
    let deadline = deadline(after: timeout)
    let number = hw_unix_connect(path, milliseconds(until: deadline))
    return StreamConnection(connected: try checked("connect to \(peer)", number), peer: peer, deadline: deadline)
  }

  /// A UNIX socket that `connect` connects to within the given number of milliseconds.
  static func unix(
    called name: String, _ operation: String, timeout: Duration, _ connect: (_ milliseconds: Int32) -> Int32
  ) throws(SystemError) -> StreamConnection {
    let deadline = deadline(after: timeout)
    let number = try checked(operation, connect(milliseconds(until: deadline)))
    return StreamConnection(connected: number, peer: name, deadline: deadline)
  }

  /// Connects over TCP. The deadline, `timeout` from now, applies to everything that follows.
  public static func tcp(_ endpoint: Endpoint, timeout: Duration) throws(SystemError) -> StreamConnection {
    let deadline = deadline(after: timeout)
    let number = hw_tcp_connect("\(endpoint.address)", endpoint.port, milliseconds(until: deadline))
    let connected = try checked("connect to \(endpoint)", number)
    return StreamConnection(connected: connected, peer: "\(endpoint)", deadline: deadline)
  }

  /// Sends all of `bytes`; throws `timedOut` at the deadline.
  public borrowing func send(_ bytes: [UInt8]) throws(SystemError) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        hw_send(descriptor.number, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
      }
      if count == -Int(Errno.tryAgain.number) {
        try wait("send to \(peer)", hw_wait_writable)
      } else {
        sent += try checked("send to \(peer)", count)
      }
    }
  }

  /// Tells the peer that no more bytes follow; its answer can still be received.
  public borrowing func finishSending() throws(SystemError) {
    try checked("finish sending to \(peer)", hw_shutdown_write(descriptor.number))
  }

  /// The bytes that have arrived, at most `limit`; empty at the end of the stream. Throws `timedOut` at the deadline.
  public borrowing func receive(limit: Int = 65536) throws(SystemError) -> [UInt8] {
    while true {
      // A peer that never stops sending must not exceed the deadline either.
      if Self.milliseconds(until: deadline) == 0 { throw SystemError("receive from \(peer)", .timedOut) }
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
        count = hw_read(descriptor.number, buffer.baseAddress, limit)
        used = max(0, count)
      }
      if count != -Int(Errno.tryAgain.number) {
        try checked("receive from \(peer)", count)
        return bytes
      }
      try wait("receive from \(peer)", hw_wait_readable)
    }
  }

  private borrowing func wait(
    _ operation: @autoclosure () -> String, _ ready: (Int32, Int32) -> Int32
  ) throws(SystemError) {
    let result = try checked(operation(), ready(descriptor.number, Self.milliseconds(until: deadline)))
    if result == 0 { throw SystemError(operation(), .timedOut) }
  }

  private static func deadline(after timeout: Duration) -> UInt64 {
    let (seconds, attoseconds) = timeout.components
    let nanoseconds = min(max(seconds, 0), 86400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    return hw_monotonic_ns() + UInt64(nanoseconds)
  }

  private static func milliseconds(until deadline: UInt64) -> Int32 {
    let now = hw_monotonic_ns()
    return deadline > now ? Int32(clamping: (deadline - now) / 1_000_000 + 1) : 0
  }
}

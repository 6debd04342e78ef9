internal import CLinux

/// Two byte streams to another program, one in each direction, for one thread.
public struct DuplexStream: ~Copyable, Sendable {
  /// What can be done now without blocking.
  public struct Readiness: Hashable, Sendable {
    public var canRead: Bool
    public var canWrite: Bool
  }

  private let input: Descriptor
  private let output: Descriptor

  /// Takes over descriptors that nothing else uses; calls on them no longer block.
  ///
  /// - Parameters:
  ///   - input: the other program's output.
  ///   - output: the other program's input.
  public init(reading input: consuming Descriptor, writing output: consuming Descriptor) throws(SystemError) {
    try checked("read without waiting", hw_set_nonblocking(input.number))
    try checked("write without waiting", hw_set_nonblocking(output.number))
    self.input = input
    self.output = output
  }

  /// Waits until there is something to read, room to write, a wake-up, or `seconds` have passed (nil: for ever). Clears
  /// wake-ups.
  public borrowing func wait(
    toWrite: Bool, wake: borrowing WakePipe, seconds: Double?
  ) throws(SystemError) -> Readiness {
    let milliseconds = seconds.map { Int32(clamping: Int((min(max($0, 0), 86400) * 1000).rounded(.up))) } ?? -1
    let bits = try checked(
      "wait for the other program",
      hw_wait_conversation(input.number, toWrite ? output.number : -1, wake.descriptor, milliseconds))
    if bits & 4 != 0 { wake.drain() }
    return Readiness(canRead: bits & 1 != 0, canWrite: bits & 2 != 0)
  }

  /// The bytes that have arrived, at most `limit`; empty at the end of the stream, nil if there are none yet.
  public borrowing func read(limit: Int = 65536) throws(SystemError) -> [UInt8]? {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
      count = hw_read(input.number, buffer.baseAddress, limit)
      used = max(0, count)
    }
    if count == -Int(Errno.tryAgain.number) || count == -Int(Errno.interrupted.number) { return nil }
    try checked("read", count)
    return bytes
  }

  /// Writes as many of `bytes` as there is room for, and returns the count.
  public borrowing func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    let count = bytes.withUnsafeBytes { hw_write(output.number, $0.baseAddress, $0.count) }
    if count == -Int(Errno.tryAgain.number) || count == -Int(Errno.interrupted.number) { return 0 }
    return try checked("write", count)
  }
}

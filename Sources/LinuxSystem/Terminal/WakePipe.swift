internal import CLinux

/// Lets one thread wake another that waits for descriptors.
public final class WakePipe: Sendable {
  private let reading: Descriptor
  private let writing: Descriptor

  public init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    try checked("make a pipe", hw_pipe(&ends))
    reading = Descriptor(owning: ends[0])
    writing = Descriptor(owning: ends[1])
  }

  /// A file descriptor that is readable once `wake` was called.
  public var descriptor: Int32 { reading.number }

  /// Wakes the waiting thread. If the pipe is full, an earlier call will wake it.
  public func wake() {
    var byte: UInt8 = 1
    _ = hw_write(writing.number, &byte, 1)
  }

  /// Clears the calls of `wake` so far.
  public func drain() {
    var buffer = [UInt8](repeating: 0, count: 64)
    while hw_read(reading.number, &buffer, buffer.count) == buffer.count {}
  }

  /// Waits until `wake` is called or `timeout` has passed. Returns whether it was called.
  public func wait(_ timeout: Duration) throws(SystemError) -> Bool {
    try waitReadable([descriptor], timeout)[0]
  }
}

/// Waits until one of at most 8 descriptors is readable (or has hung up), `timeout` has passed, or a signal arrived.
/// Returns which are readable. A nil timeout waits for ever.
public func waitReadable(_ descriptors: [Int32], _ timeout: Duration? = nil) throws(SystemError) -> [Bool] {
  var milliseconds: Int32 = -1
  if let timeout {
    // Rounded up, so that a caller waiting for a deadline doesn't spin just before it.
    let whole = timeout.components.seconds.multipliedReportingOverflow(by: 1000)
    let part = timeout.components.attoseconds / 1_000_000_000_000_000 + 1
    milliseconds =
      whole.overflow ? .max : Int32(clamping: max(0, whole.partialValue.addingReportingOverflow(part).partialValue))
  }
  let bits = try checked("wait", hw_wait_any(descriptors, descriptors.count, milliseconds))
  return descriptors.indices.map { bits & 1 << $0 != 0 }
}

internal import CLinux

/// Reading and writing descriptors that belong to somebody else too, such as standard input and output.
public enum SharedStream {
  /// Whether this process was started with `descriptor`; one that it was not is soon something else.
  public static func isOpen(_ descriptor: Int32) -> Bool { hw_is_open(descriptor) }

  /// Writes all of `bytes`; throws `timedOut` once nobody has read for `seconds`.
  public static func write(_ bytes: [UInt8], to descriptor: Int32, seconds: Double) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let ready = try checked(
        "write", hw_wait_writable(descriptor, Int32(clamping: Int((min(max(seconds, 0), 86400) * 1000).rounded(.up)))))
      if ready == 0 { throw SystemError("write", .timedOut) }
      // PIPE_BUF: a pipe that is ready takes this much without waiting.
      let count = bytes.withUnsafeBytes { buffer in
        hw_write(descriptor, buffer.baseAddress.map { $0 + written }, min(4096, buffer.count - written))
      }
      if count == -Int(Errno.tryAgain.number) || count == -Int(Errno.interrupted.number) { continue }
      written += try checked("write", count)
    }
  }

  /// Reads what has come, at most 65536 bytes; empty at the end of the stream. Waits if there is nothing.
  public static func read(from descriptor: Int32) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = hw_read(descriptor, &buffer, buffer.count)
      if count == -Int(Errno.interrupted.number) { continue }
      return Array(buffer[..<Int(try checked("read", count))])
    }
  }
}

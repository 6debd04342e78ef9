internal import CLinux

/// Reads and writes descriptors that are shared with other programs, such as standard input and output.
public enum SharedStream {
  /// Writes all of `bytes`; throws `timedOut` once the reader has taken nothing for `seconds`.
  public static func write(_ bytes: [UInt8], to descriptor: Int32, seconds: Double) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let ready = try checked(
        "write", hw_wait_writable(descriptor, Int32(clamping: Int((min(max(seconds, 0), 86400) * 1000).rounded(.up)))))
      if ready == 0 { throw SystemError("write", .timedOut) }
      // PIPE_BUF: a pipe that is ready accepts this much without blocking.
      let count = bytes.withUnsafeBytes { buffer in
        hw_write(descriptor, buffer.baseAddress.map { $0 + written }, min(4096, buffer.count - written))
      }
      if count == -Int(Errno.tryAgain.number) || count == -Int(Errno.interrupted.number) { continue }
      written += try checked("write", count)
    }
  }

  /// The bytes that have arrived, at most 65536; empty at the end of the stream. Blocks if there are none.
  public static func read(from descriptor: Int32) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = hw_read(descriptor, &buffer, buffer.count)
      if count == -Int(Errno.interrupted.number) { continue }
      return Array(buffer[..<Int(try checked("read", count))])
    }
  }
}

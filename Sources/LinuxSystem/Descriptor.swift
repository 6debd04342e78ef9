internal import CLinux

/// An open file descriptor with one owner. It is closed when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, valid while this value lives.
  public let number: Int32

  /// Takes over `number`.
  public init(owning number: Int32) { self.number = number }

  /// Opens `path` for reading, close-on-exec.
  public init(reading path: String) throws(SystemError) {
    number = try checked("open \(path)", hw_open_read(path))
  }

  deinit { _ = hw_close(number) }

  /// Closes now and throws the kernel's error, if any.
  public consuming func close() throws(SystemError) {
    let number = self.number
    discard self
    try checked("close", hw_close(number))
  }

  /// Returns the number to a caller that will close it.
  public consuming func release() -> Int32 {
    let number = self.number
    discard self
    return number
  }

  /// Everything up to the end of the file, or up to `limit` bytes.
  public borrowing func readToEnd(limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while content.count < limit {
      let count = try checked("read", hw_read(number, &chunk, min(chunk.count, limit - content.count)))
      if count == 0 { break }
      content += chunk[..<count]
    }
    return content
  }
}

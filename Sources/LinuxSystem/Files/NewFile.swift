internal import CLinux

/// A file that this program creates and appends to. It never writes to a file that exists, except to a FIFO or a device. Only
/// its owner can access it (mode 0600).
public struct NewFile: ~Copyable {
  private let descriptor: Descriptor
  public let path: String

  /// - Throws: EEXIST if there is such a file.
  public init(at path: String) throws(SystemError) {
    guard !path.utf8.contains(0) else { throw SystemError("write \(path)", .invalid) }
    let number = try checked("write \(path)", hw_open_new(path))
    descriptor = Descriptor(owning: number)
    self.path = path
  }

  public borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    do throws(SystemError) { try writeAll(bytes, to: descriptor.number) } catch {
      throw SystemError("write \(path)", error.errno)
    }
  }

  /// How much of its file system is free: the share, 0 to 1, and bytes. A file that is no regular one has no limits.
  public var free: (share: Double, bytes: UInt64) {
    get throws(SystemError) {
      var share = 0.0
      var bytes: UInt64 = 0
      try checked("measure the file system of \(path)", hw_free_space(descriptor.number, &share, &bytes))
      return (share, bytes)
    }
  }

  /// Cuts the file behind its first `size` bytes, such as after a part of a block.
  public borrowing func cut(to size: UInt64) throws(SystemError) {
    try checked("write \(path)", hw_cut_file(descriptor.number, size))
  }
}

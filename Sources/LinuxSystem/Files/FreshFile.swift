internal import CLinux

/// A file that is written beside the one it will replace, and takes its place when it is complete. Whatever happens in
/// between, there is either the old file or the new one, and never a part.
///
/// Only its owner can access it (mode 0600). A link in its place is rejected, because another user may have created it.
/// A device or a FIFO is written to directly.
public struct FreshFile: ~Copyable {
  private var file: hw_fresh_file
  public let path: String

  /// Creates the temporary file, so that it is known now whether the folder can be written to.
  public init(at path: String) throws(SystemError) {
    self.path = path
    file = hw_fresh_file()
    guard !path.utf8.contains(0) else { throw SystemError("write \(path)", .invalid) }
    let result = hw_fresh_begin(path, &file)
    if result < 0 { hw_fresh_end(&file) }
    try checked("write \(path)", result)
  }

  deinit {
    var file = file
    hw_fresh_end(&file)
  }

  public borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    do throws(SystemError) { try writeAll(bytes, to: file.file) } catch {
      throw SystemError("write \(path)", error.errno)
    }
  }

  /// Moves the file to its place. Throws if that, or an earlier write, failed; nothing of it is left then.
  public consuming func finish() throws(SystemError) {
    let path = path
    try checked("write \(path)", hw_fresh_finish(&file))
  }
}

internal import CLinux

/// A file that is written beside the one that it shall replace, and takes its place when it is whole: whatever happens in
/// between, there is the old one or the new one, and nothing torn.
///
/// It is for its owner alone (mode 0600). A link in its place is refused: another user may have planted it. A device or a
/// FIFO is written to directly.
public struct FreshFile: ~Copyable {
  private var file: hw_fresh_file
  public let path: String

  /// Begins it: from now on it is known that it can be written there.
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

  /// Puts it in its place. Throws if that, or what was written before, failed: then nothing of it is left.
  public consuming func finish() throws(SystemError) {
    let path = path
    try checked("write \(path)", hw_fresh_finish(&file))
  }
}

/// Standard input, output and error.
public enum StandardStreams {
  /// Opens those that this process was started without on /dev/null, before anything else is opened: a file would get their
  /// numbers, and the answer would be written into it.
  public static func open() { hw_open_standard() }
}

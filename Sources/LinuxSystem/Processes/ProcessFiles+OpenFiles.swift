internal import CLinux

/// The regular files that a process has open. What a descriptor leads to can be read even where no path leads there any
/// more: `/proc/PID/fd/N`. Ptrace access to the process is needed.
extension ProcessFiles {
  /// At most so many are listed.
  private static let openFileLimit = 4096

  /// Descriptors and the paths of their files, ascending by descriptor; devices are left out.
  public func openFiles(_ pid: Int32) throws(SystemError) -> [(number: Int32, path: String)] {
    var files: [(number: Int32, path: String)] = []
    try Directory.forEachLink("\(root)/\(pid)/fd") { name, target in
      guard files.count < Self.openFileLimit, target.first == UInt8(ascii: "/"), !target.starts(with: "/dev/".utf8),
        let number = Int32(String(cString: name))
      else { return }
      files.append((number, String(decoding: target, as: UTF8.self)))
    }
    return files.sorted { $0.number < $1.number }
  }

  /// Reads a file from its start, cut after `limit` bytes; `EINVAL` for anything but a regular file, which is not touched.
  public func readOpenFile(_ number: Int32, of pid: Int32, limit: Int = 1 << 20) throws(SystemError) -> FileContent {
    let path = "\(root)/\(pid)/fd/\(number)"
    var facts = hw_file_facts()
    let file = Descriptor(owning: try checked("open \(path)", hw_open_regular(path, &facts)))
    return try FileContent(reading: file.number, facts, limit: limit, "read \(path)")
  }
}

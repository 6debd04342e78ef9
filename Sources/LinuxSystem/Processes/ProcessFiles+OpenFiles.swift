internal import CLinux

/// The regular files that a process has open. An open file can be read through `/proc/PID/fd/N` even if no path leads
/// to it any more. Needs ptrace access to the process.
extension ProcessFiles {
  /// How many are listed at most.
  private static let openFileLimit = 4096

  /// File descriptors with the paths of their files, in ascending order; devices are left out.
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

  /// The pipes that it has open: file descriptors in ascending order, with the pipes' inodes.
  public func pipes(_ pid: Int32) throws(SystemError) -> [(number: Int32, pipe: UInt64)] {
    var pipes: [(number: Int32, pipe: UInt64)] = []
    try Directory.forEachLink("\(root)/\(pid)/fd") { name, target in
      // `pipe:[4711]`
      guard pipes.count < Self.openFileLimit, target.starts(with: "pipe:[".utf8), target.last == UInt8(ascii: "]"),
        let number = Int32(String(cString: name)),
        let inode = UInt64(String(decoding: target.dropFirst(6).dropLast(), as: UTF8.self))
      else { return }
      pipes.append((number, inode))
    }
    return pipes.sorted { $0.number < $1.number }
  }

  /// Reads a file from its start, truncated after `limit` bytes. Throws `EINVAL` for anything but a regular file, which
  /// is not opened.
  ///
  /// It reads only files that the process itself has open for reading. A descriptor can also be a mere reference to a
  /// file (`O_PATH`), which anybody gets for files that they may not read. The kernel duplicates the descriptor
  /// (pidfd_getfd(2), since Linux 5.6), so that it can't be replaced between the check and the read.
  ///
  /// - Parameter evenIfOnlyWritten: also files that it has open for writing only.
  public func readOpenFile(
    _ number: Int32, of pid: Int32, limit: Int = 1 << 20, evenIfOnlyWritten: Bool = false
  ) throws(SystemError) -> FileContent {
    let path = "\(root)/\(pid)/fd/\(number)"
    var access: Int32 = 0
    let copy = Descriptor(owning: try checked("open \(path)", hw_copy_descriptor(pid, number, &access)))
    guard evenIfOnlyWritten || access != HW_WRITE_ONLY else { throw SystemError("open \(path)", .accessDenied) }
    var facts = hw_file_facts()
    // A separate descriptor, because the copy shares its position with the process.
    let file = Descriptor(owning: try checked("open \(path)", hw_reopen_regular(copy.number, &facts)))
    return try FileContent(reading: file.number, facts, limit: limit, "read \(path)")
  }

  /// The tun and tap devices that it holds; empty if it may not be examined. It is for callers that check whether a
  /// process holds a certain device; `SocketInodeOwners` finds the holder of a device.
  public func tunnelDevices(_ pid: Int32) -> [String] {
    var devices: [String] = []
    // As documented: a device that can't be seen is not reported.
    try? Directory.forEachLink("\(root)/\(pid)/fd") { name, target in
      guard target.elementsEqual("/dev/net/tun".utf8),
        // As above.
        let content = try? SmallFile.read("\(root)/\(pid)/fdinfo/\(String(cString: name))"),
        let device = SocketInodeOwners.interface(in: content)
      else { return }
      devices.append(device)
    }
    return devices
  }
}

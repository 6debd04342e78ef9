internal import CLinux

/// The files that a process with another root sees: a container's, through `/proc/PID/root`.
///
/// Symbolic links, absolute ones too, and `..` are resolved inside that root and never lead out of it
/// (openat2(2), RESOLVE_IN_ROOT; Linux 5.6 or newer unless the root is `/`).
public struct RootedFiles: Hashable, Sendable {
  /// A folder of ours that is `/` there.
  public let root: String

  public init(root: String) { self.root = root }

  /// The files that process `pid` sees.
  public init(of pid: Int32) { root = "/proc/\(pid)/root" }

  /// At most `limit` bytes from the start of a regular file.
  public func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    try open(path, directory: false, "read").readToEnd(limit: limit)
  }

  /// The names in a folder but `.` and `..`, in the kernel's order.
  public func names(in folder: String) throws(SystemError) -> [String] {
    let descriptor = try open(folder, directory: true, "list")
    return try Directory.list("/proc/self/fd/\(descriptor.number)").map(\.name)
  }

  private func open(_ path: String, directory: Bool, _ verb: String) throws(SystemError) -> Descriptor {
    // Swift strings may hold a zero byte; the kernel would see another, shorter path.
    guard !path.utf8.contains(0) else { throw SystemError("\(verb) \(path)", .invalid) }
    return Descriptor(owning: try checked("\(verb) \(path)", hw_open_rooted(root, path, directory)))
  }
}

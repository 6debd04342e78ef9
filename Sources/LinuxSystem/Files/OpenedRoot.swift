internal import CLinux

/// The files below a folder that a process takes for `/`. Links, absolute ones too, and `..` stay inside it.
///
/// Needs `openat2` (Linux 5.6); `SystemError` says `ENOSYS` before.
public struct OpenedRoot: ~Copyable, Sendable {
  /// For errors: `/proc/811/root`.
  public let path: String
  private let descriptor: Descriptor

  /// The folder at `path`, which is resolved as usual.
  public init(_ path: String) throws(SystemError) {
    self.path = path
    descriptor = Descriptor(owning: try checked("open \(path)", hw_open_folder(path)))
  }

  /// What process `pid` takes for `/` now.
  public init(of pid: Int32) throws(SystemError) { try self.init("/proc/\(pid)/root") }

  /// What the process took for `/` before it changed its root: that of its mount namespace. Needs `CAP_SYS_ADMIN`.
  public init(ofMountNamespaceOf pid: Int32) throws(SystemError) {
    path = "/proc/\(pid)/ns/mnt"
    // nsenter --mount=/proc/PID/ns/mnt
    descriptor = Descriptor(owning: try checked("enter \(path)", hw_open_mount_root(path)))
  }

  /// At most `limit` bytes of a file; does not wait for a FIFO's writer.
  public borrowing func read(_ file: String, limit: Int) throws(SystemError) -> [UInt8] {
    let found = try resolve(file)
    return try SmallFile.read("/proc/self/fd/\(found.number)", limit: limit)
  }

  /// The names in a folder, sorted by their bytes. Throws if it is no folder.
  public borrowing func names(in folder: String) throws(SystemError) -> [String] {
    let found = try resolve(folder)
    return try Directory.list("/proc/self/fd/\(found.number)").map(\.name)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Connects to the UNIX socket at `socket`; see `StreamConnection.unix`.
  public borrowing func connect(_ socket: String, timeout: Duration) throws(SystemError) -> StreamConnection {
    let found = try resolve(socket)
    return try StreamConnection.unix("/proc/self/fd/\(found.number)", timeout: timeout)
  }

  private borrowing func resolve(_ path: String) throws(SystemError) -> Descriptor {
    // The kernel's text ends at a zero byte, and would lead to another file.
    guard !path.utf8.contains(0) else { throw SystemError("open \(path)", .invalid) }
    return Descriptor(
      owning: try checked("open \(path) in \(self.path)", hw_open_below(descriptor.number, path)))
  }
}

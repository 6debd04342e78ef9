internal import CLinux

/// A folder that a process takes for `/`, such as a container's `/proc/PID/root`, and what is found below it.
///
/// Absolute paths, `..` and symbolic links never lead out of it (openat2(2) with RESOLVE_IN_ROOT, since Linux 5.6; `ENOSYS`
/// before): what a container's owner links to can't make us read the host's files.
///
/// The folder is held open, so that all questions are about the same one, also after the process has ended. Its file
/// system can't be unmounted meanwhile: keep it for one reading, not for long.
public struct RootFolder: Sendable, CustomStringConvertible {
  /// `/`, `/proc/811/root`, or for a mount namespace `/proc/811/ns/mnt`
  public let path: String
  private let held: Held
  private let kind: Kind

  private enum Kind {
    case folder
    /// Where the process, a folder of /proc, has its root now.
    case root(process: String)
    /// The root that the process had before it changed it.
    case earlier(process: String)
  }

  /// Closes the folder with the last copy of the value.
  private final class Held: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { if number >= 0 { _ = hw_close(number) } }
  }

  /// What is at `path`, which is resolved as usual. Never fails: see `failure`.
  public init(_ path: String) { self.init(path, .folder) }

  /// What processes of this process's own mount namespace see.
  public static let own = RootFolder("/")

  /// What process `pid` takes for `/` now. Ptrace access to it is needed (ptrace(2)).
  public init(ofProcess pid: Int32, processes: String = "/proc") {
    let process = "\(processes)/\(pid)"
    self.init("\(process)/root", .root(process: process))
  }

  /// What process `pid` took for `/` before it changed its root: that of its mount namespace, which has no path of ours.
  /// Needs `CAP_SYS_ADMIN` and `CAP_SYS_CHROOT`.
  public init(ofMountNamespaceOf pid: Int32, processes: String = "/proc") {
    path = "\(processes)/\(pid)/ns/mnt"
    kind = .earlier(process: "\(processes)/\(pid)")
    // nsenter --mount=/proc/PID/ns/mnt
    held = Held(hw_open_mount_root(path))
  }

  /// The same by our own eyes or those of one of the process's ancestors, in the same mount namespace: no more privilege
  /// than for `ofProcess` is needed, and it has a path of ours. Nil if the process has not changed its root, has ended, or if
  /// nobody sees that tree.
  ///
  /// - Throws: if the process may not be looked at, or none of those that may see the tree.
  public static func beforeChange(
    ofProcess pid: Int32, processes: String = "/proc"
  ) throws(ProcessError) -> RootFolder? {
    let process = "\(processes)/\(pid)"
    let files = ProcessFiles(root: processes, accounts: AccountNames(parsing: []))
    let theirs: [UInt8]
    let ancestors: [Int32]
    do throws(ProcessError) {
      theirs = try files.link("ns/mnt", "mount namespace", of: pid)
      if try files.link("root", "root directory", of: pid).elementsEqual("/".utf8) { return nil }
      ancestors = try files.process(pid).parents?.map(\.pid) ?? []
    } catch  where error.code == .gone { return nil }
    var refusal: ProcessError?
    for candidate in ["self"] + ancestors.map({ "\($0)" }) {
      do throws(SystemError) {
        guard try SmallFile.linkTarget("\(processes)/\(candidate)/ns/mnt") == theirs,
          try SmallFile.linkTarget("\(processes)/\(candidate)/root").elementsEqual("/".utf8)
        else { continue }
        let folder = RootFolder(
          candidate == "self" ? "/" : "\(processes)/\(candidate)/root", .earlier(process: process))
        if let failure = folder.failure { throw failure }
        return folder
      } catch {
        let refused = ProcessError("earlier root directory", of: pid, cause: error)
        if refused.code != .gone { refusal = refusal ?? refused }
      }
    }
    if let refusal { throw refusal }
    return nil
  }

  private init(_ path: String, _ kind: Kind) {
    self.path = path
    self.kind = kind
    held = Held(path.utf8.contains(0) ? -Errno.invalid.number : hw_open_folder(path))
  }

  /// Why nothing below it can be reached, which every question throws too; nil if it is there.
  public var failure: SystemError? {
    held.number < 0 ? SystemError("open \(path)", Errno(-held.number)) : nil
  }

  public var description: String { path }

  /// The path by which this process would reach `inner`, for people: links are not resolved in it.
  public func shown(_ inner: String) -> String {
    path == "/" && inner.hasPrefix("/") ? inner : "\(path == "/" ? "" : path)/\(inner.drop { $0 == "/" })"
  }

  /// The working directory of the process whose root this is, as the process would say it now; nil if it was removed, the
  /// process has ended, or the folder is nobody's.
  ///
  /// - Throws: if the process may not be looked at.
  public func workingDirectory() throws(SystemError) -> String? {
    let top: [UInt8]
    let current: [UInt8]
    do throws(SystemError) {
      // The kernel tells both as paths inside the mount namespace.
      switch kind {
      case .folder: return nil
      case .root(let process):
        (top, current) = (try SmallFile.linkTarget("\(process)/root"), try SmallFile.linkTarget("\(process)/cwd"))
      case .earlier(let process): (top, current) = (Array("/".utf8), try SmallFile.linkTarget("\(process)/cwd"))
      }
    } catch  where error.errno.isAbsence { return nil }
    guard current.first == UInt8(ascii: "/") else { return nil }
    if current.suffix(10).elementsEqual(" (deleted)".utf8) { return nil }
    if current == top { return "/" }
    let isInside = !top.elementsEqual("/".utf8) && current.starts(with: top + "/".utf8)
    return String(decoding: isInside ? current.dropFirst(top.count) : current[...], as: UTF8.self)
  }

  /// Reads a regular file, cut after `limit` bytes. Throws `EISDIR` for a folder and `EINVAL` for anything else, such as a
  /// device or a FIFO, which is not touched.
  public func read(_ inner: String, limit: Int = 4 << 20) throws(SystemError) -> FileContent {
    let operation = "read \(shown(inner))"
    let root = try root(for: inner, operation)
    var facts = hw_file_facts()
    let opened = withExtendedLifetime(held) { hw_open_in_root(root, inner, &facts) }
    let file = Descriptor(owning: try checked(operation, opened))
    return try FileContent(reading: file.number, facts, limit: limit, operation)
  }

  /// The last `limit` bytes of a regular file, and whether there are more before them; throws as `read` does.
  public func end(of inner: String, limit: Int) throws(SystemError) -> (bytes: [UInt8], isCut: Bool) {
    let operation = "read \(shown(inner))"
    let root = try root(for: inner, operation)
    var facts = hw_file_facts()
    let opened = withExtendedLifetime(held) { hw_open_in_root(root, inner, &facts) }
    let file = Descriptor(owning: try checked(operation, opened))
    let start = facts.size > UInt64(limit) ? facts.size - UInt64(limit) : 0
    var result = 0
    // A file that grows is read as long as it was.
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(facts.size - start)) { buffer, used in
      guard let base = buffer.baseAddress else { return }
      while used < buffer.count {
        result = hw_read_at(file.number, base + used, buffer.count - used, start + UInt64(used))
        if result <= 0 { break }
        used += result
      }
    }
    try checked(operation, result)
    return (bytes, start > 0)
  }

  /// The names in a folder but `.` and `..`, sorted by their bytes.
  public func names(in inner: String) throws(SystemError) -> [String] {
    let operation = "list \(shown(inner))"
    let folder = try find(inner, operation)
    do throws(SystemError) {
      return try Directory.list("/proc/self/fd/\(folder.number)").map(\.name)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw SystemError(operation, error.errno)
    }
  }

  /// Connects to a UNIX socket. The deadline, `timeout` from now, holds for everything that follows.
  public func connect(_ inner: String, timeout: Duration) throws(SystemError) -> StreamConnection {
    let socket = try find(inner, "connect to \(shown(inner))")
    // The path of a socket has room for 107 bytes only, and would be resolved from our own root.
    return try StreamConnection.unix("/proc/self/fd/\(socket.number)", called: shown(inner), timeout: timeout)
  }

  private func find(_ inner: String, _ operation: String) throws(SystemError) -> Descriptor {
    let root = try root(for: inner, operation)
    return Descriptor(owning: try checked(operation, withExtendedLifetime(held) { hw_find_in_root(root, inner) }))
  }

  private func root(for inner: String, _ operation: String) throws(SystemError) -> Int32 {
    // A zero byte would end the kernel's path, and name another file.
    guard !inner.utf8.contains(0) else { throw SystemError(operation, .invalid) }
    return try checked(operation, held.number)
  }
}

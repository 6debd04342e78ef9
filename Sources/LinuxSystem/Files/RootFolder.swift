internal import CLinux

/// The root folder of a process, such as a container's `/proc/PID/root`, and the files below it.
///
/// Absolute paths, `..` and symbolic links never lead out of it (openat2(2) with RESOLVE_IN_ROOT, since Linux 5.6;
/// `ENOSYS` before). So a link in a container can't make this program read the host's files.
///
/// The folder of a process is read **as that process would**: with its user, its groups and its capabilities for files,
/// and not with this program's. So nobody who names a file on a command line or in a configuration can make root read
/// what they could not read themselves. The kernel decides; see `hw_open_as` for links and files with several names.
///
/// The folder is held open, so that all reads concern the same one, even after the process has ended. Its file system
/// can't be unmounted meanwhile, so keep it for one reading only.
public struct RootFolder: Sendable, CustomStringConvertible {
  /// The path: `/`, `/proc/811/root`, or for a mount namespace `/proc/811/ns/mnt`.
  public let path: String
  /// The rights with which its files are read; nil for this program's own.
  public let rights: ProcessRights?
  private let held: Held
  private let kind: Kind
  /// Why the rights are not known.
  private let problem: SystemError?

  private enum Kind {
    case folder
    /// The current root of a process, given by its folder in /proc.
    case root(process: String)
    /// The root that the process had before it changed it.
    case earlier(process: String)
  }

  /// Closes the folder together with the last copy of the value.
  private final class Held: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { if number >= 0 { _ = hw_close(number) } }
  }

  /// The folder at `path`, which is resolved as usual. Never fails; see `failure`.
  public init(_ path: String) { self.init(path, .folder) }

  /// The root of this program's own mount namespace.
  public static let own = RootFolder("/")

  /// The current root of process `pid`, with the rights of that process. Needs ptrace access to it (ptrace(2)).
  ///
  /// - Parameter command: the command line that named the files; if the process shows another one now, nothing is read.
  public init(ofProcess pid: Int32, processes: String = "/proc", command: [String]? = nil) {
    let process = "\(processes)/\(pid)"
    self.init("\(process)/root", .root(process: process), of: pid, processes, command) {
      hw_open_folder("\(process)/root")
    }
  }

  /// The root that process `pid` had before it changed it: that of its mount namespace, which this program has no path
  /// for. Needs `CAP_SYS_ADMIN` and `CAP_SYS_CHROOT`.
  public init(ofMountNamespaceOf pid: Int32, processes: String = "/proc", command: [String]? = nil) {
    let path = "\(processes)/\(pid)/ns/mnt"
    // nsenter --mount=/proc/PID/ns/mnt
    self.init(path, .earlier(process: "\(processes)/\(pid)"), of: pid, processes, command) { hw_open_mount_root(path) }
  }

  /// The same, reached through this program's root or that of an ancestor of the process in the same mount namespace.
  /// It needs no more privileges than `ofProcess`, and has a path. Nil if the process has not changed its root, has
  /// ended, or if no such root exists.
  ///
  /// - Throws: if the process, or each of those that may have that root, may not be examined.
  public static func beforeChange(
    ofProcess pid: Int32, processes: String = "/proc", command: [String]? = nil
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
        let path = candidate == "self" ? "/" : "\(processes)/\(candidate)/root"
        let folder = RootFolder(path, .earlier(process: process), of: pid, processes, command) { hw_open_folder(path) }
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
    rights = nil
    problem = nil
    held = Held(path.utf8.contains(0) ? -Errno.invalid.number : hw_open_folder(path))
  }

  /// The folder of a process. Its rights are read before and after it is opened, so that both belong to the same
  /// process.
  private init(
    _ path: String, _ kind: Kind, of pid: Int32, _ processes: String, _ command: [String]?, _ open: () -> Int32
  ) {
    self.path = path
    self.kind = kind
    let before = Result { () throws(SystemError) in try ProcessRights(ofProcess: pid, processes: processes) }
    held = Held(path.utf8.contains(0) ? -Errno.invalid.number : open())
    do throws(SystemError) {
      let rights = try before.get()
      let isSame = try rights == ProcessRights(ofProcess: pid, processes: processes)
      guard isSame, command == nil || command == rights.command else {
        throw SystemError("read what process \(pid) names, which has turned into another program", .tryAgain)
      }
      self.rights = rights
      problem = nil
    } catch {
      rights = nil
      problem = error
    }
  }

  /// Why nothing below it can be reached (every read throws this as well); nil if it can.
  public var failure: SystemError? {
    held.number < 0 ? SystemError("open \(path)", Errno(-held.number)) : problem
  }

  public var description: String { path }

  /// The path by which this program reaches `inner`, for people. Links in it are not resolved.
  public func shown(_ inner: String) -> String {
    if isOwn { return inner.hasPrefix("/") ? inner : "/\(inner)" }
    return path == "/" && inner.hasPrefix("/") ? inner : "\(path == "/" ? "" : path)/\(inner.drop { $0 == "/" })"
  }

  /// The current working directory of the process whose root this is, as the process sees it; nil if it was removed,
  /// the process has ended, or the folder is no process's.
  ///
  /// - Throws: if the process may not be examined.
  public func workingDirectory() throws(SystemError) -> String? {
    let top: [UInt8]
    let current: [UInt8]
    do throws(SystemError) {
      // The kernel gives both as paths inside the mount namespace.
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

  /// Reads a regular file, truncated after `limit` bytes. Throws `EISDIR` for a folder and `EINVAL` for anything else,
  /// such as a device or a FIFO, which is not opened. In a process's root it also throws for files that the kernel
  /// generates (/proc, /sys).
  public func read(_ inner: String, limit: Int = 4 << 20) throws(SystemError) -> FileContent {
    let operation = operation("read", inner)
    var facts = hw_file_facts()
    let file = Descriptor(owning: try open(inner, HW_READ, &facts, operation))
    return try FileContent(reading: file.number, facts, limit: limit, operation)
  }

  /// A regular file, open at its start, for files too large for memory. Throws like `read`.
  public func opened(_ inner: String) throws(SystemError) -> Descriptor {
    var facts = hw_file_facts()
    return Descriptor(owning: try open(inner, HW_READ, &facts, operation("read", inner)))
  }

  /// Reads a file that only root can have put there, whatever the process's rights are: root owns it and every folder
  /// on the way, and nobody else may write to any of them.
  ///
  /// It is for a program that read the file as root and dropped its rights since. That must be shown by what root has
  /// left to it: see `SocketsOfRoot`.
  public func readOfRoot(_ inner: String, limit: Int = 4 << 20) throws(SystemError) -> FileContent {
    let operation = "read \(shown(inner)), as root wrote it"
    let root = try root(for: inner, operation)
    var facts = hw_file_facts()
    let opened = withExtendedLifetime(held) { hw_open_of_root(root, inner, &facts) }
    let file = Descriptor(owning: try checked(operation, opened))
    return try FileContent(reading: file.number, facts, limit: limit, operation)
  }

  /// The last `limit` bytes of a regular file, and whether there are more before them. Throws like `read`.
  public func end(of inner: String, limit: Int) throws(SystemError) -> (bytes: [UInt8], isCut: Bool) {
    let operation = operation("read", inner)
    var facts = hw_file_facts()
    let file = Descriptor(owning: try open(inner, HW_READ, &facts, operation))
    let start = facts.size > UInt64(limit) ? facts.size - UInt64(limit) : 0
    var result = 0
    // A file that grows is read up to its earlier length.
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

  /// The names in a folder except `.` and `..`, sorted by their bytes.
  public func names(in inner: String) throws(SystemError) -> [String] {
    let operation = operation("list", inner)
    var facts = hw_file_facts()
    let folder = Descriptor(owning: try open(inner, rights == nil ? HW_FIND : HW_LIST, &facts, operation))
    do throws(SystemError) {
      return try Directory.list("/proc/self/fd/\(folder.number)").map(\.name)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw SystemError(operation, error.errno)
    }
  }

  /// Connects to a UNIX socket, if the process may. The deadline, `timeout` from now, applies to everything that
  /// follows.
  ///
  /// If root created the socket, the process itself listens on it, and the process has dropped its rights since, this
  /// program's own rights are used.
  public func connect(_ inner: String, timeout: Duration) throws(SystemError) -> StreamConnection {
    let operation = operation("connect to", inner)
    let root = try root(for: inner, operation)
    return try StreamConnection.unix(called: shown(inner), operation, timeout: timeout) { milliseconds in
      withExtendedLifetime(held) {
        guard let rights else { return hw_connect_as(nil, root, inner, milliseconds) }
        let number = rights.withRights { hw_connect_as($0, root, inner, milliseconds) }
        guard Errno(-number).isDenial, SocketsOfRoot(of: rights.pid).paths.contains(inner) else { return number }
        return hw_connect_as(nil, root, inner, milliseconds)
      }
    }
  }

  /// Opens `inner`.
  func open(
    _ inner: String, _ wish: hw_wish, _ facts: inout hw_file_facts, _ operation: String
  ) throws(SystemError) -> Int32 {
    let root = try root(for: inner, operation)
    let opened = withExtendedLifetime(held) {
      if let rights { return rights.withRights { hw_open_as($0, root, inner, wish, &facts) } }
      return wish == HW_READ ? hw_open_in_root(root, inner, &facts) : hw_find_in_root(root, inner)
    }
    return try checked(operation, opened)
  }

  func operation(_ verb: String, _ inner: String) -> String {
    let rights = isOwn ? nil : rights
    return "\(verb) \(shown(inner))" + (rights.map { " with the rights of \($0.title)" } ?? "")
  }

  /// Whether it is the root of this program itself, whose rights need no words.
  private var isOwn: Bool { path == "/proc/\(hw_process_id())/root" }

  private func root(for inner: String, _ operation: String) throws(SystemError) -> Int32 {
    // A zero byte would end the kernel's path, which would then name another file.
    guard !inner.utf8.contains(0) else { throw SystemError(operation, .invalid) }
    if let problem, held.number >= 0 { throw problem }
    return try checked(operation, held.number)
  }
}

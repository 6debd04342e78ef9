internal import CLinux

/// The files of a process as it sees them itself: its mounts, below its own root (`/proc/PID/root`).
///
/// Absolute paths, `..` and symbolic links never lead out of that root (openat2(2), `RESOLVE_IN_ROOT`, since Linux 5.6):
/// what a container's owner links to can't make us read the host's files.
public struct ProcessRoot: ~Copyable, Sendable {
  /// `/proc/811/root`, for what people read.
  public let path: String
  /// The process' working directory as it would say it itself; nil if that is not known.
  public let workingDirectory: String?
  private let descriptor: Descriptor

  /// A file that was read, and how old it is.
  public struct File: Sendable {
    /// At most the asked limit from its start.
    public var content: [UInt8]
    /// When its content last changed, in seconds since the epoch.
    public var modified: Double
    /// Whether there was more than the limit.
    public var isCut: Bool
    /// The user id as we see it.
    public var owner: UInt32
    /// Permission bits: `0o600`.
    public var mode: UInt32
  }

  /// Needs ptrace access to the process (ptrace(2)).
  public init(pid: Int32, proc: String = "/proc") throws(SystemError) {
    try self.init(path: "\(proc)/\(pid)/root", workingDirectory: Self.directory("\(proc)/\(pid)"))
  }

  /// The tree below `path`, without a process.
  public init(path: String, workingDirectory: String? = nil) throws(SystemError) {
    self.path = path
    self.workingDirectory = workingDirectory
    descriptor = Descriptor(owning: try checked("open \(path)", hw_open_root(path)))
  }

  /// The tree that a process saw before it confined itself with chroot(2), by our own eyes or those of one of its
  /// ancestors in the same mount namespace. Nil if it has not, or if nobody sees that tree.
  public static func beforeConfinement(pid: Int32, proc: String = "/proc") -> ProcessRoot? {
    guard let theirs = try? SmallFile.linkTarget("\(proc)/\(pid)/ns/mnt"),
      let root = try? SmallFile.linkTarget("\(proc)/\(pid)/root"), !root.elementsEqual("/".utf8)
    else { return nil }
    let processes = ProcessFiles(root: proc, accounts: AccountNames(parsing: []))
    let ancestors = processes.read(pid)?.parents?.map { "\($0.pid)" } ?? []
    for candidate in ["self"] + ancestors {
      guard let namespace = try? SmallFile.linkTarget("\(proc)/\(candidate)/ns/mnt"), namespace == theirs,
        let root = try? SmallFile.linkTarget("\(proc)/\(candidate)/root"), root.elementsEqual("/".utf8)
      else { continue }
      let current = (try? SmallFile.linkTarget("\(proc)/\(pid)/cwd")).map { String(decoding: $0, as: UTF8.self) }
      return try? ProcessRoot(path: candidate == "self" ? "/" : "\(proc)/\(candidate)/root", workingDirectory: current)
    }
    return nil
  }

  /// The regular files that a process has open, by the numbers of their descriptors. What a descriptor leads to can be
  /// read even where no path leads there any more: `/proc/PID/fd/N`.
  public static func openFiles(pid: Int32, proc: String = "/proc") throws(SystemError) -> [(
    number: Int32, path: String
  )] {
    var files: [(number: Int32, path: String)] = []
    try Directory.forEachLink("\(proc)/\(pid)/fd") { name, target in
      guard files.count < 4096, target.first == UInt8(ascii: "/"), !target.starts(with: "/dev/".utf8),
        let number = Int32(String(cString: name))
      else { return }
      files.append((number, String(decoding: target, as: UTF8.self)))
    }
    return files.sorted { $0.number < $1.number }
  }

  /// Reads an open file of a process from its start; `EINVAL` for anything but a regular file.
  public static func readOpenFile(
    _ number: Int32, pid: Int32, proc: String = "/proc", limit: Int = 1 << 20
  ) throws(SystemError) -> File {
    let path = "\(proc)/\(pid)/fd/\(number)"
    var facts = hw_file_facts()
    return try content(try checked("open \(path)", hw_open_regular(path, &facts)), facts, limit)
  }

  /// The names in a directory, in the kernel's order.
  public borrowing func names(in folder: String) throws(SystemError) -> [String] {
    guard !folder.utf8.contains(0) else { throw SystemError("list \(path)\(folder)", .invalid) }
    let number = try checked("list \(path)\(folder)", hw_find_in_root(descriptor.number, folder))
    let found = Descriptor(owning: number)
    return try Directory.list("/proc/self/fd/\(found.number)").map(\.name)
  }

  /// Reads a regular file; `EINVAL` for anything else, `ENOSYS` on a kernel older than 5.6.
  public borrowing func read(_ name: String, limit: Int = 1 << 20) throws(SystemError) -> File {
    // A zero byte would end the kernel's path, and name another file.
    guard !name.utf8.contains(0) else { throw SystemError("open \(path)\(name)", .invalid) }
    var facts = hw_file_facts()
    let number = try checked("open \(path)\(name)", hw_open_in_root(descriptor.number, name, &facts))
    return try Self.content(number, facts, limit)
  }

  private static func content(_ number: Int32, _ facts: hw_file_facts, _ limit: Int) throws(SystemError) -> File {
    let content = try Descriptor(owning: number).readToEnd(limit: limit + 1)
    return File(
      content: content.count > limit ? Array(content.prefix(limit)) : content,
      modified: Double(facts.modified_ns) / 1e9,
      isCut: content.count > limit, owner: facts.owner, mode: facts.mode)
  }

  /// Connects to the UNIX socket at `name`.
  public borrowing func connect(_ name: String, timeout: Duration) throws(SystemError) -> StreamConnection {
    guard !name.utf8.contains(0) else { throw SystemError("connect to \(path)\(name)", .invalid) }
    let number = try checked("connect to \(path)\(name)", hw_find_in_root(descriptor.number, name))
    let found = Descriptor(owning: number)
    // The path of a socket has room for 107 bytes only, and would be resolved from our own root.
    return try StreamConnection.unix("/proc/self/fd/\(found.number)", timeout: timeout)
  }

  /// What the kernel calls the working directory, seen from the process' root (which chroot(2) may have changed).
  private static func directory(_ process: String) -> String? {
    guard let current = try? SmallFile.linkTarget("\(process)/cwd"),
      let root = try? SmallFile.linkTarget("\(process)/root")
    else { return nil }
    let text = String(decoding: current, as: UTF8.self)
    let top = String(decoding: root, as: UTF8.self)
    guard text.hasPrefix("/"), !text.hasSuffix(" (deleted)") else { return nil }
    if top == "/" { return text }
    if text == top { return "/" }
    return text.hasPrefix(top + "/") ? String(text.dropFirst(top.utf8.count)) : text
  }
}

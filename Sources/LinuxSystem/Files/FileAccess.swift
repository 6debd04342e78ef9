internal import CLinux

/// Whose rights are used to read a path.
public enum FileAccess: Hashable, Sendable {
  /// This process's own rights, for a path that a person gave, or that belongs to this program.
  case own
  /// This process's own rights, but without following a link of a user who could not read the file. It is for paths
  /// that nobody gave.
  case careful
  /// The rights of process `pid`, below its root, for a path that this process named. The path may be written as this
  /// program reaches it (`/proc/811/root/var/log/x`) or as the process does.
  case process(Int32)

  /// The process whose rights are used; nil for this process's own.
  public var process: Int32? {
    guard case .process(let pid) = self else { return nil }
    return pid
  }

  private static let ownRoot = RootFolder(ofProcess: hw_process_id())

  /// Opens `path` for reading (a regular file), or only locates it; nil if it is to be reached in the usual way.
  func open(_ path: String, _ wish: hw_wish) throws(SystemError) -> Descriptor? {
    let root: RootFolder
    var inner = path
    switch self {
    case .own: return nil
    case .careful: root = Self.ownRoot
    case .process(let pid):
      root = RootFolder(ofProcess: pid)
      let prefix = "/proc/\(pid)/root"
      if inner.hasPrefix(prefix + "/") { inner.removeFirst(prefix.utf8.count) }
    }
    if !inner.hasPrefix("/"), let folder = try root.workingDirectory() { inner = "\(folder)/\(inner)" }
    if let failure = root.failure { throw failure }
    var facts = hw_file_facts()
    return Descriptor(owning: try root.open(inner, wish, &facts, root.operation("open", inner)))
  }
}

extension StreamFacts {
  /// The file that `path` leads to, found with these rights.
  public init(of path: String, as access: FileAccess) throws(SystemError) {
    guard let found = try access.open(path, HW_FIND) else {
      try self.init(of: path)
      return
    }
    try self.init(of: found, path)
  }
}

extension Folder {
  /// The names in a folder, read with these rights.
  public static func names(in path: String, as access: FileAccess) throws(SystemError) -> [String] {
    guard let folder = try access.open(path, HW_LIST) else { return try names(in: path) }
    return try names(in: folder, path)
  }
}

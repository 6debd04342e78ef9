internal import CLinux

/// With whose rights a path is read.
public enum FileAccess: Hashable, Sendable {
  /// With ours: a person named the path, or it is one of our own.
  case own
  /// With ours, but past no link that belongs to somebody who could not read the file: nobody named it.
  case careful
  /// With those of process `pid`, below its root: that process named the path. It may be written as we reach it
  /// (`/proc/811/root/var/log/x`) or as the process does.
  case process(Int32)

  /// Whose rights these are; nil if they are ours.
  public var process: Int32? {
    guard case .process(let pid) = self else { return nil }
    return pid
  }

  private static let ownRoot = RootFolder(ofProcess: hw_process_id())

  /// What is at `path`, opened for reading (a regular file) or only found; nil if it is to be reached in the usual way.
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
  /// What `path` leads to, for whoever has those rights.
  public init(of path: String, as access: FileAccess) throws(SystemError) {
    guard let found = try access.open(path, HW_FIND) else {
      try self.init(of: path)
      return
    }
    try self.init(of: found, path)
  }
}

extension Folder {
  /// The names in a folder, for whoever has those rights.
  public static func names(in path: String, as access: FileAccess) throws(SystemError) -> [String] {
    guard let folder = try access.open(path, HW_LIST) else { return try names(in: path) }
    return try names(in: folder, path)
  }
}

internal import CLinux

/// Folders that belong to this user alone, and files that are replaced as a whole.
public enum OwnFiles {
  /// The effective user id of this process.
  public static var userID: UInt32 { hw_user_id() }

  /// Creates `folder` with mode 0700 unless it exists. Throws if it is a link or no folder (ENOTDIR), another user's
  /// (`notPermitted`) or accessible to others (`accessDenied`). Its parent folders must exist.
  public static func make(folder: String) throws(SystemError) {
    guard !folder.utf8.contains(0) else { throw SystemError("use \(folder)", .invalid) }
    try checked("use \(folder)", hw_own_folder(folder))
  }

  /// Writes `content` to the file at `path` in one step: a reader sees either all of the old or all of the new content.
  /// An existing file keeps its owner and mode. A link is rejected (ELOOP), because its target would not change.
  public static func replace(_ path: String, with content: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    guard let slash = path.lastIndex(of: "/"), !path.utf8.contains(0), !path.hasSuffix("/") else {
      throw SystemError("write \(path)", .invalid)
    }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    try checked("write \(path)", hw_replace_file(folder, name, content, content.count, mode))
  }

  /// The file's content, at most `limit` bytes; throws `noSuchFile` if it does not exist.
  public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    try Descriptor(reading: path).readToEnd(limit: limit)
  }

  /// Removes the file at `path`; throws `noSuchFile` if it does not exist.
  public static func remove(_ path: String) throws(SystemError) {
    guard !path.utf8.contains(0) else { throw SystemError("remove \(path)", .invalid) }
    try checked("remove \(path)", hw_remove_file(path))
  }

  /// The names of the files in `folder`, sorted, without folders; throws `noSuchFile` if it does not exist.
  public static func names(in folder: String) throws(SystemError) -> [String] {
    guard !folder.utf8.contains(0) else { throw SystemError("list \(folder)", .invalid) }
    return try Directory.list(folder).filter { !$0.isDirectory }.map(\.name).sorted()
  }

  /// The path of the running program: the target of `/proc/self/exe`.
  public static func runningProgram() throws(SystemError) -> String {
    String(decoding: try SmallFile.linkTarget("/proc/self/exe"), as: UTF8.self)
  }
}

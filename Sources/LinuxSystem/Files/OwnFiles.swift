internal import CLinux

/// Folders that are this user's alone, and files that are replaced as a whole.
public enum OwnFiles {
  /// The effective user id of this process.
  public static var userID: UInt32 { hw_user_id() }

  /// Makes `folder` with mode 0700 unless it is there. Throws if it is a link or no folder (ENOTDIR), somebody else's
  /// (`notPermitted`) or open to others (`accessDenied`). The folders above it must be there.
  public static func make(folder: String) throws(SystemError) {
    guard !folder.utf8.contains(0) else { throw SystemError("use \(folder)", .invalid) }
    try checked("use \(folder)", hw_own_folder(folder))
  }

  /// Writes `content` to the file at `path` in one step: a reader sees all of the old or all of the new content. A file
  /// that is there keeps its owner and its mode. A link is refused (ELOOP): what it leads to would stay as it was.
  public static func replace(_ path: String, with content: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    guard let slash = path.lastIndex(of: "/"), !path.utf8.contains(0), !path.hasSuffix("/") else {
      throw SystemError("write \(path)", .invalid)
    }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    try checked("write \(path)", hw_replace_file(folder, name, content, content.count, mode))
  }

  /// At most `limit` bytes of the file at `path`; `noSuchFile` if it is not there.
  public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    try Descriptor(reading: path).readToEnd(limit: limit)
  }

  /// Removes the file at `path`; `noSuchFile` if it is not there.
  public static func remove(_ path: String) throws(SystemError) {
    guard !path.utf8.contains(0) else { throw SystemError("remove \(path)", .invalid) }
    try checked("remove \(path)", hw_remove_file(path))
  }

  /// The names of the files in `folder`, sorted, without folders; `noSuchFile` if it is not there.
  public static func names(in folder: String) throws(SystemError) -> [String] {
    guard !folder.utf8.contains(0) else { throw SystemError("list \(folder)", .invalid) }
    return try Directory.list(folder).filter { !$0.isDirectory }.map(\.name).sorted()
  }

  /// The path of the program that runs: what `/proc/self/exe` leads to.
  public static func runningProgram() throws(SystemError) -> String {
    String(decoding: try SmallFile.linkTarget("/proc/self/exe"), as: UTF8.self)
  }
}

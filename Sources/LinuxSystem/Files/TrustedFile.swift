internal import CLinux

/// A file whose content is trusted because only root and this user could have written it.
public enum TrustedFile {
  /// Why a file is not trusted.
  public struct Distrust: Error, Hashable, Sendable, CustomStringConvertible {
    /// What others can change: the file itself, or a folder or link on the way to it.
    public let path: String
    /// The owner, if the reason is that it belongs to neither root nor this user.
    public let owner: UInt32?
    /// If `owner` is nil: whether everyone may write to it, or only its group.
    public let isOpenToAll: Bool

    public var description: String {
      if let owner { return "\(path) belongs to user \(owner)" }
      return "\(path) can be written by \(isOpenToAll ? "everybody" : "its group")"
    }

    /// A command that fixes the problem.
    public var remedy: String {
      owner == nil ? "chmod \(isOpenToAll ? "o-w,g-w" : "g-w") \(path)" : "chown root \(path)"
    }
  }

  /// The file's content, at most `limit` bytes. Throws `Distrust` if others could have written it. A file that the
  /// caller passes in open (`/dev/stdin`, `/dev/fd/3`) is trusted.
  public static func read(_ path: String, limit: Int) throws -> [UInt8] {
    if ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"].contains(where: path.hasPrefix) {
      return try OwnFiles.read(path, limit: limit)
    }
    guard !path.utf8.contains(0) else { throw SystemError("open \(path)", .invalid) }
    var found = hw_distrust()
    let user = OwnFiles.userID
    let number = hw_open_trusted(path, user, ownGroup(of: user).map { Int64($0) } ?? -1, &found)
    if number == -Errno.accessDenied.number, found.path.0 != 0 {
      let text = withUnsafeBytes(of: &found.path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      let isStrange = found.owner != 0 && found.owner != user
      throw Distrust(path: text, owner: isStrange ? found.owner : nil, isOpenToAll: found.mode & 0o002 != 0)
    }
    return try Descriptor(owning: try checked("open \(path)", number)).readToEnd(limit: limit)
  }

  /// The user's own group, which distributions create for each user and which has no other member. Nil if it has other
  /// members, or if the files of this host do not show that.
  static func ownGroup(of user: UInt32, accounts: String = "/etc/passwd", groups: String = "/etc/group") -> UInt32? {
    let accounts = rows(accounts)
    guard let own = accounts.first(where: { $0.count > 3 && $0[2] == "\(user)" }), let group = UInt32(own[3]),
      accounts.count(where: { $0.count > 3 && $0[3] == own[3] }) == 1
    else { return nil }
    let members = rows(groups).filter { $0.count > 3 && $0[2] == own[3] }.flatMap { $0[3].split(separator: ",") }
    return members.allSatisfy { $0 == own[0] } ? group : nil
  }

  /// The fields of lines of the form `name:password:number:…`.
  private static func rows(_ path: String) -> [[String]] {
    // An unreadable list has no names, so nobody is trusted because of it.
    let content = (try? SmallFile.read(path, limit: 16 << 20)) ?? []
    return content.split(separator: 10).map { line in
      line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}

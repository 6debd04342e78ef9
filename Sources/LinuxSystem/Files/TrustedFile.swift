internal import CLinux

/// A file whose content is believed because only root and this user could have written it.
public enum TrustedFile {
  /// Why a file is not believed.
  public struct Distrust: Error, Hashable, Sendable, CustomStringConvertible {
    /// What others can change: the file itself, a folder or a link on the way.
    public let path: String
    /// Whose it is, if that is the reason: neither root's nor this user's.
    public let owner: UInt32?
    /// Who may write it, if that is the reason.
    public let isOpenToAll: Bool

    public var description: String {
      if let owner { return "\(path) belongs to user \(owner)" }
      return "\(path) can be written by \(isOpenToAll ? "everybody" : "its group")"
    }

    /// What to do, as a command.
    public var remedy: String {
      owner == nil ? "chmod \(isOpenToAll ? "o-w,g-w" : "g-w") \(path)" : "chown root \(path)"
    }
  }

  /// At most `limit` bytes of the file at `path`; throws `Distrust` if others could have written them. What somebody
  /// hands over as an open file (`/dev/stdin`, `/dev/fd/3`) is believed.
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

  /// The user's own group, where distributions make one for each user: nobody else is in it. Nil if others are, or if the
  /// files of this host do not tell.
  static func ownGroup(of user: UInt32, accounts: String = "/etc/passwd", groups: String = "/etc/group") -> UInt32? {
    let accounts = rows(accounts)
    guard let own = accounts.first(where: { $0.count > 3 && $0[2] == "\(user)" }), let group = UInt32(own[3]),
      accounts.count(where: { $0.count > 3 && $0[3] == own[3] }) == 1
    else { return nil }
    let members = rows(groups).filter { $0.count > 3 && $0[2] == own[3] }.flatMap { $0[3].split(separator: ",") }
    return members.allSatisfy { $0 == own[0] } ? group : nil
  }

  /// `name:password:number:…`
  private static func rows(_ path: String) -> [[String]] {
    // A list that cannot be read names nobody, so nobody is trusted by it.
    let content = (try? SmallFile.read(path, limit: 16 << 20)) ?? []
    return content.split(separator: 10).map { line in
      line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}

public import LinuxSystem

/// A log and its older parts, as rotation leaves them: `x.log`, `x.log.1`, `x.log.2.gz`.
public struct LogSeries: Hashable, Sendable {
  /// A file of the series.
  public struct Part: Hashable, Sendable {
    public var path: String
    /// As it lies on the disk.
    public var size: UInt64
    /// When it was last written to, in seconds since the epoch.
    public var modified: Double
    public var isCompressed: Bool { RotatedName.suffixes.contains(where: path.hasSuffix) }

    public init(path: String, size: UInt64 = 0, modified: Double = 0) {
      self.path = path
      self.size = size
      self.modified = modified
    }
  }

  /// The path that is written to; also if it is not there (any more).
  public var path: String
  /// The oldest first.
  public var parts: [Part]
  /// The site of lines that name none.
  public var site: String
  /// With whose rights all of it is read.
  public var access: FileAccess

  public init(path: String, parts: [Part], site: String? = nil, access: FileAccess = .own) {
    self.path = path
    self.parts = parts
    self.access = access
    self.site = site ?? Self.site(ofLog: path)
  }

  /// What a log's name says of its site: `proxy-host-10` for Nginx Proxy Manager's, a domain if the name has one
  /// (`git.example.com-access.log`), else the file's name.
  public static func site(ofLog path: String) -> String {
    let file = String(path.split(separator: "/").last ?? "-")
    var name = Substring(file)
    for suffix in [".log", ".json"] where name.hasSuffix(suffix) { name = name.dropLast(suffix.count) }
    var changed = true
    while changed {
      changed = false
      for suffix in ["_access", "-access", ".access", "_ssl", "-ssl", "_http", "_stream"]
      where name.hasSuffix(suffix) && name.count > suffix.count {
        name = name.dropLast(suffix.count)
        changed = true
      }
    }
    for prefix in ["access-", "access_", "access.", "ssl_", "ssl-"]
    where name.hasPrefix(prefix) && name.count > prefix.count {
      name = name.dropFirst(prefix.count)
    }
    let kinds = ["proxy-host-", "redirection-host-", "dead-host-", "stream-", "default-host", "fallback"]
    if kinds.contains(where: name.hasPrefix) { return String(name) }
    let isDomain =
      name.utf8.contains(UInt8(ascii: "."))
      && name.utf8.allSatisfy { $0 == 45 || $0 == 46 || $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 }
    return isDomain ? String(name).lowercased() : file
  }
}

/// What became of a file that was read.
public struct LogFileReport: Hashable, Sendable {
  public var path: String
  /// Bytes on the disk, compressed or not.
  public var size: UInt64
  /// Seconds since the epoch.
  public var modified: Double
  public var site: String
  public var counts = LineCounts()
  /// Seconds since the epoch; nil if no line had a time.
  public var first: Double?
  public var last: Double?
  /// Why it, or the rest of it, was not read.
  public var failure: SystemError?
  /// Whether it lies wholly before what was asked for, and was not read.
  public var isSkipped = false
  /// Where the reading began: lines before are older than what was asked for.
  public var startOffset: UInt64 = 0
}

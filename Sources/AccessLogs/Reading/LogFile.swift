public import LinuxSystem

/// A log with its rotated parts: `x.log`, `x.log.1`, `x.log.2.gz`.
public struct LogSeries: Hashable, Sendable {
  /// A file of the series.
  public struct Part: Hashable, Sendable {
    public var path: String
    /// The file's size on disk in bytes.
    public var size: UInt64
    /// When it was last modified, in seconds since the epoch.
    public var modified: Double
    public var isCompressed: Bool { RotatedName.suffixes.contains(where: path.hasSuffix) }

    public init(path: String, size: UInt64 = 0, modified: Double = 0) {
      self.path = path
      self.size = size
      self.modified = modified
    }
  }

  /// The path of the log that is being written, even if it does not exist (any more).
  public var path: String
  /// The parts, oldest first.
  public var parts: [Part]
  /// The site of lines that don't name one.
  public var site: String
  /// The rights with which all of it is read.
  public var access: FileAccess

  public init(path: String, parts: [Part], site: String? = nil, access: FileAccess = .own) {
    self.path = path
    self.parts = parts
    self.access = access
    self.site = site ?? Self.site(ofLog: path)
  }

  /// The site that a log's name suggests: `proxy-host-10` for Nginx Proxy Manager's, a domain if the name has one
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

/// How the zone of times that do not say one was chosen, if that must be said.
public enum LogZone: Hashable, Sendable {
  /// This host's, so many seconds ahead of UTC; the text does not say where it was written.
  case own(Int64)
  /// The file's last change shows it: so many seconds ahead of UTC.
  case concluded(Int64)
  /// This host's, although the times are so many seconds after the file's last change: it is another.
  case ahead(Double)
}

/// The result of reading a file.
public struct LogFileReport: Hashable, Sendable {
  public var path: String
  /// The file's size on disk in bytes, compressed or not.
  public var size: UInt64
  /// Seconds since the epoch.
  public var modified: Double
  public var site: String
  public var counts = LineCounts()
  /// How the zone of its times was chosen; nil if they say it, or if the file's own host reads them.
  public var zone: LogZone?
  /// The first time, in seconds since the epoch; nil if no line has a time.
  public var first: Double?
  public var last: Double?
  /// Why the file, or the rest of it, was not read; nil if it was.
  public var failure: SystemError?
  /// Whether the file was not read because all of it is before the window.
  public var isSkipped = false
  /// The offset where reading began; lines before it are older than the window.
  public var startOffset: UInt64 = 0
}

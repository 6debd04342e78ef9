/// A log that was read.
public struct LogsFile: Hashable, Sendable, Codable {
  public var path: String
  /// The file's size on disk in bytes.
  public var size: UInt64
  /// When the file was last modified.
  public var modified: String?
  /// The site of lines that don't name one.
  public var site: String
  public var formats: [String]
  public var lines: UInt64
  public var requests: UInt64
  public var unreadable: UInt64
  /// The first lines that could not be read: number and beginning, without what may be a secret. Of a file in which no line is
  /// of a log only the form is shown: `x` for each letter, `9` for each digit.
  public var examples: [String]
  public var first: String?
  public var last: String?
  /// Bytes of log lines per second, on average between its first and last request; nil if both have the same time.
  public var bytesPerSecond: Double?
  /// Why the file was not read, or not completely; nil if it was.
  public var note: String?
  /// The kind of failure; nil if there was none.
  public var failure: Failure?

  public enum Failure: String, Hashable, Sendable, Codable {
    /// A privilege is missing.
    case denied
    /// The compressed file ends too early or is corrupt.
    case damaged
    case failed
  }

  public init(path: String, size: UInt64, site: String) {
    self.path = path
    self.size = size
    self.site = site
    formats = []
    lines = 0
    requests = 0
    unreadable = 0
    examples = []
  }
}

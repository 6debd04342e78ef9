/// A log that was read.
public struct LogsFile: Hashable, Sendable, Codable {
  public var path: String
  /// As it lies on the disk.
  public var size: UInt64
  /// When it was last written to.
  public var modified: String?
  /// The site of lines that name none.
  public var site: String
  public var formats: [String]
  public var lines: UInt64
  public var requests: UInt64
  public var unreadable: UInt64
  /// The first unreadable lines: number and beginning.
  public var examples: [String]
  public var first: String?
  public var last: String?
  /// Bytes of lines per second, on average between its first and last request; nil if that is no time.
  public var bytesPerSecond: Double?
  /// Why it was not read, or not wholly.
  public var note: String?
  /// What kind of failure that was; nil if it was none.
  public var failure: Failure?

  public enum Failure: String, Hashable, Sendable, Codable {
    /// A privilege is missing.
    case denied
    /// It is a compressed file that ends too early, or was changed.
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

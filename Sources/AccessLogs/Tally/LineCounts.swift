/// The counts of one file's lines by kind.
public struct LineCounts: Hashable, Sendable {
  /// A line that could not be read.
  public struct Example: Hashable, Sendable {
    public var number: UInt64
    /// The line's beginning, without queries.
    public var text: String
  }

  public internal(set) var bytes: UInt64 = 0
  public internal(set) var lines: UInt64 = 0
  /// Lines of the program that are no requests.
  public internal(set) var other: UInt64 = 0
  public internal(set) var unreadable: UInt64 = 0
  /// Requests without a time in their line or wrapper; they are in no window.
  public internal(set) var untimed: UInt64 = 0
  var untimedFormat: LogFormatName?
  /// Lines that stand in the text a second time, as of two outputs of `tail`; they are among `other`.
  public internal(set) var repeated: UInt64 = 0
  /// Requests whose times have no zone.
  public internal(set) var zoneless: UInt64 = 0
  /// Up to three unreadable lines.
  public internal(set) var examples: [Example] = []
  /// Milliseconds since the epoch.
  var first = Int64.max
  var last = Int64.min
  /// The formats that were seen, and the number of lines of each.
  private var formatNames: [LogFormatName] = []
  private var formatLines: [UInt64] = []
  private var lastFormat: LogFormatName?
  private var lastNumber = 0

  public init() {}

  public var requests: UInt64 { lines - other - unreadable - untimed }

  /// Whether there are requests other than those in an error log.
  var hasPlainRequests: Bool { formatNames.contains { $0 != .nginxError && $0 != .apacheError } }

  /// The formats that were seen, most frequent first.
  public var formats: [(format: LogFormatName, lines: UInt64)] {
    zip(formatNames, formatLines).map { (format: $0.0, lines: $0.1) }.sorted { $0.lines > $1.lines }
  }

  /// Adds the counts of later lines.
  mutating func add(_ later: LineCounts) {
    bytes += later.bytes
    other += later.other
    unreadable += later.unreadable
    untimed += later.untimed
    repeated += later.repeated
    zoneless += later.zoneless
    untimedFormat = untimedFormat ?? later.untimedFormat
    examples = Array((examples + later.examples.map { Example(number: $0.number + lines, text: $0.text) }).prefix(3))
    lines += later.lines
    first = min(first, later.first)
    last = max(last, later.last)
    for (format, count) in later.formats {
      add(format)
      formatLines[lastNumber] &+= count - 1
    }
  }

  @inline(__always)
  mutating func add(_ format: LogFormatName) {
    if format != lastFormat { change(to: format) }
    formatLines[lastNumber] &+= 1
  }

  @inline(never)
  private mutating func change(to format: LogFormatName) {
    lastFormat = format
    if let known = formatNames.firstIndex(of: format) {
      lastNumber = known
    } else {
      lastNumber = formatNames.count
      formatNames.append(format)
      formatLines.append(0)
    }
  }
}

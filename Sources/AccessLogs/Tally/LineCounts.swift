/// What the lines of one file were.
public struct LineCounts: Hashable, Sendable {
  /// A line that could not be read.
  public struct Example: Hashable, Sendable {
    public var number: UInt64
    /// Its beginning, without queries.
    public var text: String
  }

  public internal(set) var bytes: UInt64 = 0
  public internal(set) var lines: UInt64 = 0
  /// Lines of the program that are no requests.
  public internal(set) var other: UInt64 = 0
  public internal(set) var unreadable: UInt64 = 0
  /// Of unreadable lines, three at the most.
  public internal(set) var examples: [Example] = []
  /// Milliseconds since the epoch.
  var first = Int64.max
  var last = Int64.min
  /// The formats that were seen, and how many lines each had.
  private var formatNames: [LogFormatName] = []
  private var formatLines: [UInt64] = []
  private var lastFormat: LogFormatName?
  private var lastNumber = 0

  public init() {}

  public var requests: UInt64 { lines - other - unreadable }

  /// The formats that were seen, the most frequent first.
  public var formats: [(format: LogFormatName, lines: UInt64)] {
    zip(formatNames, formatLines).map { (format: $0.0, lines: $0.1) }.sorted { $0.lines > $1.lines }
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

  /// The beginning of a line, with what follows a question mark left out: it may be a secret.
  static func shown(_ line: LineBytes, _ length: Int) -> String {
    var text: [UInt8] = []
    var isHidden = false
    for index in 0..<min(line.count, length) {
      let byte = line[index]
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"") { isHidden = false }
      if isHidden { continue }
      text.append(byte)
      if byte == UInt8(ascii: "?") {
        isHidden = true
        text += Array("…".utf8)
      }
    }
    if line.count > length { text += Array("…".utf8) }
    return String(decoding: text, as: UTF8.self)
  }
}

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
  private var formatLines = [UInt64](repeating: 0, count: LogFormat.allCases.count)
  private var lastFormat: LogFormat?
  private var lastNumber = 0

  public init() {}

  public var requests: UInt64 { lines - other - unreadable }

  /// The formats that were seen, the most frequent first.
  public var formats: [(format: LogFormat, lines: UInt64)] {
    zip(LogFormat.allCases, formatLines).filter { $0.1 > 0 }.map { (format: $0.0, lines: $0.1) }
      .sorted { $0.lines > $1.lines }
  }

  @inline(__always)
  mutating func add(_ format: LogFormat) {
    if format != lastFormat {
      lastFormat = format
      lastNumber = LogFormat.allCases.firstIndex(of: format) ?? 0
    }
    formatLines[lastNumber] &+= 1
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

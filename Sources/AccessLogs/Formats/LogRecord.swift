/// What one line says, as places in the line: nothing is copied until it is kept.
struct LogRecord {
  /// Since the epoch.
  var milliseconds: Int64 = 0
  /// Whether the time has decimals; else it is a second fine.
  var hasSubseconds = false
  /// Whether the client's address comes, or may come, from a header that anyone can send.
  var isClaimed = false
  /// Whether the request's first line was none: a TLS handshake, garbage, nothing.
  var isMalformed = false
  var method = HTTPMethod.none
  var site = Field.none
  var client = Field.none
  /// What a header says of who asked, a list of addresses, where `client` is who connected.
  var forwarded = Field.none
  /// Who connected, where `client` is whom the program took for the client by a header.
  var via = Field.none
  /// Without query, fragment and parameters, which may hold secrets.
  var path = Field.none
  var agent = Field.none
  /// Where the request was sent to: address, or backend and server.
  var upstream = Field.none
  /// 0 if there was none.
  var status: Int32 = 0
  /// The last one, if it was tried several times; 0 if there was none.
  var upstreamStatus: Int32 = 0
  /// Sent to the client: of the body, or all; as the format has it.
  var bytes: Int64 = 0
  /// Microseconds; -1 if unknown.
  var duration: Int64 = -1
  /// Whether the line speaks of an error, beside the request's own line in the access log.
  var isEvent = false
}

extension LogRecord {
  /// The record of a part of a line as that of the line.
  mutating func move(by start: Int) {
    for field in [\LogRecord.site, \.client, \.forwarded, \.via, \.path, \.agent, \.upstream]
    where !self[keyPath: field].isEmpty {
      self[keyPath: field] = Field(self[keyPath: field].start + start, self[keyPath: field].end + start)
    }
  }
}

/// What a line turned out to be.
enum LineKind: Equatable {
  case request(LogFormatName)
  /// A line of the same program that speaks of no request: errors, health checks, an empty line.
  case other
  case unreadable
  /// A request whose line says no time, and neither does what wraps it.
  case untimed(LogFormatName)
  /// An object with a list of records, which begins there.
  case records(Int)
}

/// A method of HTTP, as a small number.
public enum HTTPMethod: UInt8, CaseIterable, Sendable {
  case none, get, head, post, put, delete, options, patch, connect, trace, propfind, report, other

  public var name: String {
    switch self {
    case .none: "-"
    case .other: "other"
    default: "\(self)".uppercased()
    }
  }

  /// The method in `line` from `start` up to `end`.
  @inline(__always)
  init(_ line: LineBytes, _ start: Int, _ end: Int) {
    switch line.maskedWord(at: start, before: end) {
    case 0x54_4547 where end - start == 3: self = .get
    case 0x5453_4F50 where end - start == 4: self = .post
    default: self.init(rare: line, start, end)
    }
  }

  @inline(never)
  private init(rare line: LineBytes, _ start: Int, _ end: Int) {
    let length = end - start
    guard (1...20).contains(length) else {
      self = .none
      return
    }
    for index in start..<end {
      let byte = line[index]
      guard (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
        self = .none
        return
      }
    }
    if length == 1, line[start] == UInt8(ascii: "-") {
      self = .none
      return
    }
    let names: [(StaticString, HTTPMethod)] = [
      ("HEAD", .head), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options), ("PATCH", .patch),
      ("CONNECT", .connect), ("TRACE", .trace), ("PROPFIND", .propfind), ("REPORT", .report), ("GET", .get),
      ("POST", .post),
    ]
    self = names.first { $0.0.utf8CodeUnitCount == length && line.has($0.0, at: start) }?.1 ?? .other
  }
}

/// The content of one line, as positions in the line. Nothing is copied until it must be kept.
struct LogRecord {
  /// Milliseconds since the epoch.
  var milliseconds: Int64 = 0
  /// Whether the time has decimals; otherwise it has whole seconds.
  var hasSubseconds = false
  /// Whether the client's address comes, or may come, from a header, which anyone can send.
  var isClaimed = false
  /// Whether the request line is invalid: a TLS handshake, garbage, nothing.
  var isMalformed = false
  var method = HTTPMethod.none
  var site = Field.none
  var client = Field.none
  /// A header's list of addresses, if `client` is the address that connected.
  var forwarded = Field.none
  /// The address that connected, if `client` is the one that the program took from a header.
  var via = Field.none
  /// The path without query, fragment and parameters, which may hold secrets.
  var path = Field.none
  var agent = Field.none
  /// The address, or the backend and server, to which the request was sent.
  var upstream = Field.none
  /// The status; 0 if there is none.
  var status: Int32 = 0
  /// The upstream's status, the last one if several were tried; 0 if there is none.
  var upstreamStatus: Int32 = 0
  /// Bytes sent to the client: of the body or all, depending on the format; -1 if the line does not say.
  var bytes: Int64 = -1
  /// The duration in microseconds; -1 if it is not known.
  var duration: Int64 = -1
  /// Whether the line reports an error, in addition to the request's own line in the access log.
  var isEvent = false
}

extension LogRecord {
  /// Moves the record of a part of a line to the positions of the whole line.
  mutating func move(by start: Int) {
    for field in [\LogRecord.site, \.client, \.forwarded, \.via, \.path, \.agent, \.upstream]
    where !self[keyPath: field].isEmpty {
      self[keyPath: field] = Field(self[keyPath: field].start + start, self[keyPath: field].end + start)
    }
  }
}

extension LogRecord {
  /// A client that is written `::ffff:192.0.2.1`, as programs do that listen for both families, is 192.0.2.1.
  mutating func unmap(_ line: LineBytes) {
    client = Self.unmapped(line, client)
    via = Self.unmapped(line, via)
  }

  private static func unmapped(_ line: LineBytes, _ field: Field) -> Field {
    guard field.count > 8, line[field.start] == UInt8(ascii: ":"),
      line.has("::ffff:", at: field.start) || line.has("::FFFF:", at: field.start),
      line.first(UInt8(ascii: "."), from: field.start) < field.end
    else { return field }
    return Field(field.start + 7, field.end)
  }
}

/// The kind of a line.
enum LineKind: Equatable {
  case request(LogFormatName)
  /// A line of the same program that is no request: an error, a health check, an empty line.
  case other
  case unreadable
  /// A request without a time in its line or in its wrapper.
  case untimed(LogFormatName)
  /// An object with a list of records, which begins at this position.
  case records(Int)
}

/// An HTTP method as a small number.
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

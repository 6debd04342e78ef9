/// Reads HAProxy's formats.
struct HAProxyFormat: LogFormat {
  let names: [LogFormatName] = [.haproxyHTTP, .haproxyTCP]

  func mayBegin(with byte: UInt8) -> Bool { byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.haproxy(line, start, &record)
  }
}

extension LogFormatName {
  public static var haproxyHTTP: LogFormatName { LogFormatName("haproxy_http") }
  public static var haproxyTCP: LogFormatName { LogFormatName("haproxy_tcp") }
}

/// HAProxy's `option httplog` and `option tcplog` (its configuration manual, chapter 8.2).
extension LineParser {
  /// Reads `client:port [time] frontend backend/server timers …`; nil for anything else.
  ///
  /// The time is when the connection was accepted, or when the request's first byte arrived, and not its end.
  mutating func haproxy(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    let clientEnd = line.firstBlank(from: start)
    guard line[clientEnd + 1] == UInt8(ascii: "["), line[clientEnd + 26] == UInt8(ascii: "]"),
      let milliseconds = clock.haproxy(line, clientEnd + 2)
    else { return nil }
    record.milliseconds = milliseconds
    record.hasSubseconds = true
    let client = line.withoutPort(Field(start, clientEnd), lastColon: true)
    guard line.isAddress(client) || line.has("unix:", at: start) else { return nil }
    record.client = client
    let frontend = clientEnd + 28
    let frontendEnd = line.firstBlank(from: frontend)
    let server = frontendEnd + 1
    let serverEnd = line.firstBlank(from: server)
    // `frontend/bind: SSL handshake failure`
    if line[frontendEnd - 1] == UInt8(ascii: ":") { return .other }
    guard serverEnd < line.count else { return nil }
    // A `~` means that the frontend's connection is encrypted.
    record.site = Field(frontend, line[frontendEnd - 1] == UInt8(ascii: "~") ? frontendEnd - 1 : frontendEnd)
    record.upstream = Field(server, serverEnd)
    var index = serverEnd + 1
    guard let timers = timers(line, &index) else { return nil }
    record.duration = min(timers.last, 1 << 40) * 1000
    if timers.number == 3 {
      record.bytes = number(line, &index)
      return .request(.haproxyTCP)
    }
    record.status = Int32(truncatingIfNeeded: max(0, min(999, number(line, &index))))
    record.bytes = number(line, &index)
    // The request follows cookies, termination state, counters and captured headers; syslog may have truncated the line
    // inside it.
    let quote = line.first(UInt8(ascii: "\""), from: index)
    if let host = capturedHost(line, index, quote) { record.site = host }
    if quote < line.count {
      record.setRequest(line, quote + 1, quoteEnd(line, quote + 1))
    } else {
      record.isMalformed = true
    }
    return .request(.haproxyHTTP)
  }

  /// `{git.example.com|curl/8.5}`: a captured header that is a host's name, of the request's, which come first; nil if there is
  /// none. A version is no name: its last part has no letter.
  private func capturedHost(_ line: LineBytes, _ start: Int, _ end: Int) -> Field? {
    let open = line.first(UInt8(ascii: "{"), from: start)
    guard open < end else { return nil }
    let close = min(line.first(UInt8(ascii: "}"), from: open), end)
    var begin = open + 1
    while begin < close {
      let next = min(line.first(UInt8(ascii: "|"), from: begin), close)
      // A port after the name is left out.
      let stop = min(line.first(UInt8(ascii: ":"), from: begin), next)
      let field = Field(begin, stop)
      if line.isHostName(field), line.first(UInt8(ascii: "."), from: begin) < stop, !line.isAddress(field),
        endsInLetters(line, field)
      {
        return field
      }
      begin = next + 1
    }
    return nil
  }

  /// Whether the last label is one of a top-level domain: letters alone, or `xn--…`.
  private func endsInLetters(_ line: LineBytes, _ field: Field) -> Bool {
    var index = field.end
    while index > field.start, line[index - 1] != UInt8(ascii: ".") { index -= 1 }
    guard index < field.end, Self.isLetter(line[index]) else { return false }
    let isPunycode = field.end - index > 4 && line[index + 2] == UInt8(ascii: "-")
    return isPunycode || (index..<field.end).allSatisfy { Self.isLetter(line[$0]) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 32) >= UInt8(ascii: "a") && (byte | 32) <= UInt8(ascii: "z")
  }

  /// Reads `170/0/0/3/+173`: how many timers there are, and the last one in milliseconds (never below 0). Moves `index`
  /// behind the space.
  private func timers(_ line: LineBytes, _ index: inout Int) -> (number: Int, last: Int64)? {
    var number = 0
    while true {
      let isNegative = line[index] == UInt8(ascii: "-")
      if isNegative || line[index] == UInt8(ascii: "+") { index += 1 }
      guard let value = line.number(&index) else { return nil }
      number += 1
      if line[index] == UInt8(ascii: "/") {
        index += 1
        continue
      }
      guard line[index] == UInt8(ascii: " "), number == 3 || number == 5 else { return nil }
      index += 1
      return (number, isNegative ? 0 : min(value, 1 << 40))
    }
  }

  /// Reads a number that may have a sign, and moves `index` behind the space that follows; 0 if there is none.
  private func number(_ line: LineBytes, _ index: inout Int) -> Int64 {
    let isNegative = line[index] == UInt8(ascii: "-")
    if isNegative || line[index] == UInt8(ascii: "+") { index += 1 }
    let value = line.number(&index) ?? 0
    index = line.firstBlank(from: index) + 1
    return isNegative ? 0 : value
  }
}

/// What collectors put before lines, and lines of the same programs that are no requests.
enum LinePrefix {
  /// Where the line proper begins behind what syslog (RFC 3164 and 5424, with or without priority) or a container runtime
  /// (CRI: `TIME stdout F `) put before it; nil if nothing of the kind stands at `start`.
  static func end(_ line: LineBytes, _ start: Int) -> Int? {
    var index = start
    if line[index] == UInt8(ascii: "<"), line.isDigit(index + 1) {
      let close = line.first(UInt8(ascii: ">"), from: index)
      guard close < index + 6 else { return nil }
      index = close + 1
      // RFC 5424 has a version.
      if line.isDigit(index), line[index + 1] == UInt8(ascii: " ") { index += 2 }
      if TimestampReader.month(line, index) == nil, !isDate(line, index) { return index }
    }
    if isDate(line, index) {
      let space = line.firstBlank(from: index)
      for stream: StaticString in [" stdout ", " stderr "] where line.has(stream, at: space) {
        return space + stream.utf8CodeUnitCount + 2
      }
      index = space + 1
    } else if TimestampReader.month(line, index) != nil, line[index + 6] == UInt8(ascii: " "),
      line[index + 9] == UInt8(ascii: ":")
    {
      index += 16  // `Jan 14 12:48:57 `
    } else {
      return nil
    }
    return messageStart(line, index)
  }

  /// Behind `host program[pid]: `, or for RFC 5424 behind `host program pid id - `.
  private static func messageStart(_ line: LineBytes, _ start: Int) -> Int? {
    var index = start
    for _ in 0..<6 {
      let space = line.firstBlank(from: index)
      guard space < line.count else { return nil }
      if line[space - 1] == UInt8(ascii: ":") { return space + 1 }
      if space == index + 1, line[index] == UInt8(ascii: "-"), line[space + 1] != UInt8(ascii: "-") { return space + 1 }
      index = space + 1
    }
    return nil
  }

  private static func isDate(_ line: LineBytes, _ index: Int) -> Bool {
    line.digits(index, 4) != nil && line[index + 4] == UInt8(ascii: "-") && line[index + 10] == UInt8(ascii: "T")
  }

  /// Whether this is what a proxy or web server says beside its access log: nginx's and Apache's error log, Traefik's own
  /// log, HAProxy's notices.
  static func isProgramMessage(_ line: LineBytes, _ start: Int) -> Bool {
    if line.has("time=\"", at: start) { return true }
    let isDated =
      line.digits(start, 4) != nil && line[start + 4] == UInt8(ascii: "/") && line[start + 7] == UInt8(ascii: "/")
    if isDated, line.first(UInt8(ascii: "["), from: start) < start + 24 { return true }
    let texts: [StaticString] = [
      "Proxy ", "Server ", "Health check ", "Connect from ", "backend ", "[NOTICE]", "[WARNING]", "[ALERT]",
      "Loading success", "New worker", "Stopping ", "Pausing ",
    ]
    return texts.contains { line.has($0, at: start) }
  }
}

/// Reads Squid's native format (its `logformat squid`).
struct SquidFormat: LogFormat {
  let names: [LogFormatName] = [.squid]

  func mayBegin(with byte: UInt8) -> Bool { byte &- 48 < 10 }

  /// Reads `1796009186.993      4 10.99.1.2 TCP_MISS/200 297 GET http://h/i.html? - HIER_DIRECT/10.99.1.1 text/html`.
  /// The time is the end of the request; the numbers are milliseconds and bytes.
  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    guard line[start + 10] == UInt8(ascii: "."), line[start + 14] == UInt8(ascii: " ") else { return nil }
    var index = start
    guard let time = line.millionths(&index), index == start + 14 else { return nil }
    let words = line.words(from: index, limit: 9)
    guard words.count >= 6 else { return nil }
    let isNegative = line[words[0].start] == UInt8(ascii: "-")
    guard let milliseconds = isNegative ? 0 : line.wholeNumber(words[0]),
      line.isAddress(words[1]) || line.isHostName(words[1]) || line.isDash(words[1]),
      let bytes = line.wholeNumber(words[3])
    else { return nil }
    // `TCP_MISS/200`
    let result = words[2]
    var slash = result.start
    while slash < result.end, line[slash] != UInt8(ascii: "/") {
      guard line[slash] == UInt8(ascii: "_") || line[slash] &- 65 < 26 else { return nil }
      slash += 1
    }
    guard slash > result.start, let status = line.statusCode(Field(slash + 1, result.end)) else { return nil }
    record.milliseconds = time / 1000
    record.hasSubseconds = true
    record.client = words[1]
    record.status = status
    record.bytes = bytes
    record.duration = min(milliseconds, 1 << 40) * 1000
    record.method = HTTPMethod(line, words[4].start, words[4].end)
    record.setTarget(line, words[5].start, words[5].end)
    if record.method == .none { record.isMalformed = true }
    if words.count > 7 {
      let route = words[7]
      for place in route.start..<route.end where line[place] == UInt8(ascii: "/") {
        let peer = Field(place + 1, route.end)
        if !line.isDash(peer) { record.upstream = peer }
      }
    }
    return .request(.squid)
  }
}

extension LogFormatName {
  public static var squid: LogFormatName { LogFormatName("squid") }
}

/// Reads lines of `key=value` pairs, as Heroku's router, Go's and Ruby's loggers write them, by the names that JSON lines
/// have as well.
struct LogfmtFormat: LogFormat {
  let names: [LogFormatName] = [.logfmt]

  func mayBegin(with byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "@") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    var found = JSONFindings()
    var message: Field?
    guard pairs(line, start, &found, &message, parser) >= 3 else { return nil }
    found.settleHost(line)
    if found.hasRequest { return parser.request(line, found, as: .logfmt, &record) }
    // Most messages are none of an access log.
    guard let message else { return nil }
    if found.timeRank > 0 { parser.setOuterTime(line, found.time) }
    let kind = parser.wrapped(line, from: message.start, &record, depth: 3)
    if case .request = kind { return kind }
    return nil
  }

  /// Finds the pairs and returns their number; 0 if the line does not begin with one.
  private func pairs(
    _ line: LineBytes, _ start: Int, _ found: inout JSONFindings, _ message: inout Field?, _ parser: LineParser
  ) -> Int {
    var index = start
    var count = 0
    while index < line.count, count < 64 {
      while line[index] == UInt8(ascii: " ") { index += 1 }
      let key = index
      while Self.isKeyByte(line[index]) { index += 1 }
      guard line[index] == UInt8(ascii: "="), index > key else {
        // Only behind pairs may other words stand.
        guard count > 0 else { return 0 }
        index = max(line.firstBlank(from: index), index + 1)
        continue
      }
      let keyEnd = index
      index += 1
      let isQuoted = line[index] == UInt8(ascii: "\"")
      let end = isQuoted ? parser.quoteEnd(line, index + 1) : line.firstBlank(from: index)
      let value = Field(isQuoted ? index + 1 : index, end)
      // A line that is cut off in a value.
      guard !isQuoted || end < line.count else { return count }
      index = isQuoted ? end + 1 : end
      count += 1
      guard !line.isDash(value), let meaning = Self.meaning(line, Field(key, keyEnd), value, found) else { continue }
      if case .text = meaning {
        if isQuoted { message = value }
      } else {
        found.set(meaning, line, value)
      }
    }
    return count
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "/")
  }

  /// What a pair says, by its key; nil if that is not needed.
  private static func meaning(
    _ line: LineBytes, _ key: Field, _ value: Field, _ found: JSONFindings
  ) -> JSONKey.Meaning? {
    let isKey = { (name: StaticString) in key.count == name.utf8CodeUnitCount && line.has(name, at: key.start) }
    // Heroku: the addresses that the router forwarded for, and the application's time.
    if isKey("fwd") { return .forwarded(rank: 1) }
    if isKey("service") { return .duration(unit: unit(line, value)) }
    if isKey("t") { return .time(rank: 3) }
    if isKey("ip") || isKey("remote_host") || isKey("src_ip") { return found.peer == nil ? .peer : nil }
    switch JSONKey.meaning(line, key.start, key.end, in: .root) {
    case .either(let meaning, _): return meaning
    case .object, .marker, .journal, .level, nil: return nil
    case .duration(let written):
      let unit = unit(line, value)
      return .duration(unit: unit == 0 ? written : unit)
    case .some(let meaning): return meaning
    }
  }

  /// The microseconds in the unit behind a number: `12ms`, `0.4s`; 0 if there is none.
  private static func unit(_ line: LineBytes, _ value: Field) -> Int64 {
    guard value.count > 1, line[value.end - 1] == UInt8(ascii: "s") else { return 0 }
    let before = line[value.end - 2]
    if before == UInt8(ascii: "m") { return 1000 }
    return before == UInt8(ascii: "u") || before >= 0x80 ? 1 : before &- 48 < 10 ? 1_000_000 : 0
  }
}

extension LogFormatName {
  /// Pairs of `key=value`.
  public static var logfmt: LogFormatName { LogFormatName("logfmt") }
}

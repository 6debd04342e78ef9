/// A line of a log as mails, web pages, phones and tables change it: typographic quotes, HTML's names for signs, quotes
/// behind backslashes, a field of comma-separated values.
struct DisguisedLine {
  /// What the line may have been, most likely first; empty if nothing hides one.
  private(set) var texts: [[UInt8]] = []

  /// The most fields of one row that are looked at.
  private static let fieldLimit = 4

  init(_ line: LineBytes) {
    guard line.count <= ScratchLine.limit else { return }
    let bytes = line.bytes
    let plain = Self.plain(bytes)
    if plain != bytes { texts.append(plain) }
    if let fields = Self.fields(plain) { texts += fields }
    if let unescaped = Self.unescaped(plain) { texts.append(unescaped) }
  }

  /// Whether every quote of the line is one in disguise, so that a reader of plain lines would misunderstand it.
  static func isPlain(_ line: LineBytes) -> Bool {
    if line[0] == UInt8(ascii: "`") { return true }
    let quote = line.first(UInt8(ascii: "\""), from: 0)
    if quote < line.count {
      guard quote > 0, line[quote - 1] == 0x5C else { return false }
      var index = quote
      while index < line.count, line[index - 1] == 0x5C { index = line.first(UInt8(ascii: "\""), from: index + 1) }
      return index >= line.count
    }
    return line.first(0xE2, from: 0) < line.count || line.first(0xC2, from: 0) < line.count
      || line.first("&quot;", from: 0) != nil || line.first("&#34;", from: 0) != nil
  }

  /// What stands for signs of ASCII: in UTF-8, and in HTML.
  private static let signs: [(written: [UInt8], sign: [UInt8])] = [
    ("\u{201C}", "\""), ("\u{201D}", "\""), ("\u{201E}", "\""), ("\u{201F}", "\""), ("\u{AB}", "\""),
    ("\u{BB}", "\""), ("\u{2033}", "\""), ("\u{FF02}", "\""), ("\u{2018}", "'"), ("\u{2019}", "'"),
    ("\u{2013}", "-"), ("\u{2014}", "-"), ("\u{2011}", "-"), ("\u{A0}", " "), ("\u{202F}", " "), ("\u{200B}", ""),
    ("\u{2060}", ""), ("&quot;", "\""), ("&#34;", "\""), ("&#x22;", "\""), ("&ldquo;", "\""), ("&rdquo;", "\""),
    ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " "), ("&#91;", "["),
    ("&#93;", "]"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  private static func plain(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = bytes.first == UInt8(ascii: "`") ? 1 : 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte >= 0x80 || byte == UInt8(ascii: "&"),
        let found = signs.first(where: { bytes[index...].starts(with: $0.written) })
      {
        result += found.sign
        index += found.written.count
      } else {
        result.append(byte)
        index += 1
      }
    }
    if bytes.first == UInt8(ascii: "`"), result.last == UInt8(ascii: "`") { result.removeLast() }
    return result
  }

  /// The text with `"` for `\"`, without the quotes around it; nil if it has none.
  private static func unescaped(_ bytes: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let isEscape = bytes[index] == 0x5C && index + 1 < bytes.count
      if isEscape, bytes[index + 1] == UInt8(ascii: "t") {
        result.append(9)
        index += 2
        continue
      }
      if isEscape, bytes[index + 1] == UInt8(ascii: "\"") || bytes[index + 1] == 0x5C { index += 1 }
      result.append(bytes[index])
      index += 1
    }
    guard result.count < bytes.count else { return nil }
    if let quote = result.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      result.removeFirst()
      if result.last == UInt8(ascii: ",") { result.removeLast() }
      if result.last == quote { result.removeLast() }
    }
    return result
  }

  /// The longest quoted fields of a row of comma-separated values (RFC 4180), where `""` stands for `"`; nil if there
  /// are none.
  private static func fields(_ bytes: [UInt8]) -> [[UInt8]]? {
    var found: [[UInt8]] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\"") else {
        // A field without quotes.
        while index < bytes.count, !isSeparator(bytes[index]) { index += 1 }
        index += 1
        continue
      }
      var field: [UInt8] = []
      index += 1
      while index < bytes.count {
        if bytes[index] == UInt8(ascii: "\"") {
          guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") else { break }
          index += 1
        }
        field.append(bytes[index])
        index += 1
      }
      index += 1
      // A quote that ends no field: this is no row.
      guard index >= bytes.count || isSeparator(bytes[index]) else { return nil }
      index += 1
      if field.count >= 20 { found.append(field) }
    }
    return found.isEmpty ? nil : Array(found.sorted { $0.count > $1.count }.prefix(fieldLimit))
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == 9
  }
}

extension LineParser {
  /// Reads a line that is of no format as it stands, but may be one in disguise; nil if it is none.
  mutating func disguised(_ line: LineBytes, _ record: inout LogRecord) -> LineKind? {
    for text in DisguisedLine(line).texts where !text.isEmpty {
      record = LogRecord()
      scratch.take(text)
      usesScratch = true
      switch parse(scratch.line, 0, &record, depth: 1, isTimed: false) {
      case .request(let format): return .request(format)
      case .untimed(let format): return .untimed(format)
      default: break
      }
    }
    return nil
  }

  /// Reads an object of JSON behind words that a collector put in front: `2026-11-30T20:00:00Z web/abc {"…`.
  mutating func objectAnywhere(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    guard let brace = line.first("{\"", from: start), brace > start, brace - start < 1024 else { return nil }
    guard [UInt8(ascii: " "), 9, UInt8(ascii: ":")].contains(line[brace - 1]) else { return nil }
    record = LogRecord()
    if case .request(let format) = json(line, brace, &record) { return .request(format) }
    return nil
  }
}

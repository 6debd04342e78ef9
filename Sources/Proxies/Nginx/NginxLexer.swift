/// Splits configuration text into directives, by the rules of `ngx_conf_read_token` (nginx, src/core/ngx_conf_file.c).
struct NginxLexer {
  enum Ending { case statement, blockStart, blockEnd, file }

  /// The words up to `;`, `{`, `}` or the end of the file, with the line of the first.
  struct Item {
    var words: [String]
    var line: Int
    var ending: Ending
  }

  let bytes: [UInt8]
  var position = 0
  var line = 1
  /// What nginx would reject, with its line.
  var problems: [(line: Int, text: String)] = []
  static let problemLimit = 100

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func next() -> Item {
    var words: [String] = []
    var start = line
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "#"): skipComment()
      case UInt8(ascii: ";"), UInt8(ascii: "{"):
        position += 1
        if words.isEmpty, byte == UInt8(ascii: ";") {
          report("unexpected ;")
          continue
        }
        if words.isEmpty { report("unexpected {") }
        return Item(words: words, line: start, ending: byte == UInt8(ascii: ";") ? .statement : .blockStart)
      case UInt8(ascii: "}"):
        guard words.isEmpty else {
          report("no ; before }")
          return Item(words: words, line: start, ending: .statement)
        }
        position += 1
        return Item(words: [], line: line, ending: .blockEnd)
      default:
        if words.isEmpty { start = line }
        words.append(byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") ? quotedWord(byte) : plainWord())
      }
    }
    // A truncated directive may be cut off inside a word, so it is not used.
    if !words.isEmpty { report("unexpected end of file, expecting ; or {") }
    return Item(words: [], line: line, ending: .file)
  }

  mutating func report(_ text: String) {
    if problems.count < Self.problemLimit { problems.append((line, text)) }
  }

  private mutating func skipComment() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  /// Reads a word up to white space, `;` or `{`. `${`, `}` and `#` are part of the word.
  private mutating func plainWord() -> String {
    let start = position
    var hasEscape = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\"):
        hasEscape = true
        skipEscaped()
        continue
      case UInt8(ascii: "$"):
        if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "{") { position += 1 }
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ";"),
        UInt8(ascii: "{"):
        return text(start..<position, hasEscape)
      default: break
      }
      position += 1
    }
    return text(start..<min(position, bytes.count), hasEscape)
  }

  private mutating func quotedWord(_ quote: UInt8) -> String {
    let opened = line
    position += 1
    let start = position
    var hasEscape = false
    while position < bytes.count, bytes[position] != quote {
      if bytes[position] == UInt8(ascii: "\\") {
        hasEscape = true
        skipEscaped()
        continue
      }
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
    let word = text(start..<min(position, bytes.count), hasEscape)
    guard position < bytes.count else {
      position = bytes.count
      problems.append((opened, "quote is never closed"))
      return word
    }
    position += 1
    if position < bytes.count, !Self.follows(bytes[position]) { report("unexpected character after a quote") }
    return word
  }

  /// Whether a byte may follow a closing quote; `)` may because of `if ("$x" = "y")`.
  private static func follows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ";"),
      UInt8(ascii: "{"), UInt8(ascii: ")"):
      true
    default: false
    }
  }

  private mutating func skipEscaped() {
    if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\n") { line += 1 }
    position += 2
  }

  /// Resolves escapes: only quotes, the backslash, t, r and n can be escaped; any other backslash stays.
  private func text(_ range: Range<Int>, _ hasEscape: Bool) -> String {
    guard hasEscape else { return String(decoding: bytes[range], as: UTF8.self) }
    var copy: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      var byte = bytes[index]
      if byte == UInt8(ascii: "\\"), index + 1 < range.upperBound {
        let next = bytes[index + 1]
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): byte = next
        case UInt8(ascii: "t"): byte = 9
        case UInt8(ascii: "r"): byte = 13
        case UInt8(ascii: "n"): byte = 10
        default:
          copy.append(byte)
          byte = next
        }
        index += 1
      }
      copy.append(byte)
      index += 1
    }
    return String(decoding: copy, as: UTF8.self)
  }
}

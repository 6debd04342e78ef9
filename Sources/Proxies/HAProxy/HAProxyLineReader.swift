/// Splits a line of haproxy.cfg into words as HAProxy does (configuration manual 2.2 and 2.3; `parse_line` in its
/// src/tools.c): quotes, escapes, comments, and environment variables inside double quotes.
struct HAProxyLineReader {
  struct Failure: Error, Hashable {
    var text: String
    init(_ text: String) { self.text = text }
  }

  var environment: [String: String]
  /// `.FILE`, `.LINE` and `.SECTION` are variables as well, from version 2.5 on.
  var file = ""
  var line = 0
  var section = ""
  /// The longest line after variables are replaced. A variable may be long and used often.
  static let limit = 1 << 18

  /// The words of `bytes`, which has no newline; stops at a comment.
  func words(_ bytes: UnsafeBufferPointer<UInt8>) throws(Failure) -> [String] {
    if let words = plainWords(bytes) { return words }
    var scan = Scan(bytes: bytes)
    while scan.position < bytes.count {
      let byte = bytes[scan.position]
      if byte == UInt8(ascii: "#"), !scan.isQuoted { break }
      if isSpace(byte), !scan.isQuoted {
        scan.endWord()
        scan.position += 1
      } else if byte == UInt8(ascii: "\""), !scan.inSingle {
        scan.inDouble.toggle()
        scan.quote(opens: scan.inDouble)
      } else if byte == UInt8(ascii: "'"), !scan.inDouble {
        scan.inSingle.toggle()
        scan.quote(opens: scan.inSingle)
      } else if byte == UInt8(ascii: "\\"), !scan.inSingle {
        try escape(&scan)
      } else if byte == UInt8(ascii: "$"), scan.inDouble {
        try variable(&scan)
      } else {
        scan.emit(byte)
        scan.position += 1
      }
      guard scan.total <= Self.limit else { throw Failure("the line is longer than \(Self.limit) bytes") }
    }
    guard !scan.isQuoted else { throw Failure("a quote is not closed") }
    scan.endWord()
    return scan.words
  }

  /// The words of a line without quotes, escapes, variables and comments, which most lines are; nil for other lines.
  private func plainWords(_ bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
    guard let base = bytes.baseAddress, bytes.count <= Self.limit else { return nil }
    var words: [String] = []
    var start = -1
    let count = bytes.count
    var index = 0
    while index < count {
      let byte = base[index]
      if byte == 32 || (byte < 14 && byte > 8) {
        if start >= 0 {
          words.append(String(decoding: UnsafeBufferPointer(start: base + start, count: index - start), as: UTF8.self))
        }
        start = -1
      } else if byte < 40, byte > 33, byte != 37, byte != 38 {
        return nil
      } else if byte == 92 {
        return nil
      } else if start < 0 {
        start = index
      }
      index += 1
    }
    if start >= 0 {
      words.append(String(decoding: UnsafeBufferPointer(start: base + start, count: count - start), as: UTF8.self))
    }
    return words
  }

  /// The state of reading a line.
  private struct Scan {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var inSingle = false
    var inDouble = false
    var words: [String] = []
    var word: [UInt8] = []
    var isInWord = false
    /// Whether an empty pair of quotes is a word. It is, unless an array variable was inside.
    var quoteIsWord = false
    var total = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isQuoted: Bool { inSingle || inDouble }
    func byte(_ offset: Int) -> UInt8? {
      position + offset < bytes.count ? bytes[position + offset] : nil
    }

    mutating func emit(_ byte: UInt8) {
      word.append(byte)
      isInWord = true
      total += 1
    }

    mutating func quote(opens: Bool) {
      if opens { quoteIsWord = true } else if quoteIsWord { isInWord = true }
      position += 1
    }

    mutating func endWord() {
      guard isInWord else { return }
      words.append(String(decoding: word, as: UTF8.self))
      word.removeAll(keepingCapacity: true)
      isInWord = false
    }
  }

  /// Reads an escape: `\ `, `\\`, `\#`, `\'`, `\"`, `\n`, `\r`, `\t`, `\xHH`, and `\$` in double quotes. Any other `\`
  /// stays.
  private func escape(_ scan: inout Scan) throws(Failure) {
    switch scan.byte(1) {
    case UInt8(ascii: " "), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "'"), UInt8(ascii: "\""):
      scan.emit(scan.byte(1) ?? 0)
    case UInt8(ascii: "$") where scan.inDouble: scan.emit(UInt8(ascii: "$"))
    case UInt8(ascii: "n"): scan.emit(10)
    case UInt8(ascii: "r"): scan.emit(13)
    case UInt8(ascii: "t"): scan.emit(9)
    case UInt8(ascii: "x"):
      guard let high = scan.byte(2).flatMap(hexadecimal), let low = scan.byte(3).flatMap(hexadecimal) else {
        throw Failure("\\x needs two hexadecimal digits")
      }
      scan.emit(high << 4 | low)
      scan.position += 2
    default:
      scan.emit(UInt8(ascii: "\\"))
      scan.position -= 1
    }
    scan.position += 2
  }

  /// Reads a variable: `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}`.
  private func variable(_ scan: inout Scan) throws(Failure) {
    scan.position += 1
    let isBraced = scan.byte(0) == UInt8(ascii: "{")
    if isBraced { scan.position += 1 }
    var name: [UInt8] = []
    while let byte = scan.byte(0), isNameByte(byte) || (name.isEmpty && byte == UInt8(ascii: ".")) {
      name.append(byte)
      scan.position += 1
    }
    guard let first = name.first, !(48...57).contains(first) else { throw Failure("$ without a variable's name") }
    var value = value(of: String(decoding: name, as: UTF8.self)).map { Array($0.utf8) }
    var isArray = false
    if isBraced {
      if scan.byte(0) == UInt8(ascii: "[") {
        guard scan.byte(1) == UInt8(ascii: "*"), scan.byte(2) == UInt8(ascii: "]") else {
          throw Failure("only [*] can follow a variable's name")
        }
        isArray = true
        scan.position += 3
      }
      var fallback: [UInt8] = []
      let hasFallback = scan.byte(0) == UInt8(ascii: "-")
      if hasFallback { scan.position += 1 }
      while hasFallback, let byte = scan.byte(0), byte != UInt8(ascii: "}") {
        fallback.append(byte)
        scan.position += 1
      }
      guard scan.byte(0) == UInt8(ascii: "}") else { throw Failure("a brace is not closed") }
      scan.position += 1
      if hasFallback { value = value ?? fallback }
    }
    if isArray { scan.quoteIsWord = false } else if value == nil { scan.isInWord = true }
    for byte in value ?? [] where scan.total <= Self.limit {
      if isArray, isSpace(byte) { scan.endWord() } else { scan.emit(byte) }
    }
  }

  private func value(of name: String) -> String? {
    switch name {
    case ".FILE": file
    case ".LINE": "\(line)"
    case ".SECTION": section
    default: environment[name]
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
  private func isNameByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }
  private func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}

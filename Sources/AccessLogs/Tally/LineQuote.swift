/// A line that was not understood, in a form that may be shown: without anything that may be a secret.
///
/// Ordinary words are kept. Hidden are: text after `?`, `=` or the name of a secret, text before `@` in an address, all
/// text of JSON except names, and long words that look like keys.
enum LineQuote {
  /// The first `length` bytes of the line in that form.
  static func text(_ line: LineBytes, _ length: Int) -> String {
    var index = 0
    while line[index] == 32 || line[index] == 9 { index += 1 }
    let bytes = line.part(0, min(line.count, length)).bytes
    var text = line[index] == UInt8(ascii: "{") ? members(bytes) : words(bytes)
    if line.count > length { text += Array("…".utf8) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The quoted line with `x` for each letter and `9` for each digit: of a file that may be no log at all, such as a key or a
  /// list of passwords. JSON has only its names left already.
  static func shape(_ text: String) -> String {
    guard text.first(where: { !$0.isWhitespace }) != "{" else { return text }
    return String(text.map { $0.isNumber ? "9" : $0.isLetter || !$0.isASCII && $0 != "…" ? "x" : $0 })
  }

  private static let hidden = Array("…".utf8)

  /// JSON with only its names.
  private static func members(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\"") else {
        // Short numbers are kept: a port, a status.
        text.append(byte)
        index += 1
        continue
      }
      var end = index + 1
      while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == 0x5C ? 2 : 1 }
      var next = end + 1
      while next < bytes.count, bytes[next] == 32 { next += 1 }
      let isName = next < bytes.count && bytes[next] == UInt8(ascii: ":") && end - index < 48
      text += isName ? Array(bytes[index...min(end, bytes.count - 1)]) : Array("\"…\"".utf8)
      index = end + 1
    }
    return text
  }

  private static func isBreak(_ byte: UInt8) -> Bool {
    byte == 32 || byte == 9 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: ",")
      || byte == UInt8(ascii: "|")
  }

  private static func words(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var index = 0
    var isNextSecret = false
    while index < bytes.count {
      if isBreak(bytes[index]) {
        text.append(bytes[index])
        index += 1
        continue
      }
      var end = index
      while end < bytes.count, !isBreak(bytes[end]) { end += 1 }
      let word = Array(bytes[index..<end])
      text += isNextSecret ? hidden : shown(word)
      isNextSecret = isNameOfSecret(word)
      index = end
    }
    return text
  }

  /// A word up to the position where a secret may begin.
  private static func shown(_ word: [UInt8]) -> [UInt8] {
    // `https://user:password@host/`
    if let at = word.lastIndex(of: UInt8(ascii: "@")), word[..<at].contains(UInt8(ascii: ":")) {
      return hidden + word[at...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "=") }
    }
    var kept: [UInt8] = []
    for (place, byte) in word.enumerated() {
      switch byte {
      case UInt8(ascii: "?"), UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "#"):
        return kept + [byte] + (place + 1 < word.count ? hidden : [])
      case UInt8(ascii: "%") where place + 2 < word.count:
        let escape = [word[place + 1], word[place + 2] | 0x20]
        if escape == Array("3f".utf8) || escape == Array("3d".utf8) || escape == Array("26".utf8) {
          return kept + hidden
        }
        kept.append(byte)
      default: kept.append(byte)
      }
    }
    return looksLikeKey(word) ? Array(kept.prefix(4)) + hidden : kept
  }

  /// Whether the word announces a secret (`token:`, `password`, `Authorization:`, `Bearer`), so that the next one is
  /// hidden.
  private static func isNameOfSecret(_ word: [UInt8]) -> Bool {
    let name = String(decoding: word, as: UTF8.self).lowercased()
    return [
      "token", "passw", "secret", "authorization", "bearer", "basic", "cookie", "apikey", "api-key", "api_key", "key:",
    ]
    .contains { name.contains($0) }
  }

  /// Whether the word looks like a key: at least twenty letters and digits mixed, which no name, number, time or
  /// address has.
  private static func looksLikeKey(_ word: [UInt8]) -> Bool {
    let letters = word.filter { ($0 | 0x20) &- 97 < 26 }.count
    let digits = word.filter { $0 &- 48 < 10 }.count
    let others = word.count - letters - digits
    return word.count >= 20 && letters >= 4 && digits >= 4 && others * 6 < word.count
  }
}

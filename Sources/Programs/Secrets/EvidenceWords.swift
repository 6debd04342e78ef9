internal import Flows

/// Keeps what is needed of one word of a configuration. `EvidenceScript` does the same in awk.
enum EvidenceWords {
  static let mark = SecretFilter.mark
  private static let families = EvidenceRules.words(EvidenceRules.families)
  private static let leading = EvidenceRules.words(EvidenceRules.leading)
  private static let closed = EvidenceRules.words(EvidenceRules.closed)

  private static func isQuote(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  static func consists(_ word: some StringProtocol, of others: StaticString) -> Bool {
    SecretFilter.consists(word, of: others)
  }

  /// The quote that a word begins with; it is closed again where the word is cut.
  private static func quote(_ word: String) -> String {
    isQuote(word.utf8.first) ? String(word.prefix(1)) : ""
  }

  static func bare(_ word: String) -> String {
    let quote = quote(word)
    guard !quote.isEmpty, word.utf8.count > 1, word.hasSuffix(quote) else { return word }
    return String(word.dropFirst().dropLast())
  }

  /// For any word: removes logins, queries and HAProxy expressions (`%[…]`); a word with unusual letters is left out
  /// completely.
  static func plain(_ word: String) -> String {
    var word = word
    if let scheme = word.firstRange(of: "://") {
      let rest = word[scheme.upperBound...]
      let authority = rest.prefix { !["/", "?", "\"", "'"].contains($0) }
      if let at = authority.lastIndex(of: "@") { word = word[..<scheme.upperBound] + mark + rest[at...] }
    } else if let at = word.firstIndex(of: "@") {
      let family = word[..<at].drop { $0 == "\"" || $0 == "'" }
      if !family.isEmpty, !families.contains(String(family)) { return mark }
    }
    if let expression = word.firstRange(of: "%[") { word = word[..<expression.upperBound] + mark + "]" + quote(word) }
    if let question = word.firstIndex(of: "?") { word = word[...question] + mark + quote(word) }
    return consists(word, of: "-_.:/,*+@%$(){}[]\"'?") && word.utf8.count <= 256 ? word : mark
  }

  /// For a URL: `http://git:3000/`; for a target without a scheme the target.
  static func url(_ word: String) -> String {
    let word = plain(word)
    let quote = quote(word)
    guard let scheme = word.firstRange(of: "://") else {
      if word.hasPrefix("/") { return "/" }
      return quote.isEmpty ? word : mark
    }
    var rest = word[scheme.upperBound...]
    var kept = word[..<scheme.upperBound]
    if rest.hasPrefix("unix:") {
      kept = word[..<rest.index(rest.startIndex, offsetBy: 5)]
      rest = word[kept.endIndex...]
      let path = rest.prefix { $0 != ":" && $0 != "\"" && $0 != "'" }
      return kept + path + quote
    }
    let authority = rest.prefix { !["/", "?", "\"", "'"].contains($0) }
    let goesOn = rest[authority.endIndex...].first.map { $0 == "/" || $0 == "?" } ?? false
    return kept + authority + (goesOn ? "/" : "") + quote
  }

  /// For a host name, which may have wildcards.
  static func host(_ word: String) -> String {
    consists(bare(word), of: "-_.*$") && word.utf8.count <= 256 ? word : mark
  }

  /// For a location: the way of comparing and the first component of the path if that has only letters, such as
  /// `= /api/`.
  static func location(_ word: String) -> String {
    if ["=", "~", "~*", "^~"].contains(word) { return word }
    guard word.hasPrefix("/") else { return mark }
    let part = word.dropFirst().prefix { $0 != "/" }
    guard part.utf8.count <= 20,
      part.utf8.allSatisfy({ isAlphanumeric($0) && !(48...57).contains($0) || $0 == 45 || $0 == 95 })
    else { return "/" }
    return "/" + part + (part.endIndex < word.endIndex ? "/" : "")
  }

  /// Whether a variable (`$name`) is one that says where nginx forwards to.
  static func leads(_ variable: String) -> Bool {
    let name = variable.lowercased()
    return name.hasPrefix("$") && !closed.contains { name.contains($0) } && leading.contains { name.contains($0) }
  }

  /// Whether a value may be an address or a part of one.
  static func isTarget(_ word: String) -> Bool {
    let bare = bare(word)
    guard !bare.isEmpty, bare.utf8.count <= 80, consists(bare, of: "-_.:/${}[]") else { return false }
    var run = 0
    for byte in bare.utf8 {
      run = isAlphanumeric(byte) ? run + 1 : 0
      if run >= 24 { return false }
    }
    return true
  }

  /// For a part of a `log_format`: its variables and the text between them, without words that have digits.
  static func format(_ word: String) -> String {
    let bytes = Array(word.utf8)
    var result: [UInt8] = []
    var index = 0
    var isVariable = false
    while index < bytes.count {
      let start = index
      var hasDigit = false
      while index < bytes.count, isAlphanumeric(bytes[index]) || bytes[index] == 95 {
        hasDigit = hasDigit || (48...57).contains(bytes[index])
        index += 1
      }
      if index > start {
        let isLong = index - start > 24
        result += !isVariable && (hasDigit || isLong) ? Array(mark.utf8) : Array(bytes[start..<index])
        isVariable = false
        continue
      }
      let byte = bytes[index]
      if byte < 32 || byte > 126 { return mark }
      isVariable = byte == UInt8(ascii: "$") || (isVariable && byte == UInt8(ascii: "{"))
      result.append(byte)
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }
}

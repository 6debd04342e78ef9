/// The part of a configuration or status file that goes into a bundle: only what Headwater's own readers need.
///
/// Lines keep their numbers, so that `file:line` still leads to them; a line that is left out becomes empty or a mark.
/// Keeping what is needed is safer than removing what looks secret, because nobody knows what all secrets look like.
public struct EvidenceText: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable { case haproxy, nginx, openvpn, status }

  public let content: [UInt8]
  /// How many lines lost something, comments included.
  public let leftOut: Int

  /// - Parameter kind: the program that reads the file; `status` is OpenVPN's status file.
  public init(_ content: [UInt8], kind: Kind) {
    // One character per byte: the programs read these files this way, and so does awk.
    let lines = content.split(separator: 10, omittingEmptySubsequences: false).map { line in
      String(String.UnicodeScalarView(line.lazy.filter { $0 != 13 }.map { Unicode.Scalar($0) }))
    }
    let kept: [String]
    switch kind {
    case .haproxy:
      var filter = HAProxyEvidence()
      kept = lines.map { filter.line($0) }
    case .openvpn:
      var filter = OpenVPNEvidence()
      kept = lines.map { filter.line($0) }
    case .status: kept = lines.map { OpenVPNStatusEvidence.isRow($0) ? $0 : "" }
    case .nginx: kept = NginxEvidence.lines(lines)
    }
    var leftOut = 0
    var result: [String] = []
    for (line, kept) in zip(lines, kept) {
      let isWhole = Self.squeezed(line) == Self.squeezed(kept)
      if !isWhole { leftOut += 1 }
      result.append(isWhole ? line : kept.isEmpty ? "" : line.prefix { $0 == " " || $0 == "\t" } + kept)
    }
    self.content = result.joined(separator: "\n").unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    self.leftOut = leftOut
  }

  /// The line's words, regardless of the number of spaces between them.
  private static func squeezed(_ line: String) -> [Substring] { line.split { $0 == " " || $0 == "\t" } }
}

/// The words of a line as HAProxy and OpenVPN split it, with their quotes and without the comment.
///
/// - Parameters:
///   - comments: the characters that begin a comment.
///   - isAnywhere: whether a comment may begin inside a word.
/// - Returns: nil if a quote is not closed.
func evidenceWords(_ line: String, comments: Set<Character>, isAnywhere: Bool) -> [String]? {
  var words: [String] = []
  var word = ""
  var quote: Character?
  var characters = line.makeIterator()
  while let character = characters.next() {
    if let open = quote {
      word.append(character)
      if character == "\\", open == "\"" {
        if let next = characters.next() { word.append(next) }
      } else if character == open {
        quote = nil
      }
    } else if character == " " || character == "\t" {
      if !word.isEmpty { words.append(word) }
      word = ""
    } else if comments.contains(character), isAnywhere || word.isEmpty {
      break
    } else if character == "\\" {
      word.append(character)
      if let next = characters.next() { word.append(next) }
    } else {
      if character == "\"" || character == "'" { quote = character }
      word.append(character)
    }
  }
  guard quote == nil else { return nil }
  if !word.isEmpty { words.append(word) }
  return words
}

/// Applies a rule of `EvidenceRules` to a statement.
enum EvidenceStatement {
  private static let parameters = EvidenceRules.words(EvidenceRules.parameters)
  private static let valued = EvidenceRules.words(EvidenceRules.valued)

  static func kept(_ words: [String], rule: String) -> [String] {
    var result = [words[0]]
    let arguments = Array(words.dropFirst())
    let kinds = Set(rule)
    let count = kinds.contains("*") ? arguments.count : min(arguments.count, Int(rule.prefix { $0.isNumber }) ?? 0)
    for (index, word) in arguments.prefix(count).enumerated() {
      let text: String =
        switch true {
        case kinds.contains("h"): EvidenceWords.host(word)
        case kinds.contains("l"): EvidenceWords.location(word)
        case kinds.contains("x"): EvidenceWords.mark
        case kinds.contains("f") && index > 0: EvidenceWords.format(word)
        case kinds.contains("u") && index == count - 1: EvidenceWords.url(word)
        default: EvidenceWords.plain(word)
        }
      result.append(text)
    }
    if kinds.contains("x"), count > 1 { result.removeLast(count - 1) }
    guard kinds.contains("+") || kinds.contains("i") else { return result }
    var index = count
    while index < arguments.count {
      let word = arguments[index]
      if kinds.contains("i") {
        if word == "if" || word == "unless" { return result + [word, EvidenceWords.mark] }
      } else if parameters.contains(word) {
        result.append(word)
      } else if valued.contains(word), index + 1 < arguments.count {
        result += [word, EvidenceWords.plain(arguments[index + 1])]
        index += 1
      }
      index += 1
    }
    return result
  }
}

/// Keeps what is needed of haproxy.cfg, line by line.
private struct HAProxyEvidence {
  private static let rules = EvidenceRules.table(EvidenceRules.haproxy)
  private static let closed = EvidenceRules.words(EvidenceRules.closedSections)
  private static let open: Set<String> = ["global", "defaults", "frontend", "backend", "listen"]
  private var isClosed = false

  mutating func line(_ line: String) -> String {
    guard let words = evidenceWords(line, comments: ["#"], isAnywhere: true), let name = words.first,
      let rule = Self.rules[name]
    else { return "" }
    if Self.closed.contains(name) { isClosed = true } else if Self.open.contains(name) { isClosed = false }
    if isClosed, !Self.closed.contains(name) { return "" }
    if name == "stats", words.count < 2 || words[1] != "socket" { return "" }
    return EvidenceStatement.kept(words, rule: rule).joined(separator: " ")
  }
}

/// Keeps what is needed of an OpenVPN configuration, line by line. Inline files such as `<key>` are left out with their
/// tags.
private struct OpenVPNEvidence {
  private static let rules = EvidenceRules.table(EvidenceRules.openvpn)
  private var closing: String?

  mutating func line(_ line: String) -> String {
    let bare = line.drop { $0 == " " || $0 == "\t" }
    if let closing {
      if bare.hasPrefix(closing) { self.closing = nil }
      return ""
    }
    if bare.hasPrefix("<"), !bare.hasPrefix("</"), !bare.hasPrefix("<connection>") {
      closing = "</" + bare.dropFirst().prefix { $0 != ">" } + ">"
      return ""
    }
    guard let words = evidenceWords(line, comments: ["#", ";"], isAnywhere: false), var name = words.first else {
      return ""
    }
    if name.hasPrefix("--") { name.removeFirst(2) }
    guard let rule = Self.rules[name] else { return "" }
    return EvidenceStatement.kept(words, rule: rule).joined(separator: " ")
  }
}

/// Keeps what is needed of an OpenVPN status file, line by line. A line that is no row of a status file is left out,
/// because the file may be a different one.
private enum OpenVPNStatusEvidence {
  private static let titles: Set<String> = [
    "OpenVPN CLIENT LIST", "ROUTING TABLE", "GLOBAL STATS", "END",
    "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since",
    "Virtual Address,Common Name,Real Address,Last Ref",
  ]
  private static let marks: Set<String> = [
    "TITLE", "TIME", "HEADER", "CLIENT_LIST", "ROUTING_TABLE", "GLOBAL_STATS",
  ]

  static func isRow(_ line: String) -> Bool {
    if titles.contains(line) || line.hasPrefix("Updated,") || line.hasPrefix("Max bcast/mcast queue length,") {
      return true
    }
    let fields = line.split(separator: line.contains("\t") ? "\t" : ",", omittingEmptySubsequences: false)
    if fields.count > 1, marks.contains(String(fields[0])) { return true }
    if fields.count == 5 { return isNumber(fields[2]) && isNumber(fields[3]) }
    return fields.count == 4 && !fields[0].isEmpty && EvidenceWords.consists(fields[0], of: ".:/@")
      && isPlace(fields[2])
  }

  private static func isNumber(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 < 10 } }

  /// Whether the text is an address with a port, with or without a prefix such as `udp4:`.
  private static func isPlace(_ text: Substring) -> Bool {
    !text.isEmpty && EvidenceWords.consists(text, of: ".:[]-_") && text.contains { $0 == "." || $0 == ":" }
  }
}

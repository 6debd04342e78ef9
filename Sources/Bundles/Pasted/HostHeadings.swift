/// The lines of a text that say which host the following lines are of, where one command ran on several hosts: those of
/// ansible, pssh, salt and clush, and those that a person's loop prints (`=== web1 ===`).
struct HostHeadings {
  struct Heading: Hashable {
    var host: String
    /// Whether a person, or a person's loop, wrote it, and no program.
    var isWritten: Bool
    /// How far the lines below are indented.
    var indent = 0
  }

  /// A line with its host in front: `web1: ESTAB …` of clush and pdsh, `[web1] out: ESTAB …` of fabric.
  struct Prefixed: Hashable {
    var host: String
    var text: String
  }

  private var headings: [Int: Heading] = [:]
  private var prefixed: [Int: Prefixed] = [:]

  init() {}

  /// - Parameter texts: the lines, from number 1.
  init(_ texts: [String]) {
    var written: [(line: Int, mark: Character, name: String)] = []
    var loops: Set<Substring> = []
    for (index, text) in texts.enumerated() where text.utf8.count < 2048 {
      if let host = Self.printed(text) ?? Self.gathered(texts, index) {
        headings[index + 1] = Heading(host: host, isWritten: false)
      } else if let host = Self.salt(texts, index) {
        headings[index + 1] = Heading(host: host, isWritten: false, indent: 4)
      } else if let (mark, name) = Self.marked(text) {
        written.append((index + 1, mark, name))
      }
      if text.contains("for "), text.contains(" in ") { loops.formUnion(Self.listed(text)) }
      if text.contains("ssh ") { loops.formUnion(text.split { " '\";@".contains($0) }) }
    }
    for found in written {
      let others = written.filter { $0.mark == found.mark && $0.name != found.name }
      let isNamed = loops.contains(found.name[...])
      guard isNamed || others.contains(where: { Self.areAlike($0.name, found.name) }) else { continue }
      headings[found.line] = Heading(host: found.name, isWritten: true)
    }
    readPrefixes(texts)
  }

  func heading(_ line: Int) -> Heading? { headings[line] }

  func prefixed(_ line: Int) -> Prefixed? { prefixed[line] }

  /// Finds the hosts in front of lines: those of which a line is then one of a listing.
  private mutating func readPrefixes(_ texts: [String]) {
    var hosts: Set<String> = []
    for text in texts where text.utf8.count < 4096 {
      guard let found = Self.prefixed(text), !hosts.contains(found.host) else { continue }
      let isListing =
        PastedOutputs.claiming(text, after: nil) == nil
        && PastedOutputs.claiming(found.text, after: nil)?.isListing == true
      if isListing { hosts.insert(found.host) }
    }
    guard !hosts.isEmpty else { return }
    for (index, text) in texts.enumerated() where text.utf8.count < 65536 {
      guard let found = Self.prefixed(text), hosts.contains(found.host) else { continue }
      prefixed[index + 1] = found
    }
  }

  private static func prefixed(_ text: String) -> Prefixed? {
    guard let first = text.first, first == "[" || first.isLetter || first.isNumber,
      let sign = text.firstRange(of: first == "[" ? "] out: " : ": ")
    else { return nil }
    let name = first == "[" ? text[..<sign.lowerBound].dropFirst() : text[..<sign.lowerBound]
    let host = name.split(separator: "@").last ?? name
    guard isName(host) else { return nil }
    return Prefixed(host: String(host), text: String(text[sign.upperBound...]))
  }

  /// Reads `web1 | CHANGED | rc=0 >>` of ansible, `[1] 21:33:01 [SUCCESS] web1` of pssh.
  private static func printed(_ text: String) -> String? {
    if text.contains(" | ") {
      let parts = text.components(" | ")
      let states = ["CHANGED", "SUCCESS", "FAILED", "UNREACHABLE"]
      if parts.count >= 2, states.contains(where: parts[1].hasPrefix), text.hasSuffix(">>") || text.hasSuffix("{"),
        isName(parts[0])
      {
        return String(parts[0])
      }
    }
    guard text.first == "[" else { return nil }
    let words = PastedWords.split(text)
    guard words.count >= 4, words[0].dropFirst().dropLast().allSatisfy(\.isNumber), words[0].last == "]",
      words[1].filter({ $0 == ":" }).count == 2, words[2] == "[SUCCESS]" || words[2] == "[FAILURE]"
    else { return nil }
    let name = words[3].split(separator: "@").last ?? words[3]
    let host = name.split(separator: ":").first ?? name
    return isName(host) ? String(host) : nil
  }

  /// Reads `web1:` of salt, whose lines below are indented.
  private static func salt(_ texts: [String], _ index: Int) -> String? {
    let text = texts[index]
    guard text.last == ":", text.first != " ", index + 1 < texts.count, texts[index + 1].hasPrefix("    "),
      isName(text.dropLast())
    else { return nil }
    // `ifconfig` of macOS and others have names with details below them; a host's whole output is below its name.
    let below = texts[(index + 1)...].prefix { $0.hasPrefix("    ") || $0.isEmpty }
    let isWhole = below.contains { line in
      let plain = line.drop { $0 == " " }
      return PastedOutputs.claiming(String(plain), after: nil)?.isListing == true
    }
    return isWhole ? String(text.dropLast()) : nil
  }

  /// Reads `web1` between two lines of hyphens, as `clush -b` prints it.
  private static func gathered(_ texts: [String], _ index: Int) -> String? {
    guard index > 0, index + 1 < texts.count, isRule(texts[index - 1]), isRule(texts[index + 1]), isName(texts[index])
    else { return nil }
    return texts[index]
  }

  private static func isRule(_ text: String) -> Bool { text.utf8.count >= 8 && text.allSatisfy { $0 == "-" } }

  /// Reads `=== web1 ===`, `## web1`, `--- web1:`.
  private static func marked(_ text: String) -> (Character, String)? {
    guard let mark = text.first, "=#-*>".contains(mark), text.utf8.count < 200 else { return nil }
    let isMark = { (character: Character) in
      character == mark || character == " " || character == "<" || character == ":"
    }
    var rest = text[...].drop(while: isMark)
    let count = text.prefix { $0 == mark }.count
    while let last = rest.last, isMark(last) { rest = rest.dropLast() }
    let name = rest.split(separator: "@").last ?? rest
    guard count > 1 || text.hasPrefix("# "), isName(name), !rest.contains(" ") else { return nil }
    return (mark, String(name))
  }

  /// The words of `for h in web db; do`.
  private static func listed(_ text: String) -> [Substring] {
    guard let start = text.firstRange(of: " in ") else { return [] }
    let end = text[start.upperBound...].firstIndex { $0 == ";" } ?? text.endIndex
    return PastedWords.split(text[start.upperBound..<end])
  }

  /// Whether two names are of hosts by their form: full names, or one word with different numbers (`web1`, `web2`).
  private static func areAlike(_ one: String, _ other: String) -> Bool {
    func stem(_ name: String) -> String { String(name.reversed().drop { $0.isNumber }.reversed()) }
    let labels = [one, other].map { $0.split(separator: ".") }
    if labels.allSatisfy({ $0.count > 2 }) { return labels[0].suffix(2) == labels[1].suffix(2) }
    let (first, second) = (stem(one), stem(other))
    guard first == second, first.count > 1, one != first, other != second else { return false }
    let word = first.lowercased().filter(\.isLetter)
    return !sections.contains(word)
  }

  /// Words that number sections, interfaces and other things than hosts.
  private static let sections: Set<String> = [
    "ipv", "ip", "tcp", "udp", "eth", "ens", "eno", "enp", "wlan", "tun", "tap", "wg", "br", "veth", "docker", "bond",
    "step", "part", "run", "test", "try", "round", "reading", "sample", "take", "v", "t", "section", "output",
    "snapshot", "pass", "attempt", "iteration", "time", "no", "nr", "page", "case", "example", "log", "file", "cpu",
    "phase", "window", "tab", "term", "terminal", "pane", "screen", "paste", "listing", "capture", "dump", "minute",
  ]

  private static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.first, first.isLetter || first.isNumber, text.utf8.count < 128,
      text.contains(where: \.isLetter)
    else { return false }
    return text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
        || byte == 95
    }
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] {
    var result: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      result.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return result + [rest]
  }
}

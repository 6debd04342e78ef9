/// Removes what must stay private from texts: passwords, tokens, query strings, environment variables.
///
/// `EvidenceText` does the same for configurations.
public enum SecretFilter {
  public static let mark = "(left-out)"

  // MARK: Command lines

  /// The program, its script and the names of its options, without any values, because a secret value can't be
  /// recognised by its looks.
  public static func command(_ words: [String]) -> [String] {
    guard let first = words.first else { return [] }
    var result = [program(first)]
    var script = interpreters.contains { Self.name(first).hasPrefix($0) }
    for word in words.dropFirst() {
      if word.hasPrefix("-"), word != "-" {
        // `python3 -c PROGRAM`, `sh -c PROGRAM`: the next word is no script.
        if ["-c", "-e", "-m"].contains(word) { script = false }
        result.append(option(word))
      } else if script, isPath(word) {
        result.append(word)
        script = false
      } else if result.last != mark {
        result.append(mark)
      }
    }
    return result
  }

  private static let interpreters = [
    "python", "sh", "bash", "dash", "zsh", "ash", "perl", "ruby", "node", "php", "lua", "java", "deno", "bun",
  ]

  private static func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }

  /// A path, or the start of a title that the program gave itself (`nginx: worker process`).
  private static func program(_ word: String) -> String {
    if isPath(word) { return word }
    let titles = [
      "nginx: master process", "nginx: worker process", "nginx: cache manager process", "nginx: cache loader process",
    ]
    if let title = titles.first(where: word.hasPrefix) { return word == title ? title : "\(title) \(mark)" }
    let start = word.prefix { $0 != " " }
    return isPath(String(start.drop { $0 == "-" })) || start.hasSuffix(":") && isPath(String(start.dropLast()))
      ? "\(start) \(mark)" : mark
  }

  /// Whether the word is a path of usual letters, without a part that looks machine-made (such as a token).
  private static func isPath(_ word: String) -> Bool {
    guard !word.isEmpty, word.utf8.count <= 256, Self.consists(word, of: "/._-+") else { return false }
    return word.split(separator: "/").allSatisfy { part in
      part.utf8.count < 40 || part.utf8.allSatisfy { !($0 &- 48 < 10) }
    }
  }

  /// `--name` of `--name=value`, `-p` of `-pvalue`.
  private static func option(_ word: String) -> String {
    if word.hasPrefix("--") {
      let name = word.prefix { $0 != "=" && $0 != ":" && $0 != " " }
      let isName = name.utf8.count <= 40 && name.utf8.allSatisfy { $0 == 45 || $0 == 95 || isLetter($0) }
      guard isName else { return "--\(mark)" }
      return name.endIndex == word.endIndex ? word : "\(name)=\(mark)"
    }
    let letters = word.dropFirst()
    if letters.utf8.count <= 3, letters.utf8.allSatisfy(isLetter) || letters.utf8.count == 1 { return word }
    return "-\(letters.prefix(1))\(mark)"
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }

  /// Whether a word consists of ASCII letters, digits and the characters of `others` only.
  public static func consists(_ word: some StringProtocol, of others: StaticString) -> Bool {
    let others = UnsafeBufferPointer(start: others.utf8Start, count: others.utf8CodeUnitCount)
    return word.utf8.allSatisfy { $0 &- 48 < 10 || isLetter($0) || others.contains($0) }
  }

  // MARK: URLs

  /// The text without passwords, paths and query strings of the URLs in it.
  public static func url(_ text: String) -> String {
    guard text.contains("?") || text.contains("://") else { return text }
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let authority = rest.prefix { !["/", " ", "\"", "'", "?", ";"].contains($0) }
      if authority.contains("@") { result += mark }
      result += authority[(authority.lastIndex(of: "@") ?? authority.startIndex)...]
      rest = rest[authority.endIndex...]
      let path = rest.prefix { ![" ", "\"", "'", ";"].contains($0) }
      if !path.isEmpty { result += path == "/" ? "/" : "/\(mark)" }
      rest = rest[path.endIndex...]
    }
    result += rest
    return withoutQueries(result)
  }

  /// Removes `?name=value…` up to a space or a quote; other question marks (in patterns) stay.
  private static func withoutQueries(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let question = rest.firstIndex(of: "?") {
      result += rest[...question]
      rest = rest[question...].dropFirst()
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || ["_", ".", "-", "%", "["].contains($0)) }
      guard !name.isEmpty, rest[name.endIndex...].first == "=" else { continue }
      result += mark
      rest = rest.drop { ![" ", "\"", "'", ";", "\t"].contains($0) }
    }
    return result + rest
  }
}

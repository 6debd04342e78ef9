/// Leaves out of texts what nobody else may read: keys, passwords, tokens, query strings, environment variables.
///
/// Lines stay where they are, so that `file:line` still leads to them.
public enum SecretFilter {
  public static let mark = "(left-out)"

  /// Parts of words whose value is secret, in lower case.
  private static let names = [
    "password", "passwd", "passphrase", "secret", "token", "privatekey", "private_key", "private-key", "presharedkey",
    "preshared", "api_key", "apikey", "api-key", "access_key", "accesskey", "credential", "authorization", "cookie",
  ]

  private static func isSecret(_ word: some StringProtocol) -> Bool {
    let lower = word.lowercased()
    return names.contains { lower.contains($0) }
  }

  // MARK: Command lines

  /// A command line without what its options give away.
  public static func command(_ words: [String]) -> [String] {
    var result: [String] = []
    var hidesNext = false
    for word in words {
      if hidesNext, !word.hasPrefix("-") {
        // `-e NAME=value`
        result.append(word.firstIndex(of: "=").map { "\(word[..<$0])=\(mark)" } ?? mark)
        hidesNext = false
        continue
      }
      hidesNext = false
      if let equals = word.firstIndex(of: "="), isSecret(word[..<equals]) {
        result.append("\(word[..<equals])=\(mark)")
      } else if word.hasPrefix("-") {
        hidesNext = isSecret(word) || ["-e", "--env"].contains(word)
        result.append(url(word))
      } else if let colon = word.firstIndex(of: ":"), isSecret(word[..<colon]) {
        // `Authorization: Bearer …`
        result.append("\(word[...colon]) \(mark)")
      } else {
        result.append(url(word))
      }
    }
    return result
  }

  // MARK: Configuration files

  /// A configuration file of OpenVPN, HAProxy, nginx, WireGuard or the like.
  public static func file(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    /// What ends the part that is left out: `</key>`, `-----END`.
    var end: String?
    for line in content.split(separator: 10, omittingEmptySubsequences: false) {
      if !result.isEmpty || line.startIndex > content.startIndex { result.append(10) }
      let text = String(decoding: line, as: UTF8.self)
      let bare = text.drop { $0 == " " || $0 == "\t" }
      if let wanted = end {
        guard bare.hasPrefix(wanted) else { continue }
        end = nil
        result += text.utf8
      } else if bare.hasPrefix("-----BEGIN") {
        end = "-----END"
        result += text.utf8
      } else if bare.hasPrefix("<"), let close = bare.firstIndex(of: ">"), bare != "<connection>",
        bare.dropFirst().first != "/"
      {
        end = "</\(bare[bare.index(after: bare.startIndex)..<close])>"
        result += text.utf8
      } else {
        result += self.line(text).utf8
      }
    }
    return result
  }

  /// A line of a configuration.
  public static func line(_ text: String) -> String {
    let isEnded = text.hasSuffix(";")
    let words = text.split { $0 == " " || $0 == "\t" }
    for (index, word) in words.enumerated() {
      let isEnvironment = index == 0 && ["env", "setenv", "presetenv", "export"].contains(word)
      let isLogin = word == "auth" && index > 0 && words[index - 1] == "stats"
      guard isSecret(word) || isEnvironment || isLogin, index + 1 < words.count || word.contains("=") else { continue }
      // The paths of files with secrets are no secrets.
      if !word.contains("="), words[index + 1].hasPrefix("/"), index + 2 >= words.count { continue }
      let end = word.firstIndex { $0 == "=" || $0 == ":" }.map { word.index(after: $0) } ?? word.endIndex
      return "\(text[..<end]) \(mark)\(isEnded ? ";" : "")"
    }
    return url(text)
  }

  // MARK: URLs

  /// A text without the passwords and the query strings of URLs in it.
  public static func url(_ text: String) -> String {
    guard text.contains("?") || text.contains("://") else { return text }
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let authority = rest.prefix { !["/", " ", "\"", "'", "?", ";"].contains($0) }
      if let at = authority.lastIndex(of: "@") {
        result += "\(mark)@"
        rest = rest[rest.index(after: at)...]
      }
    }
    result += rest
    return withoutQueries(result)
  }

  /// `?name=value…` up to a space or a quote; other question marks (of patterns) stay.
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

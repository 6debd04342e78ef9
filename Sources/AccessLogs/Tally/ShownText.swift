/// Paths and agents in a form that may be shown: without queries, logins and other text that may be a secret.
enum ShownText {
  /// `/api/token=…/x`, `/bot123456:…/sendMessage`, `/reset/eyJ…`, `/services/T0/B0/…`.
  static func path(_ key: [UInt8]) -> String {
    let text = LogNames.text(key)
    guard mayHide(text) else { return text }
    var segments = text.split(separator: "/", omittingEmptySubsequences: false).map(segment)
    hideWebhook(&segments)
    return segments.joined(separator: "/")
  }

  /// `x https://…@h/?…`, `bot token=…`, `Bearer …`.
  static func agent(_ key: [UInt8]) -> String {
    let text = LogNames.text(key)
    var words: [String] = []
    var isNextSecret = false
    var isChanged = false
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let shown = isNextSecret && !word.isEmpty ? "…" : self.word(word)
      isNextSecret = ["bearer", "basic", "token", "token:", "authorization:", "apikey:", "password:", "key:"].contains {
        word.lowercased().hasSuffix($0)
      }
      if shown != word { isChanged = true }
      words.append(shown)
    }
    return isChanged ? words.joined(separator: " ") : text
  }

  private static func mayHide(_ path: String) -> Bool {
    path.utf8.contains { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }
      || path.contains("/eyJ") || path.contains("/services/") || path.contains("/hooks/") || path.contains("/webhooks/")
  }

  private static func segment(_ segment: Substring) -> String {
    if let sign = sign(in: segment) { return segment[..<sign] + "…" }
    if isToken(segment) { return "eyJ…" }
    // Telegram's interface: `bot123456:TOKEN`.
    if segment.hasPrefix("bot"), let colon = segment.firstIndex(of: ":"),
      segment[..<colon].dropFirst(3).allSatisfy(\.isNumber)
    {
      return segment[...colon] + "…"
    }
    return String(segment)
  }

  /// Slack's `…/T0000/B0000/TOKEN`, Discord's `/api/webhooks/NUMBER/TOKEN`.
  private static func hideWebhook(_ segments: inout [String]) {
    guard
      let name = segments.firstIndex(where: { ["services", "hooks", "webhooks"].contains($0) }),
      segments.count > name + 2
    else { return }
    let isSlack = segments[name + 1].hasPrefix("T") && segments[name + 2].hasPrefix("B") && segments.count > name + 3
    let isDiscord = segments[name] == "webhooks" && segments[name + 1].allSatisfy(\.isNumber)
    guard isSlack || isDiscord else { return }
    segments.replaceSubrange((name + (isSlack ? 3 : 2))..., with: ["…"])
  }

  private static func word(_ word: Substring) -> String {
    var word = word
    if let scheme = word.firstRange(of: "://") {
      let authority = word[scheme.upperBound...].prefix { !"/?#".contains($0) }
      if let at = authority.lastIndex(of: "@") {
        word = Substring(word[..<scheme.upperBound] + "…" + word[at...])
      }
      if let query = word.firstIndex(of: "?") {
        // What closes after it is no part of it: `(+https://example.org/bot?x)`.
        let rest = word[word.index(after: query)...]
        return word[...query] + (rest.isEmpty ? "" : "…")
          + String(rest.reversed().prefix { ")];,\"".contains($0) }.reversed())
      }
    }
    if let sign = sign(in: word) { return word[..<sign] + "…" }
    return isToken(word) ? "eyJ…" : String(word)
  }

  /// The position behind `=`, also encoded, if something follows.
  private static func sign(in word: Substring) -> Substring.Index? {
    if let sign = word.firstIndex(of: "=") {
      let next = word.index(after: sign)
      return next < word.endIndex ? next : nil
    }
    return word.firstRange(of: "%3D")?.upperBound ?? word.firstRange(of: "%3d")?.upperBound
  }

  /// A JSON web token.
  private static func isToken(_ word: Substring) -> Bool { word.hasPrefix("eyJ") && word.utf8.count >= 12 }
}

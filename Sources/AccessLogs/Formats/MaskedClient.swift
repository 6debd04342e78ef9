/// A client's address that somebody made unreadable before the log was given away: `[REDACTED]`, `<client-ip>`,
/// `x.x.x.x`, `203.0.113.***`.
enum MaskedClient {
  private static let words = ["redact", "hidden", "anonym", "masked", "removed", "censor"]

  static func isMasked(_ text: String) -> Bool {
    guard text.utf8.count < 64 else { return false }
    let lower = text.lowercased()
    if lower.contains(where: { "*\u{2588}\u{2022}\u{2592}\u{2026}".contains($0) })
      || words.contains(where: lower.contains)
    {
      return true
    }
    if let first = lower.first, let last = lower.last, ["[]", "<>", "{}", "()"].contains("\(first)\(last)") {
      // `[2001:db8::1]` is an address.
      return !lower.contains(":")
    }
    let parts = lower.split { $0 == "." || $0 == ":" }
    let masked = parts.filter { part in part.allSatisfy { $0 == "x" } }
    return parts.count >= 4 && !masked.isEmpty
  }
}

extension WireGuardConfiguration {
  /// A comment that may name a peer.
  struct Remark {
    var name: String
    /// Whether the comment itself says that it is a name.
    var isExplicit: Bool

    /// Keywords whose value is the name.
    private static let nameKeys: Set = ["name", "friendly_name", "client", "peer", "client name", "peer name"]
    private static let starts = ["begin_peer ", "begin ", "client ", "peer "]
    private static let ends = ["end_peer", "end "]

    /// Nil for a comment that is no name: the end of a block, a setting that was commented out, anything with a key in
    /// it.
    init?(_ comment: ArraySlice<UInt8>) {
      let isMark = { (byte: UInt8) in byte == UInt8(ascii: "#") || byte == 32 || byte == 9 || byte == 13 }
      var inner = comment.drop(while: isMark)
      while let last = inner.last, isMark(last) { inner.removeLast() }
      // Text that may be a key, even a private one, is not converted into a string.
      guard (1...WireGuardConfiguration.nameLimit * 4).contains(inner.count), !Self.holdsKey(inner) else { return nil }
      let text = String(decoding: inner, as: UTF8.self)
      let lower = text.lowercased()
      if Self.ends.contains(where: lower.hasPrefix) { return nil }
      if let mark = text.firstIndex(where: { $0 == "=" || $0 == ":" }) {
        let key = text[..<mark].lowercased().trimmingBlanks
        let value = String(text[text.index(after: mark)...]).trimmingBlanks
        guard Self.nameKeys.contains(key), !value.isEmpty else { return nil }
        // wg-easy: `Client: NAME (id)`
        let shown = key == "client" ? Self.withoutIdentifier(value) : value
        self.init(shown, isExplicit: true)
        return
      }
      if let start = Self.starts.first(where: lower.hasPrefix) {
        self.init(String(text.dropFirst(start.count)).trimmingBlanks, isExplicit: true)
      } else {
        self.init(text, isExplicit: false)
      }
    }

    private init?(_ name: String, isExplicit: Bool) {
      guard !name.isEmpty else { return nil }
      self.name = String(name.prefix(WireGuardConfiguration.nameLimit))
      self.isExplicit = isExplicit
    }

    /// Whether the text has forty or more characters of base64 or hexadecimal in a row.
    private static func holdsKey(_ text: ArraySlice<UInt8>) -> Bool {
      var run = 0
      for byte in text {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "/"): run += 1
        default: run = 0
        }
        if run >= 40 { return true }
      }
      return false
    }

    /// `alice (7c1b…)` without the part in brackets at its end.
    private static func withoutIdentifier(_ text: String) -> String {
      guard text.hasSuffix(")"), let bracket = text.lastIndex(of: "("), bracket > text.startIndex else { return text }
      return String(text[..<bracket]).trimmingBlanks
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String { String(decoding: Array(utf8)[...].trimmed, as: UTF8.self) }
}

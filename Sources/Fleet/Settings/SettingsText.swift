/// The lines of a settings file, for changes that leave comments, order and other keys as they are.
struct SettingsText {
  var lines: [String]
  private let endsWithNewline: Bool

  init(_ text: String) {
    var parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    endsWithNewline = text.isEmpty || parts.last == ""
    if endsWithNewline { parts.removeLast() }
    lines = parts
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  /// The positions of the lines of `hosts:`: its own line and those of its items.
  struct HostLines {
    /// The index of the line with the key.
    var key: Int
    /// The text behind the colon, without a comment.
    var value: String
    /// The indentation of the items' dashes; nil without items.
    var indent: Int?
    /// The lines of each item, without the comments and blank lines behind it.
    var items: [Range<Int>]
  }

  /// Nil if there is no such key in block style at the start of a line.
  func hostLines() -> HostLines? {
    guard let key = lines.firstIndex(where: { $0.hasPrefix("hosts:") }) else { return nil }
    let value = Self.withoutComment(lines[key].dropFirst("hosts:".count))
    var found = HostLines(key: key, value: value, indent: nil, items: [])
    var start: Int?
    var end = key + 1
    for index in (key + 1)..<max(key + 1, lines.count) {
      let line = lines[index]
      let content = line.drop { $0 == " " }
      if content.isEmpty || content.hasPrefix("#") || content.allSatisfy(\.isWhitespace) { continue }
      let indent = line.count - content.count
      let isItem = content == "-" || content.hasPrefix("- ")
      if isItem, indent == found.indent ?? indent {
        if let start { found.items.append(start..<end) }
        found.indent = indent
        start = index
      } else if indent <= found.indent ?? 0 {
        break
      }
      end = index + 1
    }
    if let start { found.items.append(start..<end) }
    return found
  }

  private static func withoutComment(_ text: Substring) -> String {
    let content = text.drop { $0 == " " }
    let value = content.hasPrefix("#") ? "" : content
    var words = String(value)
    if let comment = words.firstRange(of: " #") { words = String(words[..<comment.lowerBound]) }
    while words.last?.isWhitespace == true { words.removeLast() }
    return words
  }
}

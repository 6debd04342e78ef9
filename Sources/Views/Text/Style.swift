/// How a piece of text is highlighted. Colours are the terminal's own 16, so they suit dark and light backgrounds.
public enum Emphasis: Hashable, Sendable {
  case plain, bold, faint, heading, selected, good, warning, bad
}

/// Whether output may have colours.
public struct Style: Hashable, Sendable {
  public let coloured: Bool

  public init(coloured: Bool) { self.coloured = coloured }

  public static let plain = Style(coloured: false)

  /// Colours only on a terminal, not with `--no-color`, not if `NO_COLOR` is set to anything (no-color.org), and not on
  /// a dumb terminal.
  public init(isTerminal: Bool, noColorOption: Bool, environment: [String: String]) {
    let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    coloured = isTerminal && !noColorOption && !refused && environment["TERM"] != "dumb"
  }

  /// `text` inside the escape sequences (ECMA-48 SGR) for `emphasis`, if colours are allowed.
  func paint(_ text: String, _ emphasis: Emphasis) -> String {
    guard coloured, !text.isEmpty, let code = Self.codes[emphasis] else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private static let codes: [Emphasis: String] = [
    .bold: "1", .faint: "2", .heading: "1;4", .selected: "7", .good: "32", .warning: "33", .bad: "31",
  ]
}

/// One word of a POSIX shell command that is safe to paste: unquoted if no character in it has a meaning for a shell,
/// else in single quotes.
///
/// Names and paths come from others: a container may have any name, and a file may be called `$(reboot)`.
public struct ShellWord: Hashable, Sendable, CustomStringConvertible {
  /// The word as it appears in the command.
  public let description: String

  /// Nil for text that is not safe to show and paste: control characters and line ends (terminals act on them),
  /// direction marks and invisible characters (they change how the rest looks), and the replacement character (the
  /// original bytes were not text).
  public init?(_ text: String) {
    guard text.unicodeScalars.allSatisfy(Self.canStand) else { return nil }
    description = Self.isPlain(text) ? text : Self.quoted(text)
  }

  /// The word for bytes from the kernel; nil also if they are not UTF-8.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    self.init(text)
  }

  /// A word that a program can't take for an option: nil also if it begins with `-`.
  public init?(operand text: String) {
    guard !text.hasPrefix("-") else { return nil }
    self.init(text)
  }

  private static func canStand(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    guard scalar != "\u{FFFD}" else { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
    // No-break and other spaces look like the one that ends a word.
    case .spaceSeparator: return false
    default: return true
    }
  }

  /// `~` and `=` have a meaning for a shell at the start of a word only.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "=") else { return false }
    return text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "/._-:@%+=,".utf8.contains(byte)
    }
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}

/// One word of a line for a POSIX shell, such that it can be pasted: as it is where nothing in it means anything to a shell,
/// else within apostrophes.
///
/// Names and paths come from others: a container is called what its owner likes, a file may be called `$(reboot)`.
public struct ShellWord: Hashable, Sendable, CustomStringConvertible {
  /// As it stands in the line.
  public let description: String

  /// Nil for what can't stand in a line that a person sees and pastes: what a terminal acts on (control characters, line ends),
  /// what changes how the rest looks (marks of direction, invisible characters), and the sign that stands for bytes which were
  /// no text.
  public init?(_ text: String) {
    guard text.unicodeScalars.allSatisfy(Self.canStand) else { return nil }
    description = Self.isPlain(text) ? text : Self.quoted(text)
  }

  /// The same from bytes as the kernel has them; nil also if they are not UTF-8.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    self.init(text)
  }

  /// A word that a program must not take for an option: nil also if it begins with `-`.
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

  /// `~` and `=` mean something at a word's start only, but then they do.
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

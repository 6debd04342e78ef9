/// A POSIX shell command that a person can paste. Literal text stays as it is; each interpolated value becomes one
/// word, quoted if necessary:
///
///     let command: ShellCommand = "cat \(path)"       // cat '/etc/a b'
///     command.text                                    // nil if the path can't stand in a line: see ShellWord
///
/// An interpolated word never begins with `-`, so that no program takes it for an option.
public struct ShellCommand: Hashable, Sendable {
  /// The command; nil if one of its words can't safely be pasted (see `ShellWord`).
  public let text: String?
}

extension ShellCommand: ExpressibleByStringInterpolation {
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text: String? = ""

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) { text?.append(literal) }

    public mutating func appendInterpolation(_ word: String) { append(ShellWord(operand: word)?.description) }

    public mutating func appendInterpolation(_ number: some BinaryInteger) { append("\(number)") }

    public mutating func appendInterpolation(_ address: IPAddress) { append("\(address)") }

    /// Inserts another command, or the words in front of one.
    public mutating func appendInterpolation(_ command: ShellCommand) { append(command.text) }

    private mutating func append(_ part: String?) {
      guard let part else { return text = nil }
      text?.append(part)
    }
  }

  public init(stringLiteral text: String) { self.text = text }
  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

/// A line for a POSIX shell that is printed for a person to paste. What is written in the program stands as it is; what is
/// filled in is one word each, quoted where it must be:
///
///     let command: ShellCommand = "cat \(path)"       // cat '/etc/a b'
///     command.text                                    // nil if the path can't stand in a line: see ShellWord
///
/// A filled-in word never begins with `-`, so that no program takes it for an option.
public struct ShellCommand: Hashable, Sendable {
  /// Nil if one of its words can't stand in a line that is pasted: then there is no such command.
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

    /// A part that is a command itself, or the words before one.
    public mutating func appendInterpolation(_ command: ShellCommand) { append(command.text) }

    private mutating func append(_ part: String?) {
      guard let part else { return text = nil }
      text?.append(part)
    }
  }

  public init(stringLiteral text: String) { self.text = text }
  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

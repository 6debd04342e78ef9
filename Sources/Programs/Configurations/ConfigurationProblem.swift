/// Something in a configuration that could not be read or made sense of; the rest of it is still there.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
  public var place: ConfigurationLine
  /// In a person's words: `include loop`.
  public var text: String

  public init(_ text: String, at place: ConfigurationLine) {
    self.text = text
    self.place = place
  }

  public var description: String { "\(place): \(text)" }
}

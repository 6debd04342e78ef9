/// Something in a configuration that could not be read or understood. The rest of the configuration was read.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
  public var place: ConfigurationLine
  /// The problem in words for people: `include loop`.
  public var text: String

  public init(_ text: String, at place: ConfigurationLine) {
    self.text = text
    self.place = place
  }

  public var description: String { "\(place): \(text)" }
}

/// A remark for people about what an answer is based on.
public struct Note: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// Something is damaged or could not be read, so that the answer may lack it.
    case error
    /// A part was left out or not understood.
    case partial
    /// What was made of it, for those who want to know; nothing is missing.
    case detail
  }

  public let kind: Kind
  public let text: String

  public init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }

  public var description: String { text }

  /// Whether a person has to see it who did not ask for details.
  public func isShown(isVerbose: Bool) -> Bool { isVerbose || kind != .detail }

  /// The same note with the name of its host in front.
  public func on(_ host: String) -> Note { Note(kind, "\(host): \(text)") }
}

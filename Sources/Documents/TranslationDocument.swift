public import Flows

/// The answer of `headwater nat` (`headwater.nat/1`).
public struct TranslationDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.nat/1"

  public var schema = Self.schema
  public var host: String
  /// The flow in the question.
  public var asked: String
  /// The flow as the initiator sent it, before translation; nil if no tracked connection has these endpoints.
  public var original: Flow?
  /// The flow as the responder sees it, from initiator to responder.
  public var translated: Flow?
  /// How long the lookup took, in seconds.
  public var seconds: Double?

  public init(host: String, asked: String, original: Flow? = nil, translated: Flow? = nil, seconds: Double? = nil) {
    self.host = host
    self.asked = asked
    self.original = original
    self.translated = translated
    self.seconds = seconds
  }

  /// Whether a connection was found and NAT translates one of its ends.
  public var isTranslated: Bool { original != translated }
}

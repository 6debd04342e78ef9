public import Flows

/// Asks for the connection-tracking entry of a flow, which may be either direction's tuple, before or after
/// translation; nil if there is none.
public struct TranslationQuestion: Question {
  public static let name = "translation"
  public var flow: Flow
  public var place: Place

  public init(of flow: Flow, in place: Place) {
    self.flow = flow
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case flow
    case place = "namespace"
  }

  public var scope: Scope<Translation?> { .place(place) }
  public var asAsked: Self { Self(of: flow, in: place.asAsked) }
  public var description: String { "look up \(flow) in connection tracking" }
}

/// One connection as the kernel's connection tracking has it, before and after translation.
public struct Translation: Hashable, Sendable, Codable, HostIndependent {
  /// The flow as the initiator sent it, before translation.
  public var original: Flow
  /// The flow as the responder sees it, after translation, from initiator to responder.
  public var translated: Flow

  public init(original: Flow, translated: Flow) {
    self.original = original
    self.translated = translated
  }

  public var isTranslated: Bool { original != translated }
}

public import Flows

/// The connection-tracking entry that a flow belongs to, by either direction's tuple, before or after translation; nil if
/// there is none.
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
  public var description: String { "look up \(flow) in connection tracking of \(place.namespace)" }
}

/// One connection as the kernel tracks it, both ways.
public struct Translation: Hashable, Sendable, Codable, HostIndependent {
  /// As the initiator sent it, before any translation.
  public var original: Flow
  /// As the responder sees it, after translation, from initiator to responder.
  public var translated: Flow

  public init(original: Flow, translated: Flow) {
    self.original = original
    self.translated = translated
  }

  public var isTranslated: Bool { original != translated }
}

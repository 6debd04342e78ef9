public import Flows

/// Asks what the rules of a place do with packets. The host copies its rules into a namespace of their own and sends the
/// packets there; nothing passes its own rules.
public struct FirewallQuestion: Question {
  public static let name = "firewall"
  public var place: Place
  public var attempts: [FirewallAttempt]
  /// The sockets that serve in the place.
  public var listeners: [FirewallListener]
  /// Whether each rule that a packet meets is wanted.
  public var explains: Bool

  public init(
    _ attempts: [FirewallAttempt], at listeners: [FirewallListener], in place: Place, explains: Bool = false
  ) {
    self.attempts = attempts
    self.listeners = listeners
    self.place = place
    self.explains = explains
  }

  private enum CodingKeys: String, CodingKey {
    case attempts, listeners, explains
    case place = "namespace"
  }

  /// How many packets one question may have.
  public static let limit = 4096

  public var scope: Scope<FirewallAnswer> { .place(place) }
  public var asAsked: Self { Self(attempts, at: listeners, in: place.asAsked, explains: explains) }
  public var objection: String? {
    attempts.count <= Self.limit && listeners.count <= Self.limit ? nil : "more than \(Self.limit) packets or sockets"
  }
  public var description: String { "try \(attempts.count) packets in a copy of the firewall" }
}

extension FirewallAnswer: HostIndependent {}

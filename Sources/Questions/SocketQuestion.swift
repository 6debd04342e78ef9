public import Flows

/// Asks for the socket whose local end is `flow.source` and whose remote end is `flow.destination`; nil if there is
/// none now.
public struct SocketQuestion: Question {
  public static let name = "socket"
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

  public var scope: Scope<SocketAnswer?> { .place(place) }
  public var asAsked: Self { Self(of: flow, in: place.asAsked) }
  public var description: String { "look up the socket of \(flow)" }
}

/// A socket that exists now.
public struct SocketAnswer: Hashable, Sendable, Codable {
  public var owner: Owner
  /// The socket's state: `established`, `listening`, …; `unlisted` if recorded outputs do not show whether the socket
  /// exists.
  public var state: String

  /// The state of a socket that no recorded output shows. The owner's reason says what to collect.
  public static let unlisted = "unknown"
  /// Whether the socket is known to exist.
  public var isThere: Bool { state != Self.unlisted }

  public init(owner: Owner, state: String) {
    self.owner = owner
    self.state = state
  }
}

extension SocketAnswer: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { Self(owner: owner.withoutSecrets(), state: state) }
}

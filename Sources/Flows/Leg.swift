/// A flow as it appears at one place. NAT turns one leg into another.
public struct Leg: Hashable, Sendable, Codable {
  public var place: Place
  public var flow: Flow

  public init(_ flow: Flow, at place: Place) {
    self.place = place
    self.flow = flow
  }

  /// The same leg with the flow's endpoints exchanged.
  public var reversed: Leg { Leg(flow.reversed, at: place) }

  /// A key that is equal for both directions of the leg.
  public var unordered: Leg { Leg(flow.unordered, at: place) }
}

/// A flow as it appears at one place: before or after a translation it is another leg.
public struct Leg: Hashable, Sendable, Codable {
  public var place: Place
  public var flow: Flow

  public init(_ flow: Flow, at place: Place) {
    self.place = place
    self.flow = flow
  }

  /// The same leg, named from its other end.
  public var reversed: Leg { Leg(flow.reversed, at: place) }

  /// The same for both directions.
  public var unordered: Leg { Leg(flow.unordered, at: place) }
}

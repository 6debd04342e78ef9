/// How well two sequences of events are the same one seen from two places.
public struct Agreement: Hashable, Sendable, Codable {
  /// Events that lie in the time that both sequences cover.
  public var events: Int
  public var otherEvents: Int
  /// The time that both cover, in seconds.
  public var seconds: Double
  /// Events a second in that time.
  public var rate: Double
  public var otherRate: Double
  /// How much later the other sequence's clock shows the same event, in seconds: the best lag within those allowed.
  public var lag: Double
  /// Pearson's correlation of the counts per bin after that lag: -1 to 1, 0 if one of them never varies.
  public var correlation: Double
  /// The share of the events, 0 to 1, that have one of the other's events within the tolerance after that lag, each
  /// used once.
  public var matched: Double
  /// The same share of the other sequence's events.
  public var otherMatched: Double
  /// The mean share of matched events when the other sequence is moved by times where nothing can fit, each time with
  /// the best lag: what chance alone gives. Two pollers with the same period fit by chance as well.
  public var chance: Double
  /// The largest of the shares that chance gave.
  public var chanceAtMost: Double
}

/// How well two sequences of events agree, as if they were one sequence seen from two places.
public struct Agreement: Hashable, Sendable, Codable {
  /// The number of events in the time that both sequences cover.
  public var events: Int
  public var otherEvents: Int
  /// The length of that time in seconds.
  public var seconds: Double
  /// The first sequence's events per second, in the time that both cover.
  public var rate: Double
  public var otherRate: Double
  /// How many seconds later the other sequence's clock shows the same event: the best lag among those allowed.
  public var lag: Double
  /// Pearson's correlation of the counts per bin after that lag: -1 to 1; 0 if one of them never varies.
  public var correlation: Double
  /// The share of the events (0 to 1) that have an event of the other sequence within the tolerance after that lag.
  /// Each event is used once.
  public var matched: Double
  /// The same share of the other sequence's events.
  public var otherMatched: Double
  /// The mean share of matched events by chance: when the other sequence is shifted by times at which nothing can
  /// match, each time with the best lag. Two pollers with the same period also match by chance.
  public var chance: Double
  /// The largest of the shares by chance.
  public var chanceAtMost: Double
}

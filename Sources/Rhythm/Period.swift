/// The number of gaps of about one length between consecutive events.
public struct Gap: Hashable, Sendable, Codable {
  /// The middle of the gaps counted here.
  public var seconds: Double
  public var count: Int

  public init(seconds: Double, count: Int) {
    self.seconds = seconds
    self.count = count
  }
}

/// Events that repeat after the same time, with the evidence.
public struct Period: Hashable, Sendable, Codable {
  /// The time from one event of a poller to its next: the mean of the linked gaps.
  public var seconds: Double
  /// The standard deviation of those gaps as a share of the period, without the part that coarse time stamps add; 0 is
  /// perfectly regular.
  public var jitter: Double
  /// 0 to 1: how certain it is that this is no coincidence, and how many of the gaps fit.
  public var confidence: Double
  /// How many events it explains.
  public var count: Int
  /// How many pollers with this period run at the same time. If time stamps are too coarse to distinguish n of them
  /// from one that is n times as fast, the latter is assumed.
  public var pollers: Int
  /// The first and the last event that it explains, in seconds since 1970.
  public var first: Double
  public var last: Double
  /// How many events are missing in between, because a poller was off or later than its jitter allows.
  public var missed: Int
  /// The gaps around the period, shortest first: the evidence.
  public var histogram: [Gap]

  public init(
    seconds: Double, jitter: Double, confidence: Double, count: Int, pollers: Int, first: Double, last: Double,
    missed: Int, histogram: [Gap]
  ) {
    self.seconds = seconds
    self.jitter = jitter
    self.confidence = confidence
    self.count = count
    self.pollers = pollers
    self.first = first
    self.last = last
    self.missed = missed
    self.histogram = histogram
  }
}

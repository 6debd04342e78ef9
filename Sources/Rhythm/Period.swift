/// How often gaps of about one length occur between events that follow each other.
public struct Gap: Hashable, Sendable, Codable {
  /// The middle of the gaps counted here.
  public var seconds: Double
  public var count: Int

  public init(seconds: Double, count: Int) {
    self.seconds = seconds
    self.count = count
  }
}

/// Events that come again and again after the same time, and the evidence for that.
public struct Period: Hashable, Sendable, Codable {
  /// From one event of a poller to its next: the mean of the gaps that were linked.
  public var seconds: Double
  /// The standard deviation of those gaps as a share of the period, less what whole time stamps add; 0 is a clockwork.
  public var jitter: Double
  /// 0 to 1: how sure it is that this is no chance, and how many of the gaps there are fit.
  public var confidence: Double
  /// How many events it explains.
  public var count: Int
  /// How many pollers with this period run at a time. Time stamps too coarse to tell n of them from one that is n times
  /// as fast show the latter.
  public var pollers: Int
  /// The first and the last event that it explains, in seconds since 1970.
  public var first: Double
  public var last: Double
  /// How many events are missing between those, because a poller was off or late by more than its jitter.
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

/// Which requests are counted, and which periods are compared. Milliseconds since the epoch, ends excluded.
public struct LogPeriods: Hashable, Sendable {
  /// Requests outside are not counted.
  public var since = Int64.min
  public var until = Int64.max
  /// Where the recent period begins, which lasts until `until`; nil if nothing is compared.
  public var recent: Int64?
  /// Where the period before it begins.
  public var before: Int64?
  /// Stamps outside are of a clock that was wrong: they are counted apart. Nobody wrote such logs before 1995, and nobody
  /// writes of what is to come.
  public var earliest: Int64 = 788_918_400_000
  public var latest = Int64.max

  public init() {}

  /// What is later than an hour from `now` is of a wrong clock.
  public mutating func refuseFuture(of now: Double) { latest = Self.milliseconds(now + 3600) }

  /// Whether a stamp can be one of a clock that was right.
  @inline(__always)
  func isPlausible(_ time: Int64) -> Bool { time >= earliest && time <= latest }

  /// Seconds since the epoch; nil is open. The period before a window has its length.
  public init(since: Double?, until: Double?, now: Double) {
    if let since { self.since = Self.milliseconds(since) }
    if let until { self.until = Self.milliseconds(until) }
    guard since != nil else { return }
    recent = self.since
    before = self.since - max(1, min(self.until, Self.milliseconds(now)) - self.since)
  }

  /// Everything is counted; the last day, or the second half if there is less than two days, is compared with the same time
  /// before.
  public init(comparingWithin first: Double, _ last: Double) {
    let length = min(86400, (last - first) / 2)
    guard length >= 1 else { return }
    recent = Self.milliseconds(last - length) + 1
    before = Self.milliseconds(last - 2 * length) + 1
  }

  private static func milliseconds(_ seconds: Double) -> Int64 {
    Int64(max(-1e15, min(1e15, seconds * 1000)).rounded())
  }

  /// The first time that matters.
  var start: Int64 { min(since, before ?? since) }

  @inline(__always)
  func share(_ time: Int64) -> PeriodShare {
    guard time < until, isPlausible(time) else { return PeriodShare() }
    let isIn = time >= since
    guard let recent, let before else { return PeriodShare(inWindow: isIn ? 1 : 0) }
    return PeriodShare(
      inWindow: isIn ? 1 : 0, recent: time >= recent ? 1 : 0, before: time >= before && time < recent ? 1 : 0)
  }
}

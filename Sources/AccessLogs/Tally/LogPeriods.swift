/// Which requests are counted, and which periods are compared. In milliseconds since the epoch; ends are excluded.
public struct LogPeriods: Hashable, Sendable {
  /// The window; requests outside are not counted.
  public var since = Int64.min
  public var until = Int64.max
  /// The start of the recent period, which lasts until `until`; nil if nothing is compared.
  public var recent: Int64?
  /// The start of the period before the recent one.
  public var before: Int64?
  /// Time stamps outside these limits come from a wrong clock and are counted separately. There are no such logs before
  /// 1995, and none of the future.
  public var earliest: Int64 = 788_918_400_000
  public var latest = Int64.max

  public init() {}

  /// Sets the latest plausible time to one hour after `now`.
  public mutating func refuseFuture(of now: Double) { latest = Self.milliseconds(now + 3600) }

  /// Whether a time stamp may come from a correct clock.
  @inline(__always)
  func isPlausible(_ time: Int64) -> Bool { time >= earliest && time <= latest }

  /// The periods for a window; the period before it has the same length.
  ///
  /// - Parameters:
  ///   - since: seconds since the epoch; nil for no limit.
  ///   - until: seconds since the epoch; nil for no limit.
  ///   - now: the present, in seconds since the epoch.
  public init(since: Double?, until: Double?, now: Double) {
    if let since { self.since = Self.milliseconds(since) }
    if let until { self.until = Self.milliseconds(until) }
    guard since != nil else { return }
    recent = self.since
    before = self.since - max(1, min(self.until, Self.milliseconds(now)) - self.since)
  }

  /// Counts everything. The last day (or the second half, if there are less than two days) is compared with the same
  /// time before.
  public init(comparingWithin first: Double, _ last: Double) {
    let length = min(86400, (last - first) / 2)
    guard length >= 1 else { return }
    recent = Self.milliseconds(last - length) + 1
    before = Self.milliseconds(last - 2 * length) + 1
  }

  private static func milliseconds(_ seconds: Double) -> Int64 {
    Int64(max(-1e15, min(1e15, seconds * 1000)).rounded())
  }

  /// The earliest time that matters.
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

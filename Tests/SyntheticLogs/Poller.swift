public import TestNumbers

/// A program that asks again and again.
public struct Poller: Sendable {
  public enum Jitter: Sendable, CaseIterable {
    /// Each gap is off by a normal deviate: lateness adds up.
    case ofGaps
    /// Each gap is off by up to the same share both ways.
    case ofGapsEven
    /// Each event is off its place on a fixed schedule, as cron's are.
    case ofSchedule
  }

  public var period: Double
  /// As a share of the period.
  public var jitter: Double
  public var kind: Jitter
  /// The share of the time that it is off, in three parts.
  public var off: Double

  public init(period: Double, jitter: Double = 0.1, kind: Jitter = .ofGaps, off: Double = 0) {
    self.period = period
    self.jitter = jitter
    self.kind = kind
    self.off = off
  }

  /// Its requests within `seconds`, ascending.
  public func requests(within seconds: Double, _ numbers: inout SeededNumbers) -> [Double] {
    var times: [Double] = []
    var at = numbers.between(0, period)
    while at < seconds {
      switch kind {
      case .ofGaps:
        times.append(at)
        at += period * max(0.05, 1 + jitter * numbers.normal())
      case .ofGapsEven:
        times.append(at)
        at += period * (1 + jitter * numbers.between(-1, 1))
      case .ofSchedule:
        times.append(at + period * jitter * numbers.between(-1, 1))
        at += period
      }
    }
    guard off > 0 else { return times.filter { $0 >= 0 && $0 < seconds }.sorted() }
    let third = seconds / 3
    return times.filter { $0 >= 0 && $0 < seconds && $0.truncatingRemainder(dividingBy: third) > off * third }.sorted()
  }
}

import TestNumbers

/// The time stamps of one log, and what is really in them.
public struct SyntheticLog: Sendable {
  /// Ascending, in seconds since 1970.
  public var times: [Double]
  public var resolution: Double
  public var pollers: [Poller]

  /// When the logs begin: 2025-04-20.
  public static let epoch = 1_745_107_200.0

  /// - Parameter parts: sequences of times from 0 on.
  public init(_ parts: [[Double]], resolution: Double, pollers: [Poller]) {
    let all = parts.flatMap(\.self).sorted()
    times = all.map { resolution > 0 ? Self.epoch + ($0 / resolution).rounded(.down) * resolution : Self.epoch + $0 }
    self.resolution = resolution
    self.pollers = pollers
  }

  /// A poller of a period from 0.5 s to 1 h with 10 % jitter of any kind, seen 40 to 1,500 times (10 minutes at least, a week at most), with
  /// a tenth to twice as many requests of people around it; whole seconds in every other log.
  public static func polled(seed: UInt64, jitter: Double = 0.1) -> SyntheticLog {
    var numbers = SeededNumbers(seed)
    let period = numbers.logarithmic(0.5, 3600)
    let kind = Poller.Jitter.allCases[Int(seed % 3)]
    let poller = Poller(period: period, jitter: jitter, kind: kind, off: numbers.chance(0.3) ? 0.3 : 0)
    let seconds = min(7 * 86400, max(600, period * numbers.logarithmic(40, 1500))) / (1 - poller.off)
    let requests = poller.requests(within: seconds, &numbers)
    let wanted = Double(requests.count) * numbers.logarithmic(0.1, 2)
    return SyntheticLog(
      [requests, people(about: wanted, within: seconds, &numbers)],
      resolution: numbers.chance(0.5) ? 1 : 0.001, pollers: [poller])
  }

  /// People alone: 100 to 100,000 requests in an hour to a week.
  public static func unpolled(seed: UInt64) -> SyntheticLog {
    var numbers = SeededNumbers(seed)
    let seconds = numbers.logarithmic(3600, 7 * 86400)
    let wanted = min(numbers.logarithmic(100, 100_000), seconds * 20)
    var parts = [people(about: wanted, within: seconds, &numbers)]
    if seed % 4 == 0 {
      // Strangers that come one by one, by chance alone.
      let rate = wanted / seconds
      var at = numbers.exponential(1 / rate)
      var strangers: [Double] = []
      while at < seconds {
        strangers.append(at)
        at += numbers.exponential(1 / rate)
      }
      parts.append(strangers)
    }
    return SyntheticLog(parts, resolution: numbers.chance(0.5) ? 1 : 0.001, pollers: [])
  }

  /// Requests of people, about so many.
  private static func people(about wanted: Double, within seconds: Double, _ numbers: inout SeededNumbers) -> [Double] {
    var kind = People(sessionsPerHour: 1, &numbers)
    // What a session brings on average is tried first: it is heavy-tailed.
    var trial = numbers
    kind.sessionsPerHour = 100
    let each = Double(kind.requests(within: 20 * 3600, &trial).count) / 2000 / 0.8
    kind.sessionsPerHour = max(0.001, wanted / max(each, 0.1) / seconds * 3600)
    return kind.requests(within: seconds, limit: Int(wanted * 3) + 50, &numbers)
  }
}

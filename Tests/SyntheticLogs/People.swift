public import TestNumbers

/// People at a site, as seen in its log: sessions that begin by chance, with more by day; in each a heavy-tailed number
/// of pages with heavy-tailed times to think in between, each page a burst of requests.
public struct People: Sendable {
  /// How many sessions begin in an hour, on average.
  public var sessionsPerHour: Double
  /// The median time between two pages, in seconds, and its spread (the standard deviation of its logarithm).
  public var thinking: Double
  public var spread: Double
  /// The share of times to think that come from a Pareto distribution instead.
  public var heavyTail: Double
  /// How many requests a page makes besides its first, on average.
  public var partsOfPage: Double
  /// The share of pages whose script asks once more, always after the same time; 0 for none.
  public var scripted: Double
  public var scriptDelay: Double

  /// One kind of people of many, drawn from `numbers`.
  public init(sessionsPerHour: Double, _ numbers: inout SeededNumbers) {
    self.sessionsPerHour = sessionsPerHour
    thinking = numbers.logarithmic(3, 60)
    spread = numbers.between(0.8, 1.6)
    heavyTail = numbers.between(0, 0.5)
    partsOfPage = numbers.chance(0.5) ? numbers.between(0, 12) : 0
    scripted = numbers.chance(0.25) ? numbers.between(0.3, 1) : 0
    scriptDelay = numbers.logarithmic(1, 60)
  }

  /// Their requests within `seconds`, ascending, at most `limit`.
  public func requests(within seconds: Double, limit: Int = 1_000_000, _ numbers: inout SeededNumbers) -> [Double] {
    var times: [Double] = []
    var begin = 0.0
    while times.count < limit {
      begin += numbers.exponential(3600 / sessionsPerHour)
      guard begin < seconds else { break }
      // By night (a third of each day) a fifth of the sessions.
      guard begin.truncatingRemainder(dividingBy: 86400) > 28800 || numbers.chance(0.2) else { continue }
      let pages = Int(min(300, numbers.pareto(1, 1.1)))
      var at = begin
      for _ in 0..<pages {
        times.append(at)
        var part = at
        for _ in 0..<Int(numbers.exponential(partsOfPage + 1e-9)) {
          part += numbers.exponential(0.12)
          times.append(part)
        }
        if numbers.chance(scripted) { times.append(at + scriptDelay + numbers.exponential(0.05)) }
        at +=
          numbers.chance(heavyTail)
          ? numbers.pareto(thinking / 4, 1.2) : numbers.logNormal(median: thinking, sigma: spread)
      }
    }
    return times.filter { $0 < seconds }.sorted()
  }
}

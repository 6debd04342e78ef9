/// Compares two sequences of events: rates, correlation and one-to-one matches.
struct SequenceComparison {
  private let times: ArraySlice<Double>
  private let others: ArraySlice<Double>
  private let tolerance: Double
  private let maximalLag: Double
  private let from: Double
  private let seconds: Double

  /// How many events of each sequence are compared; if there are more, the last ones.
  static let limit = 50_000
  /// How many lags are tried at most; with a longer `maximalLag` they are further apart.
  static let lags = 400
  /// How often the other sequence is shifted to measure matches by chance.
  static let trials = 19

  init(_ times: [Double], _ others: [Double], tolerance: Double, maximalLag: Double) {
    self.tolerance = tolerance
    self.maximalLag = maximalLag
    let (a, b) = (times.suffix(Self.limit), others.suffix(Self.limit))
    guard let firstA = a.first, let firstB = b.first, let lastA = a.last, let lastB = b.last else {
      self.times = []
      self.others = []
      (from, seconds) = (0, 0)
      return
    }
    // The time that both cover; its ends may be a lag apart.
    let slack = maximalLag + tolerance
    let (begin, end) = (max(firstA, firstB - slack), min(lastA, lastB + slack))
    (from, seconds) = (begin, max(0, end - begin))
    self.times = a[Self.lowerBound(a, begin)..<max(Self.lowerBound(a, begin), Self.upperBound(a, end))]
    let (otherBegin, otherEnd) = (begin - slack, end + slack)
    self.others = b[Self.lowerBound(b, otherBegin)..<max(Self.lowerBound(b, otherBegin), Self.upperBound(b, otherEnd))]
  }

  func agreement() -> Agreement {
    let inside = others.count { $0 >= from && $0 <= from + seconds }
    var result = Agreement(
      events: times.count, otherEvents: inside, seconds: seconds, rate: rate(times.count), otherRate: rate(inside),
      lag: 0, correlation: 0, matched: 0, otherMatched: 0, chance: 0, chanceAtMost: 0)
    guard !times.isEmpty, !others.isEmpty else { return result }
    let best = bestLag(Array(others))
    result.lag = best.lag
    result.matched = share(best.matched, times.count)
    // After the lag, which of the other's events lie in the common time.
    let moved = others.count { $0 - best.lag >= from && $0 - best.lag <= from + seconds }
    result.otherMatched = share(best.matched, max(moved, best.matched))
    result.correlation = correlation(lag: best.lag)
    guard seconds > 4 * (maximalLag + tolerance) else { return result }
    var shares: [Double] = []
    for trial in 1...Self.trials {
      // By steps that share nothing with usual periods: multiples of the golden section of the common time.
      let golden = (Double(trial) * 0.6180339887498949).truncatingRemainder(dividingBy: 1)
      let away = 2 * (maximalLag + tolerance)
      let moved = rotated(by: away + golden * max(0, seconds - 2 * away))
      shares.append(share(bestLag(moved).matched, times.count))
    }
    result.chance = shares.reduce(0, +) / Double(shares.count)
    result.chanceAtMost = shares.max() ?? 0
    return result
  }

  private func rate(_ count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }

  private func share(_ count: Int, _ of: Int) -> Double { of > 0 ? min(1, Double(count) / Double(of)) : 0 }

  /// The others in the common time, rotated within it.
  private func rotated(by shift: Double) -> [Double] {
    others.lazy.filter { $0 >= from && $0 <= from + seconds }
      .map { from + ($0 - from + shift).truncatingRemainder(dividingBy: seconds) }.sorted()
  }

  /// The allowed lag with most matches; of equal ones the smallest.
  private func bestLag(_ others: [Double]) -> (lag: Double, matched: Int) {
    let step = max(tolerance / 2, maximalLag * 2 / Double(Self.lags))
    var best = (lag: 0.0, matched: matches(others, lag: 0))
    var lag = step
    while lag <= maximalLag + 1e-9 {
      for signed in [lag, -lag] {
        let matched = matches(others, lag: signed)
        if matched > best.matched { best = (signed, matched) }
      }
      lag += step
    }
    return best
  }

  /// How many events have one of the others within the tolerance, each used once. Both sequences ascend, so taking the
  /// earliest match gives the maximum.
  private func matches(_ others: [Double], lag: Double) -> Int {
    var matched = 0
    var at = 0
    for time in times {
      while at < others.count, others[at] - lag < time - tolerance { at += 1 }
      guard at < others.count else { break }
      if others[at] - lag <= time + tolerance {
        matched += 1
        at += 1
      }
    }
    return matched
  }

  /// Pearson's coefficient of the counts per bin of four tolerances, with at most 4,096 bins.
  private func correlation(lag: Double) -> Double {
    let bins = min(4096, Int(seconds / (4 * tolerance)))
    guard bins >= 4 else { return 0 }
    let width = seconds / Double(bins)
    func counts(_ events: ArraySlice<Double>, _ lag: Double) -> [Double] {
      var counts = [Double](repeating: 0, count: bins)
      for event in events {
        let at = (event - lag - from) / width
        if at >= 0, at < Double(bins) { counts[Int(at)] += 1 }
      }
      return counts
    }
    let (x, y) = (counts(times, 0), counts(others, lag))
    let (meanX, meanY) = (x.reduce(0, +) / Double(bins), y.reduce(0, +) / Double(bins))
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xy += (a - meanX) * (b - meanY)
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
  }

  private static func lowerBound(_ slice: ArraySlice<Double>, _ value: Double) -> Int {
    var (low, high) = (slice.startIndex, slice.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if slice[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func upperBound(_ slice: ArraySlice<Double>, _ value: Double) -> Int {
    var (low, high) = (slice.startIndex, slice.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if slice[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

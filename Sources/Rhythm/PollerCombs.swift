/// Finds several pollers at once, each by its own comb: chains of events that are one period apart over the whole time.
///
/// Every 5 s and every 7 s together look like every 2.94 s if one only counts; but no comb of 2.94 s fits them.
enum PollerCombs {
  static let limit = 4096
  private static let most = 4
  /// The share of events that combs must explain together.
  private static let leastShare = 0.85

  /// Several pollers of different periods, each one comb, that together explain all events but a few; empty if there
  /// are none.
  static func several(_ times: [Double], resolution: Double) -> [Period] {
    let found = periods(times, resolution: resolution, share: 0.95, least: 4)
    return found.count > 1 && found.allSatisfy { $0.pollers == 1 } ? found : []
  }

  /// The pollers that together explain nearly all events; empty if there are none.
  ///
  /// - Parameters:
  ///   - share: the share of events that they must explain.
  ///   - least: how many times longer than what it may differ by a step must be.
  static func periods(
    _ times: [Double], resolution: Double, share: Double = leastShare, least: Double = 5
  ) -> [Period] {
    let all = Array(times.suffix(limit))
    for tolerance in [0.5 * resolution, resolution] {
      var left = all
      var found: [Period] = []
      while found.count < most, left.count >= 16, let comb = shortest(left, resolution, max(tolerance, 1e-3), least) {
        found.append(comb.period)
        left = comb.rest
      }
      if !found.isEmpty, Double(all.count - left.count) >= share * Double(all.count) {
        return found.sorted { $0.seconds < $1.seconds }
      }
    }
    return []
  }

  /// The comb with the shortest period that has a good part of the events.
  private static func shortest(
    _ times: [Double], _ resolution: Double, _ tolerance: Double, _ least: Double
  ) -> (period: Period, rest: [Double])? {
    // Of a step that is hardly longer than what it may differ by, any events make chains.
    for step in steps(times, resolution) where step >= least * tolerance {
      if let comb = comb(times, step, tolerance + 0.005 * step, resolution) { return comb }
    }
    return nil
  }

  /// Common distances between events, shortest first.
  private static func steps(_ times: [Double], _ resolution: Double) -> [Double] {
    guard let first = times.first, let last = times.last, last > first else { return [] }
    let width = max(resolution, 0.05)
    let longest = min(4000, (last - first) / 8, 40 * (last - first) / Double(times.count))
    let bins = Int(longest / width) + 2
    guard bins < 200_000 else { return [] }
    var counts = [Int](repeating: 0, count: bins)
    for index in times.indices {
      var other = index + 1
      while other < times.count, times[other] - times[index] <= longest, other - index < 256 {
        counts[min(bins - 1, Int(((times[other] - times[index]) / width).rounded()))] += 1
        other += 1
      }
    }
    // At least one in six events has another one at that distance.
    var steps: [Double] = []
    for bin in 1..<max(bins - 1, 2) where counts[bin] * 6 >= times.count {
      if counts[bin] >= counts[bin - 1], counts[bin] >= counts[min(bin + 1, bins - 1)] || resolution >= width {
        steps.append(Double(bin) * width)
      }
    }
    return Array(steps.filter { $0 >= PollerSearch.least }.prefix(48))
  }

  /// The chains of one step that cover at least half of the time; nil if they have too few events.
  private static func comb(
    _ times: [Double], _ step: Double, _ tolerance: Double, _ resolution: Double
  ) -> (period: Period, rest: [Double])? {
    var next = [Int](repeating: -1, count: times.count)
    var isTaken = [Bool](repeating: false, count: times.count)
    var from = 0
    for index in times.indices {
      let due = times[index] + step
      while from < times.count, times[from] < due - tolerance { from += 1 }
      var (best, distance) = (-1, Double.infinity)
      var at = max(from, index + 1)
      while at < times.count, times[at] <= due + tolerance {
        if !isTaken[at], abs(times[at] - due) < distance { (best, distance) = (at, abs(times[at] - due)) }
        at += 1
      }
      if best >= 0 {
        next[index] = best
        isTaken[best] = true
      }
    }
    guard let begin = times.first, let end = times.last else { return nil }
    var isOwn = [Bool](repeating: false, count: times.count)
    var (links, sum, squares, chains) = (0, 0.0, 0.0, 0)
    for index in times.indices where !isTaken[index] {
      var chain = [index]
      while let last = chain.last, next[last] >= 0 { chain.append(next[last]) }
      guard let last = chain.last, chain.count >= 8, times[last] - times[index] >= 0.5 * (end - begin) else { continue }
      chains += 1
      for place in chain { isOwn[place] = true }
      for (one, other) in zip(chain, chain.dropFirst()) {
        let gap = times[other] - times[one]
        links += 1
        sum += gap
        squares += gap * gap
      }
    }
    let own = times.indices.filter { isOwn[$0] }.map { times[$0] }
    guard chains > 0, chains <= 3, own.count * 8 >= times.count, links > 0, let first = own.first, let last = own.last
    else {
      return nil
    }
    let mean = sum / Double(links)
    let variance = max(0, squares / Double(links) - mean * mean - resolution * resolution / 6)
    let missed = max(0, Int(((last - first) / mean).rounded()) * chains + chains - own.count)
    let period = Period(
      seconds: mean, jitter: variance.squareRoot() / mean, confidence: 1 - 1 / (1 + Double(own.count) / 4),
      count: own.count, pollers: chains, first: first, last: last, missed: missed,
      histogram: Clockwork.histogram(own, mean, resolution))
    return (period, times.indices.filter { !isOwn[$0] }.map { times[$0] })
  }
}

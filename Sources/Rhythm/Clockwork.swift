/// Detects a single poller without other events: all events lie on a grid, one at each position.
///
/// It needs far fewer events than the search among other events: 25 if the period is as short as the time stamps are
/// coarse, five for a nightly job. The evidence is how unlikely this would be for random events at the same rate. Each
/// position of the grid would have exactly one event with the probability 1/e, and each event would be as close to its
/// position as the farthest one with the probability of that distance divided by the period.
enum Clockwork {
  /// The longest sequence that is examined; longer ones drift away from any grid.
  static let limit = 512
  /// The minimum of minus the logarithm of that probability. Few events need more, because there are many such
  /// sequences.
  private static let least = 20.0
  private static let leastOfFew = 26.0

  /// The period of `times`, which ascend; nil if they are not on a grid.
  static func period(_ times: [Double], resolution: Double) -> Period? {
    let count = times.count
    guard count >= 5, count <= limit, let first = times.first, let last = times.last, last > first else { return nil }
    let half = resolution / 2
    guard var step = usualGap(times, resolution) else { return nil }
    var start = first + half
    var places: [Int] = []
    for _ in 0..<6 {
      places = times.map { Int((($0 + half - start) / step).rounded()) }
      guard let fit = line(places, times, half) else { return nil }
      (start, step) = fit
      guard step > 0 else { return nil }
    }
    // Each place once; a few may be missing. Events that fall where one stamp ends have the one before or the one after, by
    // chance: then one place after the other leaves fewer free than the nearest ones do.
    var isForced = false
    if !ascends(places) || missing(places) > 0, let fit = inOrder(times, half, limit: 0.56 * resolution, share: 0.12),
      !ascends(places) || missing(fit.places) < missing(places)
    {
      isForced = true
      (places, start, step) = fit
    }
    guard ascends(places) else { return nil }
    let missed = missing(places)
    guard missed * 20 <= count, step >= PollerSearch.least else { return nil }
    var (largest, squares) = (0.0, 0.0)
    for (place, time) in zip(places, times) {
      let away = time + half - start - step * Double(place)
      largest = max(largest, abs(away))
      squares += away * away
    }
    // Time stamps explain half a step; the rest is the poller's own deviation.
    guard largest <= 0.56 * resolution + 0.12 * step else { return nil }
    let n = Double(count)
    // Where a place need not be the nearest one, chance fills a place more often.
    var evidence = (isForced ? 0.5 : 1) * n * (1 - 4 * Double(missed) / n)
    let reach = 2 * max(largest, half, 1e-3)
    if reach < step { evidence += (n - 2) * naturalLogarithm(step / reach) }
    guard evidence > (count < 12 ? leastOfFew : least) else { return nil }
    // A time within a second is anywhere in it; one where a second ends is half a second away, before or after.
    let variance = max(0, squares / n - resolution * resolution / (isForced ? 4 : 12))
    guard variance.squareRoot() < 0.1 * step else { return nil }
    return Period(
      seconds: step, jitter: variance.squareRoot() / step, confidence: 1 - 1 / (1 + evidence), count: count, pollers: 1,
      first: first, last: last, missed: max(0, missed), histogram: histogram(times, step, resolution))
  }

  private static func missing(_ places: [Int]) -> Int { (places.last ?? 0) - (places.first ?? 0) + 1 - places.count }

  private static func ascends(_ places: [Int]) -> Bool { zip(places, places.dropFirst()).allSatisfy { $0 < $1 } }

  /// One place after the other for each event, and the line through them. Where some event is farther from its place than
  /// `limit` and that share of the step, a place is left free where that helps most; nil if one in twenty does not do.
  private static func inOrder(
    _ times: [Double], _ half: Double, limit: Double, share: Double
  ) -> (places: [Int], start: Double, step: Double)? {
    var places = Array(times.indices)
    for missed in 0...times.count / 20 {
      guard let (start, step) = line(places, times, half), step > 0 else { return nil }
      // The middle of where they lie: the few that are late must not be farther from their places than the many that are not.
      let away = zip(places, times).map { $1 + half - start - step * Double($0) }
      let (low, high) = (away.min() ?? 0, away.max() ?? 0)
      if (high - low) / 2 <= limit + share * step { return (places, start + (low + high) / 2, step) }
      guard missed < times.count / 20, let gap = bestGap(places, times) else { return nil }
      for index in gap..<places.count { places[index] += 1 }
    }
    return nil
  }

  /// The event before which a free place makes the line fit best.
  private static func bestGap(_ places: [Int], _ times: [Double]) -> Int? {
    guard let origin = times.first else { return nil }
    let n = Double(times.count)
    var (x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0)
    for (place, time) in zip(places, times) {
      let (k, t) = (Double(place), time - origin)
      x += k
      y += t
      xx += k * k
      xy += k * t
    }
    // The sums of those that move by one place, from the last one on.
    var (movedX, movedY) = (0.0, 0.0)
    var best: (index: Int, explained: Double)?
    for index in stride(from: times.count - 1, to: 0, by: -1) {
      movedX += Double(places[index])
      movedY += times[index] - origin
      let moved = Double(times.count - index)
      let spread = xx + 2 * movedX + moved - (x + moved) * (x + moved) / n
      let common = xy + movedY - (x + moved) * y / n
      guard spread > 0 else { continue }
      let explained = common * common / spread
      if explained > best?.explained ?? 0 { best = (index, explained) }
    }
    return best?.index
  }

  /// The mean of the gaps, without those that are much longer than most.
  private static func usualGap(_ times: [Double], _ resolution: Double) -> Double? {
    let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
    let sorted = gaps.sorted()
    let median = sorted[sorted.count / 2]
    guard median > 0 else { return nil }
    let usual = gaps.filter { $0 <= 1.6 * median + 0.4 * resolution }
    // If a gap is hardly longer than a time stamp, one of every two may be a single period.
    if median < 2.5 * resolution {
      let short = gaps.filter { $0 <= median + resolution }
      return short.isEmpty ? nil : short.reduce(0, +) / Double(short.count)
    }
    return usual.isEmpty ? nil : usual.reduce(0, +) / Double(usual.count)
  }

  /// The line through positions and times, by least squares.
  private static func line(_ places: [Int], _ times: [Double], _ half: Double) -> (start: Double, step: Double)? {
    let n = Double(times.count)
    guard let origin = times.first, let base = places.first else { return nil }
    var (x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0)
    for (place, time) in zip(places, times) {
      let (k, t) = (Double(place - base), time - origin)
      x += k
      y += t
      xx += k * k
      xy += k * t
    }
    let below = n * xx - x * x
    guard below > 0 else { return nil }
    let step = (n * xy - x * y) / below
    return (origin + half + (y - step * x) / n - step * Double(base), step)
  }

  static func histogram(_ times: [Double], _ step: Double, _ resolution: Double) -> [Gap] {
    var counts: [Double: Int] = [:]
    let width = max(resolution, step / 16)
    for (one, other) in zip(times, times.dropFirst()) {
      let gap = ((other - one) / width).rounded() * width
      if gap <= 3 * step { counts[gap, default: 0] += 1 }
    }
    return counts.sorted { $0.key < $1.key }.prefix(64).map { Gap(seconds: $0.key, count: $0.value) }
  }
}

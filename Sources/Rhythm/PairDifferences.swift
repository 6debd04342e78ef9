/// The times between any two events that are about one period apart, regardless of events in between. Other events make
/// an even background, on which the poller's differences stand out without a shift.
struct PairDifferences {
  /// Where the differences are densest, in seconds; nil if there are too few.
  private(set) var mode: Double?

  /// How many pairs are examined; if there are more, those of events spread evenly over all.
  static let limit = 1_000_000
  private static let bins = 100

  init(_ all: [Double], near period: Double, resolution: Double) {
    // One event of each burst, because two bursts of a hundred would be ten thousand pairs.
    var times: [Double] = []
    for time in all where time - (times.last ?? -.infinity) >= period / 16 { times.append(time) }
    let (low, high) = (period * 0.8, period * 1.25)
    let width = (high - low) / Double(Self.bins)
    var counts = [Double](repeating: 0, count: Self.bins)
    var from = 0
    var pairs = 0
    let span = (times.last ?? 0) - (times.first ?? 0)
    // Each event has about this many others in reach.
    let each = span > 0 ? Double(times.count) / span * (high - low) + 1 : 1
    let step = max(1, Int(Double(times.count) * each / Double(Self.limit)))
    for index in stride(from: 0, to: times.count, by: step) {
      while from < times.count, times[from] - times[index] < low { from += 1 }
      var at = from
      while at < times.count, times[at] - times[index] < high, pairs < 2 * Self.limit {
        counts[min(Self.bins - 1, Int((times[at] - times[index] - low) / width))] += 1
        pairs += 1
        at += 1
      }
    }
    guard pairs >= 16 else { return }
    // Windows of a fifth of the bins, above the background in the emptier half of the bins.
    let ground = counts.sorted()[Self.bins / 4]
    let reach = max(Self.bins / 10, Int(resolution / width))
    var best = (sum: -1.0, bin: 0)
    for bin in 0..<Self.bins {
      let sum = counts[max(0, bin - reach)..<min(Self.bins, bin + reach + 1)].reduce(0) { $0 + max(0, $1 - ground) }
      if sum > best.sum { best = (sum, bin) }
    }
    var (weight, moment) = (0.0, 0.0)
    for bin in max(0, best.bin - reach)..<min(Self.bins, best.bin + reach + 1) {
      let excess = max(0, counts[bin] - ground)
      weight += excess
      moment += excess * (low + (Double(bin) + 0.5) * width)
    }
    if weight > 0 { mode = moment / weight }
  }
}

/// Finds pollers one after the other: the clearest peak with its events, and then again in the rest.
struct PollerSearch {
  private var times: [Double]
  private let resolution: Double
  private let scale: GapScale

  /// How many events are examined; if there are more, the last ones.
  static let limit = 2_000_000
  /// The orders of gaps that are examined.
  static let orders = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64]
  /// Widths of windows, as shares, for order 1; for order k each is divided by sqrt k.
  static let widths = [0.25, 0.125, 0.0625]
  /// The probability that a log without a poller shows one, for all tests of one search together.
  static let level = 1e-4
  /// The minimum share of a poller's gaps that are followed by another one; people's scripts reach a sixth.
  static let leastRepeating = 0.3
  /// How narrow a window may be for orders above 1, in units of the time stamps' resolution.
  static let coarsest = 0.3
  /// The shortest period in seconds, and the largest jitter of a period.
  static let least = 0.4
  static let mostJitter = 0.25
  /// How many different periods are searched for.
  static let rounds = 12

  init(_ times: [Double], resolution: Double) {
    self.times = times.count > Self.limit ? Array(times.suffix(Self.limit)) : times
    self.resolution = resolution.isFinite ? max(0, resolution) : 0
    scale = GapScale(resolution: self.resolution)
  }

  func periods() -> [Period] {
    var left = times
    var found: [Period] = []
    for _ in 0..<Self.rounds {
      guard left.count >= 16, let poller = clearest(left) else { break }
      let (period, rest) = poller.isBlurred ? PollerStretches.explain(left, poller) : PollerLinks.explain(left, poller)
      guard period.count >= 16, period.seconds >= Self.least, period.jitter < Self.mostJitter else { break }
      found.append(period)
      left = rest
    }
    return found.sorted { ($0.count, $1.seconds) > ($1.count, $0.seconds) }
  }

  /// The minimum surprise of a peak.
  private var threshold: Double {
    naturalLogarithm(Double(Self.orders.count * Self.widths.count * GapScale.bins) / Self.level)
  }

  private func clearest(_ times: [Double]) -> PollerCandidate? {
    var best: GapPeak?
    var single: GapPeak?
    for order in Self.orders where times.count > 8 * order {
      let histogram = GapHistogram(times, order: order)
      for width in Self.widths {
        let width = width / Double(order).squareRoot()
        var local: GapPeak?
        for bin in 1..<GapScale.bins {
          let middle = GapScale.start(of: bin)
          // If a window contains hardly one time stamp, its bands are too far away; higher orders cover that.
          guard order == 1 || middle * width >= Self.coarsest * resolution else { continue }
          guard middle >= 0.35, middle >= 2.5 * resolution, middle <= 4400 else { continue }
          guard let peak = GapPeak.test(histogram, scale, order: order, middle: middle, width: width) else { continue }
          if peak.surprise > threshold, peak.surprise > (local?.surprise ?? 0) { local = peak }
        }
        guard let local, local.surprise > (best?.surprise ?? 0), repeats(local, times) else { continue }
        best = local
        if order == 1 { single = local }
      }
      // A period that single gaps show is not several alternating pollers.
      if let first = single, let several = best, several.order > 1,
        abs(first.center * Double(several.order) / several.center - 1) < 0.2
      {
        best = single
      }
    }
    return best.map { PollerCandidate(times, peak: $0, resolution: resolution) }
  }

  /// Whether the gaps that follow those in the peak are in it, too.
  private func repeats(_ peak: GapPeak, _ times: [Double]) -> Bool {
    let (middle, reach) = (peak.center, (peak.high - peak.low) / 2)
    let following = GapHistogram(times, order: peak.order, following: peak.low, peak.high)
    let width = max(reach / middle, 1.0 / 64)
    let again = GapPeak.test(following, scale, order: peak.order, middle: middle, width: width)
    let tests = Double(Self.orders.count * Self.widths.count)
    guard let again, Double(again.inside) >= Self.leastRepeating * Double(peak.inside) else { return false }
    return again.surprise > naturalLogarithm(tests / (10 * Self.level))
  }
}

/// Finds pollers one after the other: the clearest peak, its events, and again in what is left.
struct PollerSearch {
  private var times: [Double]
  private let resolution: Double
  private let scale: GapScale

  /// How many events are looked at; of more, the last ones.
  static let limit = 2_000_000
  /// The orders of gaps.
  static let orders = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64]
  /// Widths of windows, as shares, for the order 1; of order k each is divided by sqrt k.
  static let widths = [0.25, 0.125, 0.0625]
  /// The probability that a log without a poller shows one, for all tests of one search together.
  static let level = 1e-4
  /// How many different periods are looked for.
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
      let links = PollerLinks(left, poller, resolution: resolution)
      guard links.period.count >= 16 else { break }
      found.append(links.period)
      left = links.rest
    }
    return found.sorted { ($0.count, $1.seconds) > ($1.count, $0.seconds) }
  }

  /// What the surprise of a peak must reach.
  private var threshold: Double {
    naturalLogarithm(Double(Self.orders.count * Self.widths.count * GapScale.bins) / Self.level)
  }

  private func clearest(_ times: [Double]) -> PollerCandidate? {
    var best: GapPeak?
    for order in Self.orders where times.count > 8 * order {
      let histogram = GapHistogram(times, order: order)
      for width in Self.widths {
        let width = width / Double(order).squareRoot()
        var local: GapPeak?
        for bin in 1..<GapScale.bins {
          let middle = GapScale.start(of: bin)
          guard middle >= 0.35, middle >= 2.5 * resolution, middle <= 4400 else { continue }
          guard let peak = GapPeak.test(histogram, scale, order: order, middle: middle, width: width) else { continue }
          if peak.surprise > threshold, peak.surprise > (local?.surprise ?? 0) { local = peak }
        }
        guard let local, local.surprise > (best?.surprise ?? 0), repeats(local, width, times) else { continue }
        best = local
      }
    }
    return best.map { PollerCandidate(peak: $0, resolution: resolution) }
  }

  /// Whether the gaps that follow those of the peak have it, too.
  private func repeats(_ peak: GapPeak, _ width: Double, _ times: [Double]) -> Bool {
    let following = GapHistogram(times, order: peak.order, following: peak.low, peak.high)
    guard
      let again = GapPeak.test(following, scale, order: peak.order, middle: peak.center, width: width)
    else { return false }
    return again.surprise > 6.9
  }
}

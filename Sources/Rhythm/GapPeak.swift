/// A place on the scale where more gaps lie than beside it.
struct GapPeak: Sendable {
  /// The gaps counted are those from each event to the `order`-th after it.
  var order: Int
  /// The window, in seconds.
  var low: Double
  var high: Double
  /// The middle of the gaps within, in seconds.
  var center: Double
  var inside: Int
  var beside: Int
  /// How surprising that is where there is no peak: minus the logarithm of the bound on its probability.
  var surprise: Double

  /// The null hypothesis: the density of gaps in the window is up to this many times that beside it.
  static let allowance = 1.5

  /// What the window around `middle` of `width` (as a share) holds against the bands to three times that width.
  static func test(
    _ histogram: GapHistogram, _ scale: GapScale, order: Int, middle: Double, width: Double
  ) -> GapPeak? {
    let ratio = 1 + width
    let (low, high) = (GapScale.clampedBin(of: middle / ratio), GapScale.clampedBin(of: middle * ratio) + 1)
    let cube = ratio * ratio * ratio
    let (first, last) = (GapScale.clampedBin(of: middle / cube), GapScale.clampedBin(of: middle * cube) + 1)
    guard last < GapScale.bins, low > 0 else { return nil }
    let inside = histogram.count(low, high)
    guard inside >= 8 else { return nil }
    let beside = histogram.count(first, low) + histogram.count(high, last)
    let within = (scale.measure[high] - scale.measure[low]) * allowance
    let around = scale.measure[low] - scale.measure[first] + scale.measure[last] - scale.measure[high]
    guard within > 0, around > 0 else { return nil }
    let surprise = surprise(inside, beside, chance: within / (within + around)) / Double(order)
    return GapPeak(
      order: order, low: GapScale.start(of: low), high: GapScale.start(of: high), center: middle, inside: inside,
      beside: beside, surprise: surprise)
  }

  /// n D(x || p), where x of n are inside; 0 if that is no more than chance.
  static func surprise(_ inside: Int, _ beside: Int, chance p: Double) -> Double {
    let n = Double(inside + beside)
    let x = Double(inside) / n
    guard x > p, p > 0, p < 1 else { return 0 }
    let rest = x < 1 ? (1 - x) * naturalLogarithm((1 - x) / (1 - p)) : 0
    return n * (x * naturalLogarithm(x / p) + rest)
  }
}

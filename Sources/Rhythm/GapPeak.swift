/// A position on the scale with more gaps than beside it.
struct GapPeak: Sendable {
  /// The gaps are those from each event to the `order`-th one after it.
  var order: Int
  /// The limits of the window, in seconds.
  var low: Double
  var high: Double
  /// The mean of the gaps in the window, in seconds.
  var center: Double
  var inside: Int
  var beside: Int
  /// How unlikely this is without a peak: minus the logarithm of the bound on its probability.
  var surprise: Double

  /// The null hypothesis: the density of gaps in the window is up to this many times the density beside it.
  static let allowance = 1.5

  /// Tests the window around `middle` of `width` (as a share) against the bands on both sides, up to three times that
  /// width.
  static func test(
    _ histogram: GapHistogram, _ scale: GapScale, order: Int, middle: Double, width: Double
  ) -> GapPeak? {
    let ratio = 1 + width
    let (low, high) = (GapScale.clampedBin(of: middle / ratio), GapScale.clampedBin(of: middle * ratio) + 1)
    guard low > 0, high < GapScale.bins else { return nil }
    let inside = histogram.count(low, high)
    guard inside >= 8 else { return nil }
    let measure = scale.measure[high] - scale.measure[low]
    guard measure > 0 else { return nil }
    // The bands are as wide as the window; with coarse time stamps they have at least one more stamp on each side.
    let first = scale.bin(below: low, measure: measure)
    let last = scale.bin(above: high, measure: measure)
    guard let first, let last else { return nil }
    // Bands that reach far say nothing about the neighbourhood of the window.
    let reach = GapScale.start(of: high) / GapScale.start(of: low)
    guard
      order == 1
        || GapScale.start(of: last) <= GapScale.start(of: high) * reach * reach
          && GapScale.start(of: first) * reach * reach >= GapScale.start(of: low)
    else { return nil }
    let before = (count: histogram.count(first, low), measure: scale.measure[low] - scale.measure[first])
    let after = (count: histogram.count(high, last), measure: scale.measure[last] - scale.measure[high])
    let within = measure * allowance
    // A slope is no peak: the window must exceed both bands.
    for band in [before, after]
    where Self.surprise(inside, band.count, chance: within / (within + band.measure)) < 3 * Double(order) {
      return nil
    }
    let beside = before.count + after.count
    let surprise = surprise(inside, beside, chance: within / (within + before.measure + after.measure)) / Double(order)
    return GapPeak(
      order: order, low: GapScale.start(of: low), high: GapScale.start(of: high), center: middle, inside: inside,
      beside: beside, surprise: surprise)
  }

  /// n D(x || p), where x of n gaps are inside; 0 if that is no more than by chance.
  static func surprise(_ inside: Int, _ beside: Int, chance p: Double) -> Double {
    let n = Double(inside + beside)
    let x = Double(inside) / n
    guard x > p, p > 0, p < 1 else { return 0 }
    let rest = x < 1 ? (1 - x) * naturalLogarithm((1 - x) / (1 - p)) : 0
    return n * (x * naturalLogarithm(x / p) + rest)
  }
}

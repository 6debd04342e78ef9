/// The poller that a peak suggests.
struct PollerCandidate {
  /// The peak's order, and the gap of that order in seconds: the mode of the gaps in its window.
  let order: Int
  let gap: Double
  /// How far the peak reaches from that gap, in seconds.
  let reach: Double
  /// The standard deviation of the gaps in the peak, in seconds, without the part that time stamps add.
  let deviation: Double
  let surprise: Double
  let resolution: Double

  /// Whether the time stamps are too coarse for single gaps, so that only several together show the period.
  var isBlurred: Bool { Self.isBlurred(gap, order, resolution) }

  private static func isBlurred(_ gap: Double, _ order: Int, _ resolution: Double) -> Bool {
    gap / Double(order) < (order == 1 ? 2.5 : 4) * resolution
  }

  /// The period, in seconds.
  var seconds: Double { isBlurred ? gap / Double(order) : gap }
  /// How many pollers have this period, according to the peak's order.
  var pollers: Int { isBlurred ? 1 : order }

  init(_ times: [Double], peak: GapPeak, resolution: Double) {
    order = peak.order
    surprise = peak.surprise
    self.resolution = resolution
    let reach = max((peak.high - peak.low) / 2, resolution)
    var mode = GapMode(times, order: order, near: peak.center, reach: reach)
    deviation = max(0, mode.variance - resolution * resolution / 6).squareRoot()
    mode.narrow(times, least: resolution)
    if Self.isBlurred(mode.middle, order, resolution) {
      // More gaps together give a more exact period, as long as enough of them are only the poller's. Other events make
      // gaps shorter, never longer, so the longest period that enough gaps support is the poller's.
      for larger in PollerSearch.orders where larger > order {
        let share = Double(larger)
        let expected = mode.middle / Double(mode.order) * share
        var next = GapMode(
          times, order: larger, near: expected, reach: max(0.15 * expected / share.squareRoot(), 1.5 * resolution))
        next.narrow(times, least: resolution)
        guard next.count * 6 > times.count else { continue }
        // A gap of few time stamps is inexact, so the next one replaces it.
        if next.middle / share > mode.middle / Double(mode.order) || mode.middle < 6 * resolution { mode = next }
      }
    }
    let gap = mode.middle / Double(mode.order) * Double(order)
    self.gap =
      Self.isBlurred(gap, order, resolution)
      ? gap : PairDifferences(times, near: gap, resolution: resolution).mode ?? gap
    self.reach = reach
  }

  var confidence: Double { 1 - 1 / (1 + surprise) }

  /// The gaps of `times` up to twice the period, or three time stamps.
  func histogram(_ times: [Double]) -> [Gap] {
    var width = seconds / 16
    if resolution > 0 { width = max(1, (width / resolution).rounded()) * resolution }
    let bins = min(64, Int((max(2 * seconds, 3 * resolution) / width).rounded(.up)) + 1)
    var counts = [Int](repeating: 0, count: bins)
    let step = pollers
    for index in 0..<max(0, times.count - step) {
      let bin = ((times[index + step] - times[index]) / width).rounded()
      if bin < Double(bins) { counts[Int(bin)] += 1 }
    }
    return counts.indices.map { Gap(seconds: Double($0) * width, count: counts[$0]) }
  }
}

/// Around which value the gaps of one order lie densest, near a place.
struct GapMode {
  let order: Int
  private(set) var middle: Double
  private(set) var reach: Double
  /// How many gaps lie within the reach, and their variance.
  private(set) var count = 0
  private(set) var variance = 0.0

  init(_ times: [Double], order: Int, near middle: Double, reach: Double) {
    self.order = order
    self.middle = middle
    self.reach = reach
    climb(times)
  }

  /// Looks closer, by halves, as long as most of the gaps stay within.
  mutating func narrow(_ times: [Double], least: Double) {
    for _ in 0..<6 where reach / 2 >= least {
      var closer = self
      closer.reach /= 2
      closer.climb(times)
      guard Double(closer.count) >= 0.7 * Double(count) else { return }
      self = closer
    }
  }

  /// The mean of what lies around, again and again, climbs to the mode (Fukunaga and Hostetler, IEEE Transactions on
  /// Information Theory 21, 1975).
  private mutating func climb(_ times: [Double]) {
    for _ in 0..<8 {
      var (sum, squares) = (0.0, 0.0)
      count = 0
      for index in 0..<max(0, times.count - order) {
        let gap = times[index + order] - times[index] - middle
        guard abs(gap) <= reach else { continue }
        count += 1
        sum += gap
        squares += gap * gap
      }
      guard count > 0 else { return }
      let shift = sum / Double(count)
      variance = max(0, squares / Double(count) - shift * shift)
      middle += shift
      if abs(shift) < 1e-3 * middle { return }
    }
  }
}

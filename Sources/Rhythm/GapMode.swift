/// The value around which the gaps of one order are densest, near a given value.
struct GapMode {
  let order: Int
  private(set) var middle: Double
  private(set) var reach: Double
  /// How many gaps are within the reach, and their variance.
  private(set) var count = 0
  private(set) var variance = 0.0

  init(_ times: [Double], order: Int, near middle: Double, reach: Double) {
    self.order = order
    self.middle = middle
    self.reach = reach
    climb(times)
  }

  /// Narrows the reach by halves as long as most gaps stay inside.
  mutating func narrow(_ times: [Double], least: Double) {
    for _ in 0..<6 where reach / 2 >= least {
      var closer = self
      closer.reach /= 2
      closer.climb(times)
      guard Double(closer.count) >= 0.7 * Double(count) else { return }
      self = closer
    }
  }

  /// Moves to the mode by taking the mean of the neighbourhood repeatedly (Fukunaga and Hostetler, IEEE Transactions on
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

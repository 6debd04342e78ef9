/// The number of gaps in each bin of the scale, as cumulative sums, so that the count of a range is one subtraction.
struct GapHistogram: Sendable {
  /// The number of gaps below each bin.
  private(set) var sums: [Int32]

  /// Counts the gaps from each event of `times` to the `order`-th after it.
  init(_ times: [Double], order: Int) {
    var counts = [Int32](repeating: 0, count: GapScale.bins)
    for index in 0..<max(0, times.count - order) {
      let bin = GapScale.bin(of: times[index + order] - times[index])
      if bin >= 0, bin < GapScale.bins { counts[bin] += 1 }
    }
    sums = Self.sums(of: counts)
  }

  /// Counts the gaps that follow a gap from `low` up to `high`, both of `order`.
  init(_ times: [Double], order: Int, following low: Double, _ high: Double) {
    var counts = [Int32](repeating: 0, count: GapScale.bins)
    for index in 0..<max(0, times.count - 2 * order) {
      let first = times[index + order] - times[index]
      guard first >= low, first < high else { continue }
      let bin = GapScale.bin(of: times[index + 2 * order] - times[index + order])
      if bin >= 0, bin < GapScale.bins { counts[bin] += 1 }
    }
    sums = Self.sums(of: counts)
  }

  func count(_ from: Int, _ to: Int) -> Int { Int(sums[to] - sums[from]) }

  private static func sums(of counts: [Int32]) -> [Int32] {
    var sums: [Int32] = [0]
    sums.reserveCapacity(counts.count + 1)
    var sum: Int32 = 0
    for count in counts {
      sum += count
      sums.append(sum)
    }
    return sums
  }
}

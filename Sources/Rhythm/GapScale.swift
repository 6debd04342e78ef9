/// The bins for gaps: 64 per octave, from 1/8 s to 4 1/2 hours.
///
/// A bin's number is taken from the bits of the floating-point number itself: the exponent and the first six bits of
/// the fraction.
struct GapScale: Sendable {
  static let octaves = 17
  static let bins = octaves * 64
  private static let offset = Int(0.125.bitPattern >> 46)

  /// The measure of all bins below each one, that is, how much of a smooth density they would hold. It is logarithmic.
  /// With coarse time stamps only their multiples count, each for its share.
  let measure: [Double]

  init(resolution: Double) {
    var sums = [0.0]
    sums.reserveCapacity(Self.bins + 1)
    var sum = 0.0
    for bin in 0..<Self.bins {
      let (from, to) = (Self.start(of: bin), Self.start(of: bin + 1))
      if resolution > 0, from < 512 * resolution {
        // Multiples n with from <= n r < to; stamps such as 0.1 are not exact, hence the small shift.
        var n = (from / resolution - 1e-6).rounded(.up)
        while n * resolution < to - 1e-6 * resolution {
          sum += 1 / n
          n += 1
        }
      } else {
        sum += naturalLogarithm(to / from)
      }
      sums.append(sum)
    }
    measure = sums
  }

  /// The last bin from which up to `bin` the measure is at least `wanted`; nil if the scale begins later.
  func bin(below bin: Int, measure wanted: Double) -> Int? {
    let sum = measure[bin] - wanted + 1e-9
    guard sum >= 0 else { return nil }
    return partition { measure[$0] > sum } - 1
  }

  /// The first bin up to which from `bin` the measure is at least `wanted`; nil if the scale ends earlier.
  func bin(above bin: Int, measure wanted: Double) -> Int? {
    let sum = measure[bin] + wanted - 1e-9
    guard sum <= measure[Self.bins] else { return nil }
    return partition { measure[$0] >= sum }
  }

  /// The first bin for which `holds` is true; it must be false before and true from there on.
  private func partition(_ holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, Self.bins)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The bin of a gap; out of range if it is negative or not below `bins`.
  @inline(__always) static func bin(of gap: Double) -> Int { Int(gap.bitPattern >> 46) - offset }

  /// The start of a bin, in seconds.
  static func start(of bin: Int) -> Double { Double(bitPattern: UInt64(bin + offset) << 46) }

  /// The bin of a gap, clamped to the scale.
  static func clampedBin(of gap: Double) -> Int { gap <= 0 ? 0 : min(max(bin(of: gap), 0), bins) }
}

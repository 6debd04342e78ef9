internal import Glibc

/// The same numbers for the same seed: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
public struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: UInt64) {
    state = seed
    _ = next()
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// From above 0 up to 1.
  public mutating func uniform() -> Double { (Double(next() >> 11) + 1) / 9007199254740992 }

  public mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

  /// Between the two, each order of magnitude as likely.
  public mutating func logarithmic(_ low: Double, _ high: Double) -> Double {
    exp(between(log(low), log(high)))
  }

  public mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }

  public mutating func exponential(_ mean: Double) -> Double { -mean * log(uniform()) }

  public mutating func logNormal(median: Double, sigma: Double) -> Double { median * exp(sigma * normal()) }

  public mutating func pareto(_ least: Double, _ alpha: Double) -> Double { least * pow(uniform(), -1 / alpha) }

  public mutating func chance(_ probability: Double) -> Bool { uniform() <= probability }
}

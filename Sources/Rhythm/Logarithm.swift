/// The natural logarithm of a positive finite number, to about 1e-12: the standard library has none.
func naturalLogarithm(_ x: Double) -> Double {
  guard x > 0 else { return -.infinity }
  guard x.isFinite else { return x }
  // x = 2^n m with m from 1/sqrt 2 to sqrt 2; ln m = 2 artanh((m - 1) / (m + 1)).
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 1.4142135623730951 {
    significand /= 2
    exponent += 1
  }
  let z = (significand - 1) / (significand + 1)
  let square = z * z
  var (term, sum) = (z, 0.0)
  for n in stride(from: 1.0, through: 19, by: 2) {
    sum += term / n
    term *= square
  }
  return exponent * 0.6931471805599453 + 2 * sum
}

internal import CLinux

/// The time of day, and its text.
public enum SystemClock {
  /// Seconds since the epoch.
  public static func now() -> Double { Double(hw_realtime_ns()) / 1e9 }

  /// Nanoseconds on a clock that never goes backward, for deadlines.
  public static func monotonicNanoseconds() -> UInt64 { hw_monotonic_ns() }

  /// RFC 3339 in UTC: `2025-04-20T14:57:17Z`, with `fractionDigits` (0 to 9) decimals, truncated. Nil for years outside
  /// 0 to 9999, which the format can't write, and for values that are not finite.
  public static func text(_ epochSeconds: Double, fractionDigits: Int = 0) -> String? {
    // 0000-01-01 up to 9999-12-31.
    guard epochSeconds >= -62_167_219_200, epochSeconds < 253_402_300_800 else { return nil }
    let digits = min(max(fractionDigits, 0), 9)
    let whole = Int(epochSeconds.rounded(.down))
    let (days, second) = whole.quotientAndRemainder(floored: 86400)
    let date = civil(days)
    var text = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    text += "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    if digits > 0 {
      let scale = (0..<digits).reduce(1) { value, _ in value * 10 }
      let fraction = Int((epochSeconds - Double(whole)) * Double(scale))
      text += ".\(padded(min(fraction, scale - 1), digits))"
    }
    return text + "Z"
  }

  /// The proleptic Gregorian date of a day after 1970-01-01: eras of 400 years that start on 1 March, so that the leap
  /// day comes last ("chrono-compatible low-level date algorithms", H. Hinnant).
  private static func civil(_ daysAfterEpoch: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (daysAfterEpoch + 719_468).quotientAndRemainder(floored: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}

extension Int {
  /// Division in which the remainder is never negative.
  fileprivate func quotientAndRemainder(floored divisor: Int) -> (Int, Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

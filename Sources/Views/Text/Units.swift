/// How amounts are written: with SI prefixes (1 k = 1000), one decimal, and always with the unit.
public struct Units: Hashable, Sendable {
  public enum Base: Hashable, Sendable { case bytes, bits }

  public var base: Base

  public init(_ base: Base = .bits) { self.base = base }

  /// The most cells that an amount takes: `999.9 kbit`.
  public static let amountWidth = 10
  /// The most cells that a rate takes: `999.9 kbit/s`.
  public static let rateWidth = 12

  /// `12.3 kB`, `1.2 Gbit`, `17 B`.
  public func amount(_ bytes: UInt64) -> String {
    base == .bytes ? Self.scaled(Double(bytes), "B") : Self.scaled(Double(bytes) * 8, "bit")
  }

  /// A few packets within less than this would give rates that no link has: `12.2 Gbit/s` of two packets in 2 µs.
  public static let leastSeconds = 0.1

  /// `12.3 kB/s`, `1.2 Gbit/s`; a dash if hardly any time has passed.
  public func rate(_ bytes: UInt64, over seconds: Double) -> String {
    guard seconds >= Self.leastSeconds, seconds.isFinite else { return "-" }
    let perSecond = Double(bytes) / seconds
    return base == .bytes ? Self.scaled(perSecond, "B/s") : Self.scaled(perSecond * 8, "bit/s")
  }

  private static func scaled(_ value: Double, _ unit: String) -> String {
    var value = value
    // 999.96 would print as 1000.0; below 1 k there are no decimals.
    if value < 999.5 {
      // A small amount is never shown as 0.
      if value > 0, value < 0.5 { return "<1 \(unit)" }
      return "\(Int(value.rounded())) \(unit)"
    }
    for prefix in ["k", "M", "G", "T", "P", "E", "Z"] {
      value /= 1000
      if value < 999.95 { return "\(decimal(value)) \(prefix)\(unit)" }
    }
    return ">999 Z\(unit)"
  }

  /// The value with exactly one decimal.
  static func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// `0.3 s`, `12 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e15 else { return "-" }
    if seconds < 9.95 { return "\(decimal(seconds)) s" }
    let whole = Int(seconds.rounded())
    return switch whole {
    case ..<60: "\(whole) s"
    case ..<3600: "\(whole / 60) min \(whole % 60) s"
    case ..<86400: "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: "\(whole / 86400) d \(whole % 86400 / 3600) h"
    }
  }

  /// `99.6 %`. Only everything is 100.0, and only nothing is 0.0.
  public static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "-" }
    if share <= 0 { return "0.0 %" }
    if share >= 1 { return "100.0 %" }
    return "\(decimal(min(99.9, max(0.1, share * 100)))) %"
  }

  /// `1 flow`, `12 flows`.
  public static func count(_ number: Int, _ singular: String) -> String {
    "\(number) \(singular)\(number == 1 ? "" : "s")"
  }
}

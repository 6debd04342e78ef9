/// What `watch:` in the settings says of the daemon and its history.
public struct WatchSettings: Hashable, Sendable {
  /// The folder of the history.
  public var store = "/var/lib/headwater"
  /// The most bytes that the history may use.
  public var bytes: UInt64 = 512_000_000
  /// The most days that it keeps.
  public var days = 30

  public init() {}

  /// `512M`, `2G`, `100k`: a number of bytes; nil if it is none.
  static func bytes(_ text: String) -> UInt64? {
    let units: [Character: UInt64] = ["k": 1000, "K": 1000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000]
    let unit = text.last.flatMap { units[$0] }
    guard let number = UInt64(unit == nil ? text[...] : text.dropLast()) else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit ?? 1)
    // A few minutes must fit.
    return isTooLarge || bytes < 1_000_000 ? nil : bytes
  }
}

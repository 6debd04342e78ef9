/// Parses times that people write: `2025-03-10T08:00:00Z`, `2025-03-10 08:00` (local time), `2025-03-10`, or how long
/// ago: `90s`, `15m`, `2h`, `1d`, `1w`.
public enum LogTime {
  /// Seconds since the epoch; nil if the text is no such time.
  public static func parse(_ text: String, now: Double) -> Double? {
    if let length = length(text) { return now - length }
    var bytes = Array(text.utf8)
    if bytes.count == 10 { bytes += Array("T00:00:00".utf8) }
    if bytes.count == 16 { bytes += Array(":00".utf8) }
    return LineBytes.with(bytes) { line in
      var clock = TimestampReader()
      var index = 0
      guard let time = clock.iso(line, &index), index == line.count else { return nil }
      return Double(time.milliseconds) / 1000
    }
  }

  /// The seconds in `2h`, `1d`, `90` and the like; nil for anything else.
  public static func length(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? Substring(text) : text.dropLast()), number.isFinite, number > 0,
      text.utf8.allSatisfy({ $0 &- 48 < 10 || $0 == 46 || ($0 | 0x20) &- 97 < 26 }), number < 1e10
    else { return nil }
    return number * (unit ?? 1)
  }
}

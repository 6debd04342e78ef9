/// Reads times as OpenVPN writes them: local, without a zone.
enum OpenVPNTime {
  /// Seconds since 1970-01-01 00:00:00 of the same clock; nil for anything else.
  ///
  /// `Thu Jun 18 08:12:15 2015` (ctime, up to 2.4), `2026-11-21 16:00:00` (from 2.5).
  static func local(_ text: String) -> Double? {
    let words = text.split(separator: " ")
    if words.count == 2 {
      let date = words[0].split(separator: "-").map { Int($0) }
      guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
      return seconds(year, month, day, words[1])
    }
    guard words.count == 5, let month = months.firstIndex(of: words[1]), let day = Int(words[2]),
      let year = Int(words[4])
    else { return nil }
    return seconds(year, month + 1, day, words[3])
  }

  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ clock: Substring) -> Double? {
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
      (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0..<24).contains(hour),
      (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    return Double(days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)
  }

  /// Days since 1970-01-01. The year is counted from March, so that a leap day comes last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + ofYear - 719_468
  }
}

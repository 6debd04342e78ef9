internal import LinuxSystem

/// Times as people say them: `02:00`, `yesterday 02:00`, `-8h`, `last night`, `2026-04-20T14:57:17Z`.
///
/// Times without a zone are local. All values are seconds since 1970.
public struct TimeWords: Sendable {
  /// A moment, or a stretch of time where the words mean one.
  public struct Meaning: Hashable, Sendable {
    public var start: Double
    /// The end of a stretch such as `last night`; nil for a moment.
    public var end: Double?
  }

  /// What the words are compared with.
  public let now: Double

  public init(now: Double) { self.now = now }

  /// What can be written, for errors.
  public static let examples =
    "02:00, yesterday 02:00, monday, -8h, last night, 2026-04-20 14:57 or 2026-04-20T14:57:17Z"

  /// Nil if they mean no time.
  public func meaning(_ text: String) -> Meaning? {
    let words = text.lowercased().split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    if words == ["now"] { return Meaning(start: now) }
    if let ago = Self.ago(words) { return Meaning(start: now - ago, end: first.hasPrefix("-") ? nil : now) }
    if let stretch = stretch(words) { return stretch }
    if words.count == 1, let moment = Self.stamp(text) { return Meaning(start: moment) }
    let today = LocalTime(now)
    // A time of day is the last such time.
    if words.count == 1, let time = Self.timeOfDay(first) {
      let moment = Self.moment(today, 0, time)
      return Meaning(start: moment <= now ? moment : Self.moment(today, -1, time))
    }
    guard let day = day(first, today), words.count <= 2 else { return nil }
    if words.count == 2 {
      guard let time = Self.timeOfDay(words[1]) else { return nil }
      return Meaning(start: Self.moment(day.date, day.days, time))
    }
    // A whole day, as long as it lasts.
    let end = Self.moment(day.date, day.days + 1, (0, 0, 0))
    return Meaning(start: Self.moment(day.date, day.days, (0, 0, 0)), end: min(end, max(now, 0)))
  }

  /// A length of time in seconds: `90s`, `15m`, `1h`, `2d`, `1w`.
  public static func length(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    // `Double` also reads 0x10 and 1e2.
    guard text.utf8.dropLast().allSatisfy({ (48...57).contains($0) || $0 == 46 }), text.utf8.first != 46,
      let unit = text.last.flatMap({ units[$0] }),
      let number = Double(text.dropLast()), number > 0,
      number.isFinite, number * unit <= 366 * 86400
    else { return nil }
    return number * unit
  }

  /// `-8h`, `8h`, `8h ago`.
  private static func ago(_ words: [String]) -> Double? {
    guard words.count == 1 || words.count == 2 && words[1] == "ago" else { return nil }
    return length(words[0].hasPrefix("-") ? String(words[0].dropFirst()) : words[0])
  }

  private func stretch(_ words: [String]) -> Meaning? {
    let today = LocalTime(now)
    func from(_ days: Int, _ hour: Int, to end: (days: Int, hour: Int)) -> Meaning {
      Meaning(
        start: Self.moment(today, days, (hour, 0, 0)), end: min(now, Self.moment(today, end.days, (end.hour, 0, 0))))
    }
    switch words {
    case ["last", "night"], ["tonight"]:
      // In the evening the night that has begun is meant by "tonight" only.
      return words == ["tonight"] && today.hour >= 22 ? from(0, 22, to: (1, 6)) : from(-1, 22, to: (0, 6))
    case ["this", "morning"] where today.hour >= 6: return from(0, 6, to: (0, 12))
    case ["last", "hour"]: return Meaning(start: now - 3600, end: now)
    case ["last", "day"]: return Meaning(start: now - 86400, end: now)
    case ["last", "week"]: return Meaning(start: now - 604_800, end: now)
    default: return nil
    }
  }

  /// `today`, `yesterday`, a day of the week (the last one before today), or a date.
  private func day(_ word: String, _ today: LocalTime) -> (date: LocalTime, days: Int)? {
    switch word {
    case "today": return (today, 0)
    case "yesterday": return (today, -1)
    default: break
    }
    let week = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"]
    if word.count >= 3, let wanted = week.firstIndex(where: { $0.hasPrefix(word) }) {
      // 1970 began on a Thursday.
      let noon = LocalTime(year: today.year, month: today.month, day: today.day, hour: 12).seconds
      let weekday = Int((noon / 86400).rounded(.down)) % 7
      let back = (weekday - wanted + 7) % 7
      return (today, back == 0 ? -7 : -back)
    }
    return Self.date(word).map { ($0, 0) }
  }

  private static func moment(_ date: LocalTime, _ days: Int, _ time: (Int, Int, Int)) -> Double {
    LocalTime(
      year: date.year, month: date.month, day: date.day + days, hour: time.0, minute: time.1, second: time.2
    ).seconds
  }

  /// `02:00`, `2:00`, `02:00:30`.
  private static func timeOfDay(_ text: String) -> (Int, Int, Int)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, (1...2).contains(parts[0].count),
      parts.dropFirst().allSatisfy({ $0.count == 2 })
    else { return nil }
    let numbers = parts.compactMap { digits($0) }
    guard numbers.count == parts.count, numbers[0] < 24, numbers[1] < 60, numbers.last ?? 0 < 60 else { return nil }
    return (numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0)
  }

  /// `2026-04-20`.
  private static func date(_ text: some StringProtocol) -> LocalTime? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2 else { return nil }
    let numbers = parts.compactMap { digits($0) }
    guard numbers.count == 3, (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]) else { return nil }
    let days = [31, isLeap(numbers[0]) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...days[numbers[1] - 1]).contains(numbers[2]) else { return nil }
    return LocalTime(year: numbers[0], month: numbers[1], day: numbers[2])
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func digits(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }

  /// RFC 3339 with `T`: `2026-04-20T14:57:17.5+02:00`, `2026-04-20T14:57Z`; without a zone it is local.
  private static func stamp(_ text: String) -> Double? {
    let upper = text.uppercased()
    guard let mark = upper.firstIndex(of: "T"), let date = date(upper[..<mark]) else { return nil }
    var rest = upper[upper.index(after: mark)...]
    var offset: Int?
    if rest.hasSuffix("Z") {
      (offset, rest) = (0, rest.dropLast())
    } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      guard let distance = timeOfDay(String(rest[rest.index(after: sign)...])) else { return nil }
      offset = (distance.0 * 3600 + distance.1 * 60) * (rest[sign] == "-" ? -1 : 1)
      rest = rest[..<sign]
    }
    if let point = rest.firstIndex(of: ".") {
      guard digits(rest[rest.index(after: point)...]) != nil else { return nil }
      rest = rest[..<point]
    }
    guard let time = timeOfDay(String(rest)) else { return nil }
    guard let offset else { return moment(date, 0, time) }
    return Double(days(date) * 86400 + time.0 * 3600 + time.1 * 60 + time.2 - offset)
  }

  /// Days from 1970 to a date ("chrono-compatible low-level date algorithms", H. Hinnant).
  private static func days(_ date: LocalTime) -> Int {
    let year = date.month <= 2 ? date.year - 1 : date.year
    let (era, yearOfEra) = (year / 400, year % 400)
    let dayOfYear = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

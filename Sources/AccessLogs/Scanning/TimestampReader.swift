internal import LinuxSystem

/// Reads the times of log lines. It remembers the last one, because most lines have the same minute as the line before.
struct TimestampReader {
  /// For a time without a zone: the seconds by which local time is ahead of UTC. The host's own zone by default.
  var zone: (Int64) -> Int64 = { LocalZone.offset(atLocal: $0) }

  // The bytes of the last `24/Jan/2022:16:51` and its zone, and the value they had.
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  private var zoneBytes: UInt64 = 0
  private var minute: Int64 = 0
  // The last local minute without a zone, and its offset.
  private var localHour: Int64 = .min
  private var localOffset: Int64 = 0
  /// Whether the last time had no zone.
  private(set) var isLocal = false
  // The last time without a zone. The seconds by which clocks were set back since, and the offset before that.
  private var lastLocal = Int64.min
  private var setBack: Int64 = 0
  private var offsetBefore: Int64 = 0

  /// Prepares for the lines of another file.
  mutating func begin() {
    isLocal = false
    lastLocal = .min
    setBack = 0
  }

  /// Reads `24/Jan/2022:16:51:02 +0000` (26 bytes) at `start`: seconds since the epoch.
  @inline(__always)
  mutating func common(_ line: LineBytes, _ start: Int) -> Int64? {
    isLocal = false
    guard start >= 0, start + 26 <= line.count else { return nil }
    let tail = line.word(at: start + 18)
    if line.word(at: start) == first, line.word(at: start + 8) == second, line.word(at: start + 10) == third,
      tail >> 16 == zoneBytes
    {
      let high = tail & 0xFF &- 48
      let low = tail >> 8 & 0xFF &- 48
      if high < 7, low < 10 { return minute &+ Int64(truncatingIfNeeded: high &* 10 &+ low) }
    }
    return commonSlowly(line, start, tail)
  }

  @inline(never)
  private mutating func commonSlowly(_ line: LineBytes, _ start: Int, _ tail: UInt64) -> Int64? {
    guard let local = localCommon(line, start), line[start + 20] == UInt8(ascii: " "),
      let hours = line.twoDigits(start + 22), let minutes = line.twoDigits(start + 24), minutes < 60, hours < 24
    else { return nil }
    let ahead = Int64(hours * 3600 + minutes * 60)
    let sign = line[start + 21]
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let seconds = sign == UInt8(ascii: "+") ? local - ahead : local + ahead
    first = line.word(at: start)
    second = line.word(at: start + 8)
    third = line.word(at: start + 10)
    zoneBytes = tail >> 16
    minute = seconds - Int64(line.twoDigits(start + 18) ?? 0)
    return seconds
  }

  /// Reads `24/Jan/2022 16:51:02` (20 bytes) in local time: seconds since the epoch.
  mutating func commonWithoutZone(_ line: LineBytes, _ start: Int) -> Int64? {
    localCommon(line, start, separator: UInt8(ascii: " ")).map { $0 - offset($0) }
  }

  /// Reads `2026-11-30 02:38:56` (19 bytes) of a program that writes UTC without a zone: seconds since the epoch.
  static func universal(_ line: LineBytes, _ date: Int, _ time: Int) -> Int64? {
    guard let year = line.digits(date, 4), let month = line.twoDigits(date + 5), let day = line.twoDigits(date + 8)
    else { return nil }
    return seconds(year, month, day, line, time)
  }

  /// Reads `Nov 30 03:27:10` of the given year in local time: seconds since the epoch. The day may have one digit after
  /// a blank.
  mutating func monthDay(_ line: LineBytes, _ start: Int, year: Int) -> Int64? {
    guard let month = Self.month(line, start) else { return nil }
    let day = line[start + 4] == UInt8(ascii: " ") ? line.digits(start + 5, 1) : line.twoDigits(start + 4)
    guard let day, let local = Self.seconds(year, month, day, line, start + 7) else { return nil }
    return local - offset(local)
  }

  /// Reads `30-Nov-2026 03:27:10.473` in local time: milliseconds since the epoch.
  mutating func dashed(_ line: LineBytes, _ start: Int) -> Int64? {
    guard let day = line.twoDigits(start), line[start + 2] == UInt8(ascii: "-"),
      let month = Self.month(line, start + 3), line[start + 6] == UInt8(ascii: "-"),
      let year = line.digits(start + 7, 4), let local = Self.seconds(year, month, day, line, start + 12)
    else { return nil }
    return (local - offset(local)) * 1000 + Int64(line.digits(start + 21, 3) ?? 0)
  }

  /// The year of a time.
  static func year(_ seconds: Double) -> Int {
    var year = 1970 + Int(seconds / 31_556_952)
    while Double(days(year + 1, 1, 1)) * 86400 <= seconds { year += 1 }
    while Double(days(year, 1, 1)) * 86400 > seconds { year -= 1 }
    return year
  }

  /// Reads `24/Jan/2022:16:51:02` (20 bytes) as if it were UTC.
  private func localCommon(_ line: LineBytes, _ start: Int, separator: UInt8 = UInt8(ascii: ":")) -> Int64? {
    guard let day = line.twoDigits(start), line[start + 2] == UInt8(ascii: "/"),
      let month = Self.month(line, start + 3), line[start + 6] == UInt8(ascii: "/"),
      let year = line.digits(start + 7, 4), line[start + 11] == separator
    else { return nil }
    return Self.seconds(year, month, day, line, start + 12)
  }

  /// Reads HAProxy's `14/Jan/2015:12:48:57.127` in local time: milliseconds since the epoch.
  mutating func haproxy(_ line: LineBytes, _ start: Int) -> Int64? {
    guard let local = localCommon(line, start), line[start + 20] == UInt8(ascii: "."),
      let fraction = line.digits(start + 21, 3)
    else { return nil }
    return (local - offset(local)) * 1000 + Int64(fraction)
  }

  /// Reads RFC 3339 and similar forms: `2026-01-24T01:37:00.123456Z`, `2026/01/24 01:37:00`, `…+01:00`, `+0100`;
  /// without a zone local time. Returns milliseconds since the epoch, and whether there are decimals. Moves `index`
  /// behind it.
  mutating func iso(_ line: LineBytes, _ index: inout Int) -> (milliseconds: Int64, hasSubseconds: Bool)? {
    let start = index
    let separator = line[start + 4]
    guard let year = line.digits(start, 4), separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/"),
      line[start + 7] == separator, let month = line.twoDigits(start + 5), let day = line.twoDigits(start + 8),
      [UInt8(ascii: "T"), UInt8(ascii: " "), UInt8(ascii: "t")].contains(line[start + 10]),
      var seconds = Self.seconds(year, month, day, line, start + 11)
    else { return nil }
    index = start + 19
    var fraction: Int64 = 0
    var hasSubseconds = false
    if line[index] == UInt8(ascii: ".") || line[index] == UInt8(ascii: ","), line.isDigit(index + 1) {
      index += 1
      var scale: Int64 = 100
      while line.isDigit(index) {
        fraction += Int64(line[index] &- 48) * scale
        scale /= 10
        index += 1
      }
      hasSubseconds = true
    }
    let sign = line[index]
    isLocal = false
    if sign | 0x20 == UInt8(ascii: "z") {
      index += 1
    } else if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = line.twoDigits(index + 1) {
      let hasColon = line[index + 3] == UInt8(ascii: ":")
      let minutes = line.twoDigits(index + (hasColon ? 4 : 3)) ?? 0
      let ahead = Int64(hours * 3600 + minutes * 60)
      seconds += sign == UInt8(ascii: "+") ? -ahead : ahead
      index += hasColon ? 6 : 5
    } else {
      seconds -= offset(seconds)
    }
    return (seconds * 1000 + fraction, hasSubseconds)
  }

  mutating func offset(_ local: Int64) -> Int64 {
    // Zones change at quarters of an hour only.
    let quarter = local / 900
    if quarter != localHour {
      localHour = quarter
      localOffset = zone(local)
    }
    isLocal = true
    if local < lastLocal, setBack == 0, Self.isHourAgain(local, after: lastLocal) {
      (setBack, offsetBefore) = (3600, localOffset)
    } else if setBack > 0, localOffset != offsetBefore {
      // The zone's own rule has it from here on.
      setBack = 0
    }
    lastLocal = local
    return localOffset - setBack
  }

  /// Whether clocks were set back by an hour between two times in local time: the same hour of a Sunday's night begins
  /// again, as it does in autumn.
  private static func isHourAgain(_ local: Int64, after last: Int64) -> Bool {
    // 1970-01-01 was a Thursday.
    last - local >= 2400 && last - local <= 3600 && last / 3600 == local / 3600 && (local / 86400 + 4) % 7 == 0
      && local % 86400 < 4 * 3600
  }

  /// Reads `hh:mm:ss` at `start` for a day, which must exist in the Gregorian calendar.
  private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ line: LineBytes, _ start: Int) -> Int64? {
    guard let hour = line.twoDigits(start), line[start + 2] == UInt8(ascii: ":"),
      let minute = line.twoDigits(start + 3), line[start + 5] == UInt8(ascii: ":"),
      let second = line.twoDigits(start + 6), hour < 24, minute < 60, second < 61, (1...12).contains(month),
      (1...31).contains(day)
    else { return nil }
    return days(year, month, day) * 86400 + Int64(hour * 3600 + minute * 60 + second)
  }

  /// Days after 1970-01-01: eras of 400 years that begin in March, so that the leap day is the last one ("chrono-compatible
  /// low-level date algorithms", H. Hinnant).
  static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// The month whose English name begins at `start`.
  static func month(_ line: LineBytes, _ start: Int) -> Int? {
    let names: [StaticString] = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return names.firstIndex { line.has($0, at: start) }.map { $0 + 1 }
  }
}

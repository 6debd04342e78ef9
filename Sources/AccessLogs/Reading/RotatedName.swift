/// The name of a rotated log: `access.log.1`, `access.1.log.gz`, `access.log-20261129`, `access-2026-11-29.log.zst`,
/// `access.log.1796009186`, Caddy's `access-2026-11-29T02-38-56.123.log.gz`.
struct RotatedName: Equatable {
  /// The log's own name.
  let base: String
  /// Higher is older; 0 for the log that is being written.
  let age: Int
  let isCompressed: Bool

  static let suffixes = [".gz", ".zst", ".bz2", ".xz", ".zstd"]

  init(_ name: String) {
    var rest = Substring(name)
    var isCompressed = false
    for suffix in Self.suffixes where rest.hasSuffix(suffix) && rest.utf8.count > suffix.utf8.count {
      rest = rest.dropLast(suffix.count)
      isCompressed = true
      break
    }
    self.isCompressed = isCompressed
    // `access.1.log`: the number is in front of the ending.
    var ending = Substring()
    for suffix in [".log", ".json", ".txt"] where rest.hasSuffix(suffix) && rest.utf8.count > suffix.utf8.count {
      if let mark = Self.mark(at: rest.dropLast(suffix.count)) {
        (base, age) = (String(mark.head) + suffix, mark.age)
        return
      }
      ending = suffix[...]
    }
    if ending.isEmpty, let mark = Self.mark(at: rest) {
      (base, age) = (String(mark.head), mark.age)
      return
    }
    if rest.hasSuffix(".old"), rest.count > 4 {
      (base, age) = (String(rest.dropLast(4)), 1)
      return
    }
    (base, age) = (String(rest), 0)
  }

  /// The number or date at the end of a name, with the text in front of it.
  private static func mark(at name: Substring) -> (head: Substring, age: Int)? {
    let bytes = Array(name.utf8)
    var start = bytes.count
    // Digits, and the characters between the parts of a date and time.
    while start > 0, isDateByte(bytes, start - 1) { start -= 1 }
    // The first position from which it is a number or date, with a separator in front of it.
    for place in start..<max(bytes.count, start) {
      guard place > 1, bytes[place] &- 48 < 10, [45, 46, 95].contains(bytes[place - 1]) else { continue }
      guard let age = age(Array(bytes[place...]), isAfterDot: bytes[place - 1] == 46 && bytes[place - 2] &- 48 >= 10)
      else { continue }
      return (name.prefix(utf8Count: place - 1), age)
    }
    return nil
  }

  private static func isDateByte(_ bytes: [UInt8], _ index: Int) -> Bool {
    let byte = bytes[index]
    if byte &- 48 < 10 || byte == 45 || byte == 46 || byte == 95 { return true }
    // `2026-11-29T02-38-56`
    return byte == UInt8(ascii: "T") && index > 0 && bytes[index - 1] &- 48 < 10
  }

  /// The age in `1`, `20261129`, `2026-11-29`, `2026-11-29T02-38-56.123`, `2026112902` or a time in seconds since 1970;
  /// nil for anything else. A date becomes a decreasing number, which is higher than any plain number.
  private static func age(_ text: [UInt8], isAfterDot: Bool) -> Int? {
    let digits = text.filter { $0 &- 48 < 10 }
    let isPlain = digits.count == text.count
    if isPlain, isAfterDot, digits.count <= 4 {
      return Int(String(decoding: digits, as: UTF8.self)).map { $0 + 1 }
    }
    guard digits.count >= 8, digits.count <= 17 else { return nil }
    let number = Int(String(decoding: digits.prefix(8), as: UTF8.self)) ?? 0
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
    if (1990...2100).contains(year), (1...12).contains(month), (1...31).contains(day) {
      // At most 17 digits, so that all have the same length.
      let padded = digits + Array(repeating: UInt8(ascii: "0"), count: 17 - digits.count)
      return Int.max / 2 - (Int(String(decoding: padded, as: UTF8.self)) ?? 0)
    }
    // Apache's rotatelogs: seconds since 1970.
    guard isPlain, digits.count == 10, let seconds = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    return Int.max / 2 - seconds
  }
}

extension Substring {
  /// The first `count` bytes, which must end with a character.
  fileprivate func prefix(utf8Count count: Int) -> Substring {
    self[startIndex..<utf8.index(startIndex, offsetBy: count)]
  }
}

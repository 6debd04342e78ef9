/// Reads decimal numbers in kernel text without creating strings.
enum Decimal {
  /// The number in `digits`; nil if there are no digits, other characters, or too many digits.
  static func number(_ digits: some Sequence<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var isEmpty = true
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflows) = shifted.addingReportingOverflow(UInt64(digit - 48))
      guard !tooLarge, !overflows else { return nil }
      value = sum
      isEmpty = false
    }
    return isEmpty ? nil : value
  }

  /// The number in brackets behind `kind`: 4026531840 in `net:[4026531840]`; nil if there is none.
  static func bracketed(_ target: some BidirectionalCollection<UInt8>, kind: StaticString) -> UInt64? {
    let prefix = UnsafeBufferPointer(start: kind.utf8Start, count: kind.utf8CodeUnitCount)
    guard target.starts(with: prefix), target.last == UInt8(ascii: "]") else { return nil }
    let rest = target.dropFirst(prefix.count).dropLast()
    guard rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: "[")]) else { return nil }
    return number(rest.dropFirst(2))
  }
}

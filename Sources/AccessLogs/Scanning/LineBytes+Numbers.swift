/// Numbers and addresses in a line.
extension LineBytes {
  @inline(__always)
  func isDigit(_ index: Int) -> Bool { self[index] &- 48 < 10 }

  /// The two digits at `index`; nil if there are none.
  @inline(__always)
  func twoDigits(_ index: Int) -> Int? {
    let high = self[index] &- 48
    let low = self[index + 1] &- 48
    guard high < 10, low < 10 else { return nil }
    return Int(high) * 10 + Int(low)
  }

  /// The number in `digits` digits at `index`.
  func digits(_ index: Int, _ digits: Int) -> Int? {
    var value = 0
    for place in index..<index + digits {
      let digit = self[place] &- 48
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  /// Reads a whole number and moves `index` behind it; nil if there is none. A number that is too large becomes the
  /// largest one.
  @inline(__always)
  func number(_ index: inout Int) -> Int64? {
    var digit = self[index] &- 48
    guard digit < 10 else { return nil }
    var value: Int64 = 0
    var length = 0
    while digit < 10 {
      value = length < 18 ? value * 10 + Int64(digit) : .max
      length += 1
      index += 1
      digit = self[index] &- 48
    }
    return value
  }

  /// Reads a number with decimals (`0.227`, `12`, `1.5e-3`) in millionths and moves `index` behind it; nil for anything
  /// else.
  func millionths(_ index: inout Int) -> Int64? {
    guard let whole = number(&index) else { return nil }
    var value = min(whole, 1_000_000_000_000) * 1_000_000
    if self[index] == UInt8(ascii: "."), isDigit(index + 1) {
      index += 1
      var scale: Int64 = 100_000
      while isDigit(index) {
        value += Int64(self[index] &- 48) * scale
        scale /= 10
        index += 1
      }
    }
    if self[index] | 0x20 == UInt8(ascii: "e") {
      var place = index + 1
      let isNegative = self[place] == UInt8(ascii: "-")
      if isNegative || self[place] == UInt8(ascii: "+") { place += 1 }
      if let exponent = number(&place) {
        index = place
        for _ in 0..<min(exponent, 24) {
          value = isNegative ? value / 10 : value > Int64.max / 10 ? Int64.max : value * 10
        }
      }
    }
    return value
  }

  /// Whether a field looks like an IPv4 or IPv6 address without port and brackets. Only the kinds of characters are
  /// checked.
  @inline(__always)
  func isAddress(_ field: Field) -> Bool {
    guard (2...45).contains(field.count) else { return false }
    var colons = 0
    var dots = 0
    var hexadecimal = 0
    for index in field.start..<field.end {
      let byte = self[index]
      if byte &- 48 < 10 { continue }
      if byte == UInt8(ascii: ".") {
        dots += 1
      } else if byte == UInt8(ascii: ":") {
        colons += 1
      } else if (byte | 0x20) &- 97 < 6 {
        hexadecimal += 1
      } else if byte == UInt8(ascii: "%"), colons >= 2 {
        return true  // a zone
      } else {
        return false
      }
    }
    return colons >= 2 || (dots == 3 && colons == 0 && hexadecimal == 0)
  }

  /// The address in `1.2.3.4:56`, `[::1]:56`, `::1:56` (HAProxy: the port follows the last colon), or the field itself.
  func withoutPort(_ field: Field, lastColon: Bool = false) -> Field {
    if self[field.start] == UInt8(ascii: "[") {
      let close = min(first(UInt8(ascii: "]"), from: field.start), field.end)
      return Field(field.start + 1, close)
    }
    var colon = -1
    var colons = 0
    for index in field.start..<field.end where self[index] == UInt8(ascii: ":") {
      colon = index
      colons += 1
    }
    return colons == 1 || (lastColon && colons > 1) ? Field(field.start, colon) : field
  }
}

/// A buffer for a line that is escaped inside another one, as Docker writes them.
///
/// It uses pointers for the reason given at `LineBytes`.
final class ScratchLine {
  /// The longest line in bytes; longer ones are truncated.
  static let limit = 64 << 10
  private let base = UnsafeMutablePointer<UInt8>.allocate(capacity: ScratchLine.limit + LineBytes.padding)
  private var count = 0

  init() { base.initialize(repeating: 0, count: Self.limit + LineBytes.padding) }

  deinit { base.deallocate() }

  /// Valid until the next `unescape`.
  var line: LineBytes { LineBytes(base, count: count) }

  /// Copies the JSON string that begins behind the quote before `start`, without its escapes (RFC 8259 section 7) and
  /// the line feed at its end.
  ///
  /// `source` may be this line itself. False if the text has no line feed at its end.
  @discardableResult
  func unescape(_ source: LineBytes, from start: Int) -> Bool {
    count = 0
    var index = start
    while index < source.count, count < Self.limit {
      let byte = source[index]
      if byte == UInt8(ascii: "\"") { break }
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        append(byte)
        continue
      }
      let escape = source[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): append(10)
      case UInt8(ascii: "r"): append(13)
      case UInt8(ascii: "t"): append(9)
      case UInt8(ascii: "b"): append(8)
      case UInt8(ascii: "f"): append(12)
      case UInt8(ascii: "u"):
        var value: UInt32 = 0
        for place in index..<index + 4 {
          let digit = source[place]
          let number = digit &- 48 < 10 ? digit &- 48 : (digit | 0x20) &- 97 < 6 ? (digit | 0x20) &- 87 : 0
          value = value << 4 | UInt32(number)
        }
        index = min(index + 4, source.count)
        // Half of a surrogate pair is replaced; no such character is compared.
        for byte in String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8 { append(byte) }
      default: append(escape)
      }
    }
    let isWhole = count > 0 && base[count - 1] == 10
    while count > 0, base[count - 1] == 10 || base[count - 1] == 13 { count -= 1 }
    return isWhole
  }

  /// Copies a text unchanged.
  func take(_ bytes: [UInt8]) {
    count = 0
    for byte in bytes.prefix(Self.limit) { append(byte) }
  }

  /// Copies a line without the escape sequences that move a terminal's cursor and change its colours (ECMA-48).
  /// `source` may be this line itself.
  func takeWithoutEscapes(_ source: LineBytes) {
    count = 0
    var index = 0
    while index < source.count, count < Self.limit {
      let byte = source[index]
      index += 1
      guard byte == 27 else {
        append(byte)
        continue
      }
      guard source[index] == UInt8(ascii: "[") else { continue }
      index += 1
      while index < source.count, !(0x40...0x7E).contains(source[index]) { index += 1 }
      index += 1
    }
  }

  private func append(_ byte: UInt8) {
    guard count < Self.limit else { return }
    base[count] = byte
    count += 1
  }
}

/// Reads a message's bytes one after the other; every read returns nil if there are too few.
struct ByteCursor {
  private let bytes: ArraySlice<UInt8>
  /// The offset of the next byte.
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  var left: Int { bytes.endIndex - offset }
  var isAtEnd: Bool { left == 0 }

  /// The next `count` bytes as a number in network order, at most 8 of them.
  mutating func number(_ count: Int) -> UInt64? {
    guard let part = take(count) else { return nil }
    return part.reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func byte() -> UInt8? { number(1).map { UInt8($0) } }
  mutating func length(_ count: Int) -> Int? { number(count).flatMap(Int.init(exactly:)) }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= left else { return nil }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// A field that is preceded by its length in `width` bytes.
  mutating func vector(_ width: Int) -> ArraySlice<UInt8>? { length(width).flatMap { take($0) } }

  /// All that is left.
  mutating func rest() -> ArraySlice<UInt8> {
    defer { offset = bytes.endIndex }
    return bytes[offset...]
  }

  /// A QUIC number of 1, 2, 4 or 8 bytes (RFC 9000, section 16).
  mutating func variable() -> Int? {
    guard left > 0 else { return nil }
    let width = 1 << Int(bytes[offset] >> 6)
    return number(width).map { Int($0 & (UInt64.max >> 2) & (width == 8 ? .max : (1 << UInt64(width * 8 - 2)) - 1)) }
  }
}

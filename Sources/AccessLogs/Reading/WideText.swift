/// Text in UTF-16, as PowerShell's `>` and some editors write it, that arrives in pieces.
struct WideText {
  private let isLittle: Bool
  /// Bytes that wait for the rest of their character.
  private var rest: [UInt8] = []

  /// - Parameter head: the file's first four bytes; nil if they are not those of UTF-16: a byte order mark, or two characters
  ///   of ASCII with zeros between them.
  init?(_ head: ArraySlice<UInt8>) {
    let bytes = Array(head)
    if bytes.starts(with: [0xFF, 0xFE]) {
      (isLittle, rest) = (true, Array(bytes.dropFirst(2)))
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      (isLittle, rest) = (false, Array(bytes.dropFirst(2)))
    } else if bytes.count == 4, bytes[1] == 0, bytes[3] == 0, bytes[0] > 8, bytes[2] > 8 {
      (isLittle, rest) = (true, bytes)
    } else if bytes.count == 4, bytes[0] == 0, bytes[2] == 0, bytes[1] > 8, bytes[3] > 8 {
      (isLittle, rest) = (false, bytes)
    } else {
      return nil
    }
  }

  /// The next piece in UTF-8.
  mutating func decode(_ piece: ArraySlice<UInt8>) -> [UInt8] {
    rest += piece
    var units: [UInt16] = []
    units.reserveCapacity(rest.count / 2)
    for index in stride(from: 0, to: rest.count - 1, by: 2) {
      let (high, low) = isLittle ? (rest[index + 1], rest[index]) : (rest[index], rest[index + 1])
      units.append(UInt16(high) << 8 | UInt16(low))
    }
    var used = units.count * 2
    // The first half of a character whose second half is in the next piece.
    if let last = units.last, UTF16.isLeadSurrogate(last) {
      units.removeLast()
      used -= 2
    }
    rest.removeFirst(used)
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// What is left at the end: half a character.
  mutating func end() -> [UInt8] {
    defer { rest = [] }
    return rest.isEmpty ? [] : Array("\u{FFFD}".utf8)
  }
}

extension JSONParser {
  /// Parses a string with its quotes. Text that is not UTF-8 is rejected.
  mutating func text() throws(JSONError) -> String {
    guard byte == UInt8(ascii: "\"") else { throw error("not a string") }
    position += 1
    let start = position
    while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if byte == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try validated(bytes[start..<position])
    }
    return try escapedText(Array(bytes[start..<position]))
  }

  private func validated(_ content: some Collection<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else { throw error("not UTF-8") }
    return text
  }

  private mutating func escapedText(_ begin: [UInt8]) throws(JSONError) -> String {
    var content = begin
    while let byte {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try validated(content)
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw error("a control character in a string")
      default: content.append(byte)
      }
    }
    throw error("no end of the string")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let letter = byte else { throw error("no end of the string") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += Array(String(Character(try scalar())).utf8)
    default: throw error("not an escape")
    }
  }

  /// Parses the digits behind `\u`; a character beyond 16 bits has two escapes. Half of such a pair is rejected.
  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    let high = try hexadecimal()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard (0xD800..<0xDC00).contains(high), byte == UInt8(ascii: "\\") else { throw error("half a character") }
    position += 1
    guard byte == UInt8(ascii: "u") else { throw error("half a character") }
    position += 1
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw error("half a character") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error("not four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

extension NginxLexer {
  /// Skips Lua code up to the `}` that closes the block. Braces in strings, long strings and comments don't count (Lua
  /// 5.1 reference manual, section 2.1; OpenResty reads `…_by_lua_block {}` this way).
  mutating func skipLua() {
    var depth = 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return }
      case UInt8(ascii: "'"), UInt8(ascii: "\""): skipLuaString(byte)
      case UInt8(ascii: "["): _ = skipLongBracket()
      case UInt8(ascii: "-"):
        guard position < bytes.count, bytes[position] == byte else { continue }
        position += 1
        if position < bytes.count, bytes[position] == UInt8(ascii: "[") {
          position += 1
          if skipLongBracket() { continue }
        }
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      default: break
      }
    }
    report("Lua block is never closed")
  }

  /// Skips a short string, which ends with its quote or, if the quote is missing, with the line.
  private mutating func skipLuaString(_ quote: UInt8) {
    while position < bytes.count, bytes[position] != quote, bytes[position] != UInt8(ascii: "\n") {
      let isEscape = bytes[position] == UInt8(ascii: "\\") && position + 1 < bytes.count
      if isEscape, bytes[position + 1] == UInt8(ascii: "\n") { line += 1 }
      position += isEscape ? 2 : 1
    }
    if position < bytes.count, bytes[position] == quote { position += 1 }
  }

  /// After the first `[` of `[[` or `[==[`: skips everything up to the matching closing bracket. False, with nothing
  /// skipped, if it is no long bracket.
  private mutating func skipLongBracket() -> Bool {
    var level = 0
    while position + level < bytes.count, bytes[position + level] == UInt8(ascii: "=") { level += 1 }
    guard position + level < bytes.count, bytes[position + level] == UInt8(ascii: "[") else { return false }
    position += level + 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == UInt8(ascii: "]") else { continue }
      var equals = 0
      while equals < level, position + equals < bytes.count, bytes[position + equals] == UInt8(ascii: "=") {
        equals += 1
      }
      if equals == level, position + level < bytes.count, bytes[position + level] == UInt8(ascii: "]") {
        position += level + 1
        return true
      }
    }
    return true
  }
}

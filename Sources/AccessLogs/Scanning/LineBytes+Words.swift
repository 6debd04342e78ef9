/// Words of a line: separated by blanks, in quotes or in brackets.
extension LineBytes {
  /// The words from `start` on, at most `limit`, without the quotes or brackets around them.
  func words(from start: Int, limit: Int, separator: UInt8 = UInt8(ascii: " ")) -> [Field] {
    var words: [Field] = []
    var index = start
    while index < count, words.count < limit {
      if self[index] == separator {
        // Between two tabs there is an empty word; several blanks are only padding.
        if separator != 32, index == start || self[index - 1] == separator { words.append(Field(index, index)) }
        index += 1
        continue
      }
      if separator == 32, self[index] == UInt8(ascii: "\"") {
        var end = first(UInt8(ascii: "\""), from: index + 1)
        while end < count, self[end - 1] == UInt8(ascii: "\\") { end = first(UInt8(ascii: "\""), from: end + 1) }
        words.append(Field(index + 1, end))
        index = end + 1
      } else if separator == 32, self[index] == UInt8(ascii: "[") {
        let end = first(UInt8(ascii: "]"), from: index)
        words.append(Field(index + 1, end))
        index = end + 1
      } else {
        let end = first(separator, from: index)
        words.append(Field(index, end))
        index = end
      }
    }
    return words
  }

  /// Whether a word is a dash or empty.
  func isDash(_ field: Field) -> Bool {
    field.isEmpty || (field.count == 1 && self[field.start] == UInt8(ascii: "-"))
  }

  /// The word as a whole number; nil if it is none.
  func wholeNumber(_ field: Field) -> Int64? {
    var index = field.start
    guard let value = number(&index), index == field.end else { return nil }
    return value
  }

  /// The word as a status: three digits from 100 to 599, or 0 for a dash; nil for anything else.
  func statusCode(_ field: Field) -> Int32? {
    if isDash(field) { return 0 }
    guard field.count == 3, let value = digits(field.start, 3), value >= 0, value < 1000 else { return nil }
    return Int32(value)
  }
}

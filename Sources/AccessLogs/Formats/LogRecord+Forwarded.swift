/// The origin of a forwarded request, in a header's list such as `203.0.113.77, 10.0.0.1`.
extension LogRecord {
  /// The first public address in a list of addresses, or the first address if none is public; nil if there is none.
  static func visitor(_ line: LineBytes, in list: Field) -> Field? {
    var first: Field?
    var start = list.start
    while start < list.end {
      var end = start
      while end < list.end, line[end] != UInt8(ascii: ",") { end += 1 }
      var place = Field.trimmed(line, start, end)
      // Forwarded: for="[2001:db8::1]:80";proto=https
      if line.has("for=", at: place.start) {
        var stop = place.start + 4
        while stop < place.end, line[stop] != UInt8(ascii: ";") { stop += 1 }
        place = Field.trimmed(line, place.start + 4, stop)
      }
      let address = line.withoutPort(place)
      if line.isAddress(address) {
        if !line.isLocalAddress(address) { return address }
        first = first ?? address
      }
      start = end + 1
    }
    return first
  }

  /// Whether a text has only addresses without ports, separated by commas.
  static func isAddressList(_ line: LineBytes, _ field: Field) -> Bool {
    guard field.count >= 2, field.count <= 1024 else { return false }
    var start = field.start
    while start < field.end {
      var end = start
      while end < field.end, line[end] != UInt8(ascii: ",") { end += 1 }
      let part = Field.trimmed(line, start, end)
      let isUnknown = part.count == 7 && line.has("unknown", at: part.start)
      guard isUnknown || line.isAddress(part) else { return false }
      start = end + 1
    }
    return true
  }
}

extension Field {
  /// The field without the blanks and quotes around it.
  static func trimmed(_ line: LineBytes, _ start: Int, _ end: Int) -> Field {
    var (start, end) = (start, end)
    let isOutside = { (byte: UInt8) in byte == 32 || byte == 9 || byte == UInt8(ascii: "\"") }
    while start < end, isOutside(line[start]) { start += 1 }
    while end > start, isOutside(line[end - 1]) { end -= 1 }
    return Field(start, end)
  }
}

extension LineBytes {
  /// Whether an address is private, of this host or of this link, so that no outside client has it.
  func isLocalAddress(_ field: Field) -> Bool {
    let start = field.start
    var isNumeric = true
    for index in start..<field.end where self[index] == UInt8(ascii: ":") { isNumeric = false }
    guard isNumeric else {
      let first = self[start] | 0x20
      let second = self[start + 1] | 0x20
      if first == UInt8(ascii: "f"), second == UInt8(ascii: "c") || second == UInt8(ascii: "d") { return true }
      if has("fe8", at: start) || has("FE8", at: start) { return true }
      return field.count == 3 && has("::1", at: start)
    }
    var index = start
    guard let high = number(&index) else { return false }
    index += 1
    let low = number(&index) ?? 0
    switch high {
    case 10, 127, 0: return true
    case 172: return (16...31).contains(low)
    case 192: return low == 168
    case 169: return low == 254
    case 100: return (64...127).contains(low)
    default: return false
    }
  }

  /// Whether a text may be a host's or site's name: letters, digits, dots and the like, with at least one letter, and
  /// no time.
  func isHostName(_ field: Field) -> Bool {
    guard (1...253).contains(field.count) else { return false }
    var letters = 0
    for index in field.start..<field.end {
      let byte = self[index]
      if (byte | 0x20) &- 97 < 26 {
        letters += 1
      } else if byte &- 48 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") {
        continue
      } else {
        return false
      }
    }
    guard letters > 0, self[field.start] != UInt8(ascii: "-"), self[field.start] != UInt8(ascii: ".") else {
      return false
    }
    return !(field.count == 3 && TimestampReader.month(self, field.start) != nil)
  }

  /// Whether a text is a site's name: with a dot and letters after the last one (`git.example.com`), or `localhost`; a
  /// port may follow.
  func isSiteName(_ field: Field) -> Bool {
    let name = withoutPort(field)
    guard isHostName(name) else { return false }
    if name.count == 9, has("localhost", at: name.start) { return true }
    var dot = -1
    for index in name.start..<name.end where self[index] == UInt8(ascii: ".") { dot = index }
    guard dot > name.start, name.end - dot > 2 else { return false }
    for index in dot + 1..<name.end where (self[index] | 0x20) &- 97 >= 26 {
      // Punycode: xn--p1ai
      if !has("xn--", at: dot + 1) { return false }
    }
    return true
  }
}

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
  /// Dotted decimal, or the canonical IPv6 text of RFC 5952; for a stand-in its text.
  public var description: String {
    switch self {
    case .v4(let value):
      "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    case .v6(let value): standsFor ?? Self.canonicalText(value)
    }
  }

  /// Parses dotted decimal or IPv6 text, also with an embedded IPv4 tail. Nil for leading zeros (`010` is octal to some
  /// programs), a zone (`%eth0`) or brackets, which are not part of an address.
  public init?(_ text: String) {
    self.init(Substring(text))
  }

  public init?(_ text: Substring) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let value = Self.parseV6(text) else { return nil }
      self = .v6(value)
    } else {
      guard let value = Self.parseV4(text) else { return nil }
      self = .v4(value)
    }
  }

  private static func canonicalText(_ value: UInt128) -> String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(112 - $0 * 16)) }
    // The longest run of two or more zero groups is shortened, the first one among equals (RFC 5952 section 4.2).
    var best = 0..<0
    var start = 0
    while start < 8 {
      guard groups[start] == 0 else { start += 1; continue }
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = end
    }
    let hex = { (range: Range<Int>) in groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? hex(0..<8) : "\(hex(0..<best.lowerBound))::\(hex(best.upperBound..<8))"
  }

  private static func parseV4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"), let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    return value
  }

  private static func parseV6(_ text: Substring) -> UInt128? {
    let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
    guard halves.count <= 2, let head = groups(halves[0], mayEndInV4: halves.count == 1) else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? join(head) : nil }
    guard let tail = groups(halves[1], mayEndInV4: true), head.count + tail.count < 8 else { return nil }
    return join(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
  }

  private static func join(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  private static func groups(_ text: Substring, mayEndInV4: Bool) -> [UInt16]? {
    if text.isEmpty { return [] }
    var result: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if mayEndInV4, index == parts.count - 1, part.contains("."), let v4 = parseV4(part) {
        result += [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
        continue
      }
      guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"), let group = UInt16(part, radix: 16)
      else { return nil }
      result.append(group)
    }
    return result.count <= 8 ? result : nil
  }
}

internal import Flows

/// A DNS server's answer to a question for addresses (RFC 1035, section 4; RFC 3596).
struct DNSMessage: Hashable, Sendable {
  var question: String
  var aliases: [String] = []
  var addresses: [IPAddress] = []
  /// Seconds; 0 without records.
  var lifetime: UInt32 = 0

  private static let recordLimit = 512
  private static let aliasLimit = 32

  private struct Alias {
    var from, to: String
    var lifetime: UInt32
  }
  private struct Address {
    var of: String
    var address: IPAddress
    var lifetime: UInt32
  }

  /// Nil for anything else: questions, other types (HTTPS, PTR …), malformed messages, and messages truncated before an
  /// address. Records before a damaged one count.
  init?(parsing message: [UInt8]) {
    guard message.count >= 12, message[2] & 0xF8 == 0x80 else { return nil }
    let isCut = message[2] & 0x02 != 0
    func count(_ offset: Int) -> Int { Int(message[offset]) << 8 | Int(message[offset + 1]) }
    guard count(4) == 1 else { return nil }
    var offset = 12
    guard let name = Self.name(message, &offset), let type = Self.number(message, &offset, 2),
      let inside = Self.number(message, &offset, 2), type == 1 || type == 28, inside & 0x7FFF == 1
    else { return nil }
    question = name

    var aliases: [Alias] = []
    var found: [Address] = []
    var isWhole = true
    for _ in 0..<min(count(6), Self.recordLimit) {
      guard let owner = Self.name(message, &offset), let type = Self.number(message, &offset, 2),
        Self.number(message, &offset, 2) != nil, let lifetime = Self.number(message, &offset, 4),
        let length = Self.number(message, &offset, 2), Int(length) <= message.count - offset
      else {
        isWhole = false
        break
      }
      let data = offset..<offset + Int(length)
      switch (type, length) {
      case (1, 4), (28, 16):
        if let address = IPAddress(networkOrder: message[data]) {
          found.append(Address(of: owner, address: address, lifetime: lifetime))
        }
      case (5, _):
        var start = data.lowerBound
        if let target = Self.name(message, &start) {
          aliases.append(Alias(from: owner, to: target, lifetime: lifetime))
        }
      default: break
      }
      offset = data.upperBound
    }

    // The records may be in any order, and a chain may lead back to its start.
    var current = name
    var shortest: UInt32?
    while self.aliases.count < Self.aliasLimit, let alias = aliases.first(where: { $0.from == current }),
      alias.to != name, !self.aliases.contains(alias.to)
    {
      self.aliases.append(alias.to)
      shortest = min(shortest ?? .max, alias.lifetime)
      current = alias.to
    }
    for record in found where record.of == current {
      addresses.append(record.address)
      shortest = min(shortest ?? .max, record.lifetime)
    }
    lifetime = shortest ?? 0
    if addresses.isEmpty, isCut || !isWhole { return nil }
  }

  static func number(_ message: [UInt8], _ offset: inout Int, _ count: Int) -> UInt32? {
    guard count <= message.count - offset else { return nil }
    defer { offset += count }
    return message[offset..<offset + count].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// A name, whose end may be a pointer to an earlier one (RFC 1035, section 4.1.4). Pointers must lead backward, so
  /// there is an end. Bytes that are not visible ASCII, and dots within a label, are written `\DDD` (section 5.1).
  static func name(_ message: [UInt8], _ offset: inout Int) -> String? {
    var text = ""
    var place = offset
    var lowest = offset
    var hasJumped = false
    var length = 0
    while place < message.count {
      let size = Int(message[place])
      switch size >> 6 {
      case 0:
        place += 1
        if size == 0 {
          if !hasJumped { offset = place }
          return text
        }
        length += size + 1
        guard length <= 255, size <= message.count - place else { return nil }
        if !text.isEmpty { text += "." }
        for byte in message[place..<place + size] { append(byte, to: &text) }
        place += size
      case 3:
        guard place + 1 < message.count else { return nil }
        let target = (size & 0x3F) << 8 | Int(message[place + 1])
        guard target < lowest else { return nil }
        if !hasJumped { offset = place + 2 }
        hasJumped = true
        lowest = target
        place = target
      default: return nil
      }
    }
    return nil
  }

  private static func append(_ byte: UInt8, to text: inout String) {
    switch byte {
    case 0x41...0x5A: text.unicodeScalars.append(Unicode.Scalar(byte | 0x20))
    case 0x2E, 0x5C, ...0x20, 0x7F...:
      let digits = String(byte)
      text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    default: text.unicodeScalars.append(Unicode.Scalar(byte))
    }
  }
}

/// A key that a person pressed.
public enum Key: Hashable, Sendable {
  case character(Character)
  case enter, escape, backspace, tab, backTab
  case up, down, left, right, pageUp, pageDown, home, end
  /// Ctrl and a letter: `c` for Ctrl-C.
  case control(Character)
  /// A sequence of an unknown key.
  case other
}

/// Turns a terminal's bytes into keys. Sequences and characters may arrive in pieces.
///
/// The sequences are xterm's (ctlseqs, "PC-Style Function Keys"), which every current terminal sends.
public struct KeyParser: Sendable {
  private var pending: [UInt8] = []

  public init() {}

  /// Whether the bytes so far may be the beginning of something longer.
  public var isWaiting: Bool { !pending.isEmpty }

  /// The keys that `bytes` complete.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    var position = 0
    while position < pending.count, let (key, length) = Self.key(pending[position...]) {
      keys.append(key)
      position += length
    }
    pending.removeFirst(position)
    return keys
  }

  /// Turns the remaining bytes into keys: a lone ESC is the Escape key. Call it when nothing followed for a moment.
  public mutating func flush() -> [Key] {
    guard let first = pending.first else { return [] }
    let rest = pending.dropFirst()
    pending = []
    return first == 0x1B ? [.escape] + (rest.isEmpty ? [] : [.other]) : [.other]
  }

  /// The first key and the number of its bytes; nil if more bytes are needed.
  private static func key(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
    guard let first = bytes.first else { return nil }
    switch first {
    case 0x1B: return sequence(bytes)
    case 0x0D, 0x0A: return (.enter, 1)
    case 0x09: return (.tab, 1)
    case 0x08, 0x7F: return (.backspace, 1)
    case 0..<0x1B: return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
    case 0x20..<0x7F: return (.character(Character(Unicode.Scalar(first))), 1)
    case 0xC2...0xF4: return character(bytes, length: first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4)
    default: return (.other, 1)
    }
  }

  private static func character(_ bytes: ArraySlice<UInt8>, length: Int) -> (Key, Int)? {
    guard bytes.dropFirst().prefix(length - 1).allSatisfy({ $0 & 0xC0 == 0x80 }) else { return (.other, 1) }
    guard bytes.count >= length else { return nil }
    guard let text = String(validating: bytes.prefix(length), as: UTF8.self), let character = text.first
    else { return (.other, length) }
    return (.character(character), length)
  }

  private static func sequence(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
    guard let introducer = bytes.dropFirst().first else { return nil }
    guard introducer == UInt8(ascii: "[") || introducer == UInt8(ascii: "O") else { return (.escape, 1) }
    let parameters = bytes.dropFirst(2).prefix { (0x20..<0x40).contains($0) }
    guard let final = bytes.dropFirst(2 + parameters.count).first else {
      return parameters.count > 16 ? (.other, 2 + parameters.count) : nil
    }
    let number = String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
    return (named(final, number), 3 + parameters.count)
  }

  private static func named(_ final: UInt8, _ number: String) -> Key {
    switch (Character(Unicode.Scalar(final)), number) {
    case ("A", _): .up
    case ("B", _): .down
    case ("C", _): .right
    case ("D", _): .left
    case ("H", _), ("~", "1"), ("~", "7"): .home
    case ("F", _), ("~", "4"), ("~", "8"): .end
    case ("~", "5"): .pageUp
    case ("~", "6"): .pageDown
    case ("M", _): .enter
    case ("Z", _): .backTab
    default: .other
    }
  }
}

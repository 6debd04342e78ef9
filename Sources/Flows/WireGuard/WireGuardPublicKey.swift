/// The public key of a WireGuard device or peer: 32 bytes that identify it and are not secret.
///
/// There is no type for private and preshared keys, because those are never kept.
public struct WireGuardPublicKey: Hashable, Sendable {
  /// The key in four big-endian parts, so that it needs no heap memory.
  private let first, second, third, fourth: UInt64

  /// The key from its 32 bytes; nil for any other count.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for (index, byte) in bytes.enumerated() {
      switch index / 8 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      default: words.3 = words.3 << 8 | UInt64(byte)
      }
    }
    (first, second, third, fourth) = words
  }

  public var bytes: [UInt8] {
    [first, second, third, fourth].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }

  /// The name of a peer that has none: `peer 8xVvoPgd`, with the first 8 characters of its key.
  public var title: String {
    hiddenNumber.map { "peer \($0) (key not shown)" } ?? "peer \(description.prefix(8))"
  }

  /// The key of a peer whose real one somebody made unreadable: it only tells the peers of one listing apart.
  ///
  /// - Parameter number: the peer's number in its listing, from 1.
  public init(hidden number: Int) {
    (first, second, third, fourth) = (0, 0, 0, UInt64(max(number, 1)))
  }

  /// The number of a peer whose key is not known; nil for a real key. (A real one with 24 zero bytes does not exist.)
  public var hiddenNumber: Int? {
    first == 0 && second == 0 && third == 0 && fourth > 0 ? Int(exactly: fourth) : nil
  }
}

extension WireGuardPublicKey: CustomStringConvertible, LosslessStringConvertible {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Base64 (RFC 4648 section 4), as `wg` prints it and configurations write it: 43 characters and `=`.
  public var description: String {
    let bytes = bytes + [0]
    var text: [UInt8] = []
    for start in stride(from: 0, to: 33, by: 3) {
      let group = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
      text += stride(from: 18, through: 0, by: -6).map { Self.digits[Int(group >> UInt32($0) & 63)] }
    }
    text[43] = UInt8(ascii: "=")
    return String(decoding: text, as: UTF8.self)
  }

  public init?(_ text: String) { self.init(base64: text.utf8) }

  /// Parses base64; nil unless it is the one spelling that `wg` accepts: 43 digits, the last with two zero bits, and
  /// `=`.
  public init?(base64 text: some Collection<UInt8>) {
    guard text.count == 44 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(33)
    var group: UInt32 = 0
    for (index, character) in text.enumerated() {
      if index == 43 {
        guard character == UInt8(ascii: "=") else { return nil }
        group <<= 6
      } else {
        guard let value = Self.value(character) else { return nil }
        group = group << 6 | value
      }
      guard index % 4 == 3 else { continue }
      bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
      group = 0
    }
    guard bytes.popLast() == 0 else { return nil }
    self.init(bytes)
  }

  /// Parses 64 hexadecimal digits, as `wireguard-go` writes keys; nil for anything else.
  public init?(hexadecimal text: some Collection<UInt8>) {
    guard text.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for character in text {
      let digit: UInt8
      switch character {
      case 48...57: digit = character - 48
      case 65...70: digit = character - 55
      case 97...102: digit = character - 87
      default: return nil
      }
      if let half = high {
        bytes.append(half << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    self.init(bytes)
  }

  private static func value(_ character: UInt8) -> UInt32? {
    switch character {
    case 65...90: UInt32(character - 65)
    case 97...122: UInt32(character - 71)
    case 48...57: UInt32(character + 4)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

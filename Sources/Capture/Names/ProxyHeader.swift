/// The header that a proxy may send before a connection's own bytes (haproxy.org, "The PROXY protocol", versions 1 and
/// 2).
enum ProxyHeader {
  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]
  private static let word = Array("PROXY ".utf8)

  /// Its length: nil if there is none, `.some(nil)` if more bytes are needed to decide.
  static func length(in bytes: [UInt8]) -> Int?? {
    if bytes.starts(with: signature) {
      guard bytes.count >= 16 else { return .some(nil) }
      let length = 16 + (Int(bytes[14]) << 8 | Int(bytes[15]))
      return bytes.count >= length ? length : .some(nil)
    }
    if bytes.starts(with: word) {
      if let end = bytes.prefix(108).firstIndex(of: 0x0A) { return end + 1 }
      return bytes.count >= 108 ? nil : .some(nil)
    }
    return signature.starts(with: bytes) || (bytes.count > 3 && word.starts(with: bytes)) ? .some(nil) : nil
  }
}

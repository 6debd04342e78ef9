/// Reads the handshake in the first records of a TLS connection (RFC 8446, section 5.1).
enum TLSRecords {
  /// Whether a stream that begins with `bytes` may begin with a ClientHello; nil if there are too few bytes to decide.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool? {
    let pattern: [(UInt8) -> Bool] = [
      { $0 == 22 }, { $0 == 3 }, { $0 <= 4 }, { $0 <= 0x41 }, { _ in true }, { $0 == 1 },
    ]
    for (byte, matches) in zip(bytes, pattern) where !matches(byte) { return false }
    return bytes.count >= pattern.count ? true : nil
  }

  /// The ClientHello, assembled from all records that it fills.
  static func clientHello(in bytes: [UInt8], atEnd: Bool) -> ClientHello.Reading {
    var cursor = ByteCursor(bytes[...])
    var handshake: [UInt8] = []
    var isCut = false
    while !cursor.isAtEnd, !isCut {
      guard let type = cursor.byte(), let major = cursor.byte(), cursor.byte() != nil, let length = cursor.length(2)
      else {
        break
      }
      guard type == 22, major == 3, length <= 16_640, length > 0 else {
        return handshake.isEmpty ? .other : end(handshake)
      }
      if let record = cursor.take(length) {
        handshake += record
      } else {
        handshake += cursor.rest()
        isCut = true
      }
      switch ClientHello.parse(handshake: handshake[...]) {
      case .partial: break
      case let reading: return reading
      }
    }
    return atEnd ? end(handshake) : .partial
  }

  private static func end(_ handshake: [UInt8]) -> ClientHello.Reading {
    ClientHello.parse(handshake: handshake[...], atEnd: true)
  }
}

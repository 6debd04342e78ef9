internal import CCapture

/// A client's Initial packet within a datagram (RFC 9000, sections 17.2 and 17.2.2; RFC 9369, section 3.2).
package struct QUICInitial {
  var version: UInt32
  /// The destination connection id.
  var id: [UInt8]
  /// The range of the packet in the datagram.
  var range: Range<Int>
  /// The offset of the packet number in the packet.
  var numberOffset: Int

  /// Whether a datagram may begin with such a packet.
  static func begins(_ first: UInt8, version: UInt32?) -> Bool {
    first & 0xC0 == 0xC0 && (version == HW_QUIC_1 || version == HW_QUIC_2)
  }

  /// The Initial packets of a datagram, which other packets may share.
  static func all(in datagram: [UInt8]) -> [QUICInitial] {
    var packets: [QUICInitial] = []
    var start = 0
    // The shortest packet with a long header has 7 bytes, so there is an end.
    while start < datagram.count, packets.count < 8 {
      var cursor = ByteCursor(datagram[start...])
      guard let first = cursor.byte(), first & 0xC0 == 0xC0, let version = cursor.number(4).map({ UInt32($0) }),
        version == HW_QUIC_1 || version == HW_QUIC_2,
        let id = cursor.vector(1), id.count <= 20, let own = cursor.vector(1), own.count <= 20
      else { break }
      // Version 2 counts the types from Retry on.
      let type = ((first >> 4) &- (version == HW_QUIC_2 ? 1 : 0)) & 3
      guard type != 3 else { break }
      if type == 0 {
        guard let token = cursor.variable(), cursor.take(token) != nil else { break }
      }
      guard let length = cursor.variable(), length <= cursor.left else { break }
      let end = cursor.offset + length
      if type == 0 {
        packets.append(
          QUICInitial(version: version, id: Array(id), range: start..<end, numberOffset: cursor.offset - start))
      }
      start = end
    }
    return packets
  }

  /// The packet's frames, decrypted; nil unless it is of a client whose first packet went to `id`.
  func frames(in datagram: [UInt8], firstID id: [UInt8]) -> [UInt8]? {
    var packet = Array(datagram[range])
    var start = 0
    let count = hw_quic_open_initial(version, id, id.count, &packet, packet.count, numberOffset, &start)
    guard count >= 0, start <= packet.count, Int(count) <= packet.count - start else { return nil }
    return Array(packet[start..<start + Int(count)])
  }

  /// The data of the CRYPTO frames from the start.
  package static func handshake(inFrames frames: [UInt8]) -> [UInt8] {
    var assembly = ByteAssembly(limit: 32_768)
    _ = readFrames(frames, into: &assembly)
    return assembly.bytes
  }

  /// Adds the data of the CRYPTO frames (RFC 9000, section 19.6); false if the frames are not valid in an Initial
  /// packet.
  static func readFrames(_ frames: [UInt8], into assembly: inout ByteAssembly) -> Bool {
    var cursor = ByteCursor(frames[...])
    while let type = cursor.byte() {
      switch type {
      // PADDING, PING
      case 0, 1: break
      // ACK: largest, delay, count of ranges, first range; then gap and range; the second kind has three counters more.
      case 2, 3:
        guard cursor.variable() != nil, cursor.variable() != nil, let ranges = cursor.variable(), ranges <= cursor.left,
          cursor.variable() != nil
        else { return false }
        for _ in 0..<ranges * 2 + (type == 3 ? 3 : 0) {
          guard cursor.variable() != nil else { return false }
        }
      case 6:
        guard let offset = cursor.variable(), let length = cursor.variable(), let data = cursor.take(length) else {
          return false
        }
        assembly.add(Array(data), at: offset)
      default: return type == 0x1C
      }
    }
    return true
  }
}

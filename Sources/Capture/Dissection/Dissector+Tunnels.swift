internal import Flows

extension Dissector {
  /// Looks for another IP header in the payload of `layer`, whose transport header is at `offset`.
  mutating func readCarried(_ frame: RawSpan, by layer: PacketLayer, at offset: Int) {
    let count = packet.encapsulations.count
    let found = packet.inner
    switch layer.flow.transport.number {
    // IPIP and 6in4 (IANA "Protocol Numbers").
    case 4, 41:
      packet.encapsulations.append(.ip)
      readIP(frame, at: offset, version: layer.flow.transport.number == 4 ? 4 : 6)
    case Transport.gre.number: readGRE(frame, at: offset)
    case Transport.udp.number where layer.hasPorts: readCarriedByUDP(frame, layer)
    default: return
    }
    // There is nothing, or no IP.
    if packet.inner == found { packet.encapsulations.removeSubrange(count...) }
  }

  /// RFC 2784 and RFC 2890; version 1 is PPTP's (RFC 2637, section 4.1).
  private mutating func readGRE(_ frame: RawSpan, at start: Int) {
    guard let flags: UInt16 = frame.bigEndian(at: start), let type: UInt16 = frame.bigEndian(at: start + 2) else {
      return
    }
    packet.encapsulations.append(.gre)
    var offset = start + 4
    if flags & 7 == 1 {
      guard type == 0x880B, flags & 0x2000 != 0 else { return }
      offset += 4
      if flags & 0x1000 != 0 { offset += 4 }
      if flags & 0x0080 != 0 { offset += 4 }
      return readPPP(frame, at: offset)
    }
    // A list of routes (RFC 1701) is obsolete.
    guard flags & 7 == 0, flags & 0x4000 == 0 else { return }
    if flags & 0x8000 != 0 { offset += 4 }
    if flags & 0x2000 != 0 { offset += 4 }
    if flags & 0x1000 != 0 { offset += 4 }
    switch type {
    case 0x0800, 0x86DD, 0x6558, 0x8847, 0x8848: readProtocol(frame, type, at: offset)
    default: break
    }
  }

  private mutating func readCarriedByUDP(_ frame: RawSpan, _ layer: PacketLayer) {
    let start = layer.payload.lowerBound
    switch layer.flow.destination.port {
    // IANA's port, and the one of Linux before it, which flannel still uses.
    case 4789, 8472:
      // "I" must be set and reserved bits zero (RFC 7348, section 5); otherwise the port carries something else.
      guard let flags: UInt32 = frame.bigEndian(at: start), flags & 0xFF00_0000 == 0x0800_0000,
        frame.byte(at: start + 7) == 0
      else { return }
      packet.encapsulations.append(.vxlan)
      readEthernet(frame, at: start + 8)
    case 6081:
      // Version 0, options in words of 4, then what it is (RFC 8926, section 3.4).
      guard let first = frame.byte(at: start), first >> 6 == 0, let type: UInt16 = frame.bigEndian(at: start + 2) else {
        return
      }
      packet.encapsulations.append(.geneve)
      readProtocol(frame, type, at: start + 8 + Int(first & 63) * 4)
    default: break
    }
  }
}

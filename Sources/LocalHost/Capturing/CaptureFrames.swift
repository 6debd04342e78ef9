internal import Capture
internal import LinuxSystem

/// Brings packets of all kinds of interfaces into the form of one link type, and leaves out what is not wanted of them.
struct CaptureFrames: Sendable {
  let link: LinkType
  /// How many bytes of each packet are wanted; nil for its headers.
  let length: Int?

  /// The most bytes of a packet of which only the headers are wanted: those of a handshake that the kernel joined.
  static let handshake = 16_384

  /// How many bytes the kernel has to copy of each packet.
  var snap: UInt32 { UInt32(clamping: length ?? Self.handshake) }

  /// The link type that all of these interfaces can be written with (`ARPHRD_…`): their own one, if they have the same.
  static func link(of hardwareTypes: Set<UInt16>) -> LinkType {
    let own = Set(hardwareTypes.map { link($0) })
    return own.count == 1 ? own.first ?? .ethernet : own.isEmpty ? .ethernet : .linuxCooked2
  }

  private static func link(_ hardwareType: UInt16) -> LinkType {
    switch hardwareType {
    // ARPHRD_ETHER, ARPHRD_LOOPBACK.
    case 1, 772: .ethernet
    // ARPHRD_NONE, ARPHRD_RAWIP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT.
    case 65534, 519, 768, 769, 776: .raw
    default: .linuxCooked2
    }
  }

  /// Whether packets of such an interface can be written.
  func takes(_ hardwareType: UInt16) -> Bool { link == .linuxCooked2 || Self.link(hardwareType) == link }

  /// Appends a packet to `bytes`. Returns its length on the wire in this form.
  func append(_ packet: LivePacket, _ raw: UnsafeRawBufferPointer, to bytes: inout [UInt8]) -> Int {
    let start = bytes.count
    var wire: Int
    switch link {
    case .ethernet:
      wire = packet.length
      if let tag = packet.tag, raw.count >= 14 {
        bytes.append(contentsOf: raw[..<12])
        append(tag.type, to: &bytes)
        append(tag.value, to: &bytes)
        bytes.append(contentsOf: raw[12...])
        wire += 4
      } else {
        bytes.append(contentsOf: raw)
      }
    case .raw:
      let offset = min(packet.networkOffset, raw.count)
      bytes.append(contentsOf: raw[offset...])
      wire = packet.length - offset
    default:
      let offset = min(packet.networkOffset, raw.count)
      cook(packet, to: &bytes)
      bytes.append(contentsOf: raw[offset...])
      wire = packet.length - offset + bytes.count - start - (raw.count - offset)
    }
    wire = max(wire, bytes.count - start)
    cut(&bytes, start, wire)
    return wire
  }

  /// The header of `tcpdump -i any` (LINKTYPE_LINUX_SLL2). A tag is behind it, as it is behind an Ethernet header.
  private func cook(_ packet: LivePacket, to bytes: inout [UInt8]) {
    append(packet.tag?.type ?? packet.etherType, to: &bytes)
    append(UInt16(0), to: &bytes)
    append(packet.interface, to: &bytes)
    append(packet.hardwareType, to: &bytes)
    bytes.append(packet.kind)
    bytes.append(packet.linkAddress.length)
    withUnsafeBytes(of: packet.linkAddress.bytes) { bytes.append(contentsOf: $0) }
    if let tag = packet.tag {
      append(tag.value, to: &bytes)
      append(packet.etherType, to: &bytes)
    }
  }

  private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private func cut(_ bytes: inout [UInt8], _ start: Int, _ wire: Int) {
    let kept =
      length
      ?? PacketHeader.length(
        of: bytes.span.bytes.extracting(start..<bytes.count), link: link, wireLength: wire)
    if bytes.count - start > kept { bytes.removeLast(bytes.count - start - kept) }
  }
}

internal import Flows

/// Reads the headers of a frame. It follows every known encapsulation, for a bounded number of headers, and never reads
/// beyond the frame.
///
/// Lengths in headers are used only within the rest of the frame: an IP length of 0 (segmentation offload, jumbograms
/// of RFC 2675) or beyond the frame means "to the end of the frame".
public struct Dissector {
  /// The frame's length on the wire, at least the captured length.
  let wireLength: Int
  var packet = DissectedPacket()
  /// How many more headers of any layer may be read.
  private var budget = 64

  private init(wireLength: Int) { self.wireLength = wireLength }

  /// Reads the headers of `frame`.
  ///
  /// - Parameter wireLength: the frame's length before the capture truncated it; nil if it is not known. At least the
  ///   captured length is used.
  public static func dissect(_ frame: RawSpan, link: LinkType, wireLength: Int? = nil) -> DissectedPacket {
    var dissector = Dissector(wireLength: max(frame.byteCount, wireLength ?? 0))
    dissector.readLink(frame, link)
    return dissector.packet
  }

  /// Counts one header; false if no more may be read.
  mutating func spend() -> Bool {
    budget -= 1
    return budget >= 0
  }

  private mutating func readLink(_ frame: RawSpan, _ link: LinkType) {
    switch link {
    case .ethernet: readEthernet(frame, at: 0)
    case .linuxCooked:
      readHardware(frame.bigEndian(at: 2))
      readDirection(frame.byte(at: 1))
      readProtocol(frame, frame.bigEndian(at: 14), at: 16)
    case .linuxCooked2:
      packet.interface = frame.bigEndian(at: 4, as: UInt32.self)
      readHardware(frame.bigEndian(at: 8))
      readDirection(frame.byte(at: 10))
      readProtocol(frame, frame.bigEndian(at: 0), at: 20)
    case .raw, .rawBSD, .rawOpenBSD: readIP(frame, at: 0)
    case .ipv4: readIP(frame, at: 0, version: 4)
    case .ipv6: readIP(frame, at: 0, version: 6)
    case .null, .loopback: if let family = frame.bigEndian(at: 0, as: UInt32.self) { readFamily(frame, family) }
    case .ppp, .pppHDLC: readPPP(frame, at: 0)
    case .ciscoHDLC: readProtocol(frame, frame.bigEndian(at: 2), at: 4)
    case .ipOverInfiniBand: readProtocol(frame, frame.bigEndian(at: 40), at: 44)
    case .nflog: readLog(frame)
    default: break
    }
  }

  /// `PACKET_HOST` is 0, `PACKET_OUTGOING` is 4 (`<linux/if_packet.h>`).
  private mutating func readDirection(_ type: UInt8?) {
    if type == 0 || type == 4 { packet.isOutgoing = type == 4 }
  }

  /// `ARPHRD_NONE` is 0xFFFE (`<linux/if_arp.h>`).
  private mutating func readHardware(_ type: UInt16?) { packet.isWithoutLink = type == 0xFFFE }

  /// `AF_INET` is 2 everywhere; `AF_INET6` is 10 on Linux, and 24, 28 or 30 on the BSDs and macOS. Both byte orders are
  /// accepted.
  private mutating func readFamily(_ frame: RawSpan, _ family: UInt32) {
    switch family > 0xFFFF ? family.byteSwapped : family {
    case 2: readIP(frame, at: 4, version: 4)
    case 10, 24, 28, 30: readIP(frame, at: 4, version: 6)
    default: break
    }
  }

  // MARK: Link layers

  mutating func readEthernet(_ frame: RawSpan, at start: Int) {
    readProtocol(frame, frame.bigEndian(at: start + 12), at: start + 14)
  }

  /// Reads what follows an EtherType (IANA "IEEE 802 Numbers") or a length (IEEE 802.3).
  mutating func readProtocol(_ frame: RawSpan, _ type: UInt16?, at start: Int) {
    guard let type, spend() else { return }
    switch type {
    case 0x0800: readIP(frame, at: start, version: 4)
    case 0x86DD: readIP(frame, at: start, version: 6)
    // 802.1Q, 802.1ad and their predecessors.
    case 0x8100, 0x88A8, 0x9100, 0x9200: readProtocol(frame, frame.bigEndian(at: start + 2), at: start + 4)
    case 0x8847, 0x8848: readLabels(frame, at: start)
    // PPPoE's session stage (RFC 2516): version and type, code, session, length.
    case 0x8864: readPPP(frame, at: start + 6)
    case 0x6558: readEthernet(frame, at: start)
    case ..<0x0600:
      // LLC with SNAP and no organisation (RFC 1042).
      if frame.bigEndian(at: start, as: UInt32.self) == 0xAAAA_0300,
        frame.bigEndian(at: start + 4, as: UInt16.self) != nil,
        frame.byte(at: start + 4) == 0, frame.byte(at: start + 5) == 0
      {
        readProtocol(frame, frame.bigEndian(at: start + 6), at: start + 8)
      }
    default: break
    }
  }

  /// Reads MPLS (RFC 3032): only the first bits after the last label show what follows.
  private mutating func readLabels(_ frame: RawSpan, at start: Int) {
    var offset = start
    while spend(), let label = frame.bigEndian(at: offset, as: UInt32.self) {
      offset += 4
      if label & 0x100 != 0 { return readIP(frame, at: offset) }
    }
  }

  /// Reads PPP (RFC 1661, RFC 1662): address and control may be missing, and so may the protocol's first byte if it is
  /// 0.
  mutating func readPPP(_ frame: RawSpan, at start: Int) {
    guard spend() else { return }
    var offset = start
    if frame.bigEndian(at: offset, as: UInt16.self) == 0xFF03 { offset += 2 }
    guard let first = frame.byte(at: offset) else { return }
    let kind: UInt16
    if first & 1 == 1 {
      kind = UInt16(first)
      offset += 1
    } else {
      guard let both: UInt16 = frame.bigEndian(at: offset) else { return }
      kind = both
      offset += 2
    }
    switch kind {
    case 0x0021: readIP(frame, at: offset, version: 4)
    case 0x0057: readIP(frame, at: offset, version: 6)
    case 0x0281, 0x0283: readLabels(frame, at: offset)
    default: break
    }
  }

  /// Reads NFLOG: family, version, resource, then records with length and type in the capturing machine's byte order,
  /// padded to 4. Type 9 is the packet (`NFULA_PAYLOAD` of `<linux/netfilter/nfnetlink_log.h>`).
  private mutating func readLog(_ frame: RawSpan) {
    guard let family = frame.byte(at: 0) else { return }
    var offset = 4
    while spend(), let first: UInt16 = frame.bigEndian(at: offset), let second: UInt16 = frame.bigEndian(at: offset + 2)
    {
      let isLittle = second & 0xFF == 0 && second != 0
      let length = Int(isLittle ? first.byteSwapped : first)
      guard length >= 4 else { return }
      if (isLittle ? second.byteSwapped : second) == 9 {
        return readIP(frame, at: offset + 4, version: family == 2 ? 4 : family == 10 ? 6 : nil)
      }
      offset += (length + 3) & ~3
    }
  }
}

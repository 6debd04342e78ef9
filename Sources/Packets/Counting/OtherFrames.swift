internal import Capture

/// Frames without an IP header that can be read, by what they are.
enum OtherFrames {
  /// `ARP`, `802.11 (link type 105)`, `damaged IP`.
  static func kind(_ frame: RawSpan, _ link: LinkType) -> String {
    guard link.isReadable else { return "\(link.title), which is not read" }
    var offset: Int
    switch link {
    case .ethernet: offset = 12
    case .linuxCooked: offset = 14
    case .linuxCooked2: offset = 0
    case .ciscoHDLC: offset = 2
    case .ipOverInfiniBand: offset = 40
    default: return "no IP in \(link.title)"
    }
    // Ends, because a frame does.
    while let type = frame.short(at: offset) {
      switch type {
      case 0x8100, 0x88A8, 0x9100, 0x9200: offset = link == .linuxCooked2 && offset == 0 ? 22 : offset + 4
      case 0x0800, 0x86DD: return "IP with a damaged or cut header"
      case ..<0x0600: return link == .ethernet ? "802.3 (STP, LLC)" : "protocol \(hexadecimal(type))"
      default: return names[type] ?? "EtherType \(hexadecimal(type))"
      }
    }
    return "cut off before its type"
  }

  private static func hexadecimal(_ value: UInt16) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  // IANA "IEEE 802 Numbers".
  private static let names: [UInt16: String] = [
    0x0806: "ARP", 0x0842: "Wake-on-LAN", 0x8035: "RARP", 0x809B: "AppleTalk", 0x8137: "IPX", 0x8808: "flow control",
    0x8809: "LACP", 0x8847: "MPLS without IP", 0x8848: "MPLS without IP", 0x8863: "PPPoE discovery",
    0x8864: "PPPoE without IP",
    0x888E: "EAPOL", 0x88A2: "ATA over Ethernet", 0x88CC: "LLDP", 0x88E5: "MACsec", 0x88F7: "PTP", 0x8902: "CFM",
    0x9000: "Ethernet loopback", 0x8906: "FCoE", 0x893A: "IEEE 1905", 0x6558: "bridged Ethernet without IP",
  ]
}

extension LinkType {
  /// The link's name for people; nil for numbers without a common name.
  public var name: String? { Self.names[rawValue] }

  /// `802.11 with radiotap headers (link type 127)`.
  public var title: String { name.map { "\($0) (link type \(rawValue))" } ?? "link type \(rawValue)" }

  /// Whether the headers of such frames can be read.
  public var isReadable: Bool { Self.readable.contains(self) }

  private static let readable: Set<LinkType> = [
    .null, .ethernet, .ppp, .rawBSD, .rawOpenBSD, .pppHDLC, .raw, .ciscoHDLC, .loopback, .linuxCooked, .ipv4, .ipv6,
    .nflog, .ipOverInfiniBand, .linuxCooked2,
  ]

  // https://www.tcpdump.org/linktypes.html
  private static let names: [UInt16: String] = [
    0: "BSD loopback", 1: "Ethernet", 3: "AX.25", 6: "Token Ring", 7: "ARCNET", 8: "SLIP", 9: "PPP", 10: "FDDI",
    12: "raw IP", 14: "raw IP", 50: "PPP in HDLC framing", 51: "PPPoE", 100: "ATM", 101: "raw IP", 104: "Cisco HDLC",
    105: "802.11", 107: "Frame Relay", 108: "OpenBSD loopback", 113: "Linux cooked", 114: "LocalTalk",
    117: "OpenBSD pflog", 119: "802.11 with Prism headers", 122: "IP over Fibre Channel",
    127: "802.11 with radiotap headers",
    129: "ARCNET (Linux)", 138: "Apple FireWire", 140: "MTP2", 141: "MTP3", 142: "SCCP", 143: "DOCSIS", 144: "IrDA",
    147: "private use", 163: "802.11 with AVS headers", 165: "BACnet MS/TP", 166: "PPP of pppd", 169: "GPRS LLC",
    177: "Linux LAPD", 187: "Bluetooth HCI", 189: "Linux USB", 192: "PPI", 195: "802.15.4", 201: "Bluetooth HCI",
    203: "LAPD", 220: "Linux USB, memory-mapped", 224: "Fibre Channel", 227: "CAN", 228: "raw IPv4", 229: "raw IPv6",
    230: "802.15.4 without FCS", 231: "D-Bus", 239: "NFLOG", 240: "NetAnalyzer", 242: "IP over InfiniBand",
    247: "InfiniBand", 248: "SCTP", 249: "USBPcap", 251: "Bluetooth LE", 253: "Netlink", 258: "Darwin pktap",
    266: "DisplayPort AUX", 271: "vsock", 272: "Nordic BLE", 276: "Linux cooked v2", 278: "OpenVizsla USB",
    283: "802.15.4 TAP", 289: "Zigbee", 290: "USB 2.0",
  ]
}

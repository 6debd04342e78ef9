/// The kind of link header of captured frames: a `LINKTYPE_…` number (https://www.tcpdump.org/linktypes.html).
public struct LinkType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The link type in a file's header word, whose upper half is the length of a frame check sequence.
  public init(word: UInt32) { self.init(rawValue: UInt16(truncatingIfNeeded: word & 0xFFFF)) }

  /// BSD loopback: the address family as a 32-bit number in the capturing machine's byte order.
  public static let null = LinkType(rawValue: 0)
  public static let ethernet = LinkType(rawValue: 1)
  public static let ppp = LinkType(rawValue: 9)
  /// An IP header; some systems number `DLT_RAW` this way.
  public static let rawBSD = LinkType(rawValue: 12)
  public static let rawOpenBSD = LinkType(rawValue: 14)
  public static let pppHDLC = LinkType(rawValue: 50)
  public static let raw = LinkType(rawValue: 101)
  public static let ciscoHDLC = LinkType(rawValue: 104)
  /// OpenBSD loopback: the same in network byte order.
  public static let loopback = LinkType(rawValue: 108)
  /// `tcpdump -i any`, before libpcap 1.10.
  public static let linuxCooked = LinkType(rawValue: 113)
  public static let ipv4 = LinkType(rawValue: 228)
  public static let ipv6 = LinkType(rawValue: 229)
  /// Logs of iptables and nftables, as type-length-value records.
  public static let nflog = LinkType(rawValue: 239)
  /// IP over InfiniBand, with the global routing header.
  public static let ipOverInfiniBand = LinkType(rawValue: 242)
  /// `tcpdump -i any`, with the interface's index.
  public static let linuxCooked2 = LinkType(rawValue: 276)
}

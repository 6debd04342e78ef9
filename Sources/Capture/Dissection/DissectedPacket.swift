public import Flows

/// The headers of one packet.
public struct DissectedPacket: Hashable, Sendable {
  /// How an IP header is carried in another packet.
  public enum Encapsulation: Hashable, Sendable {
    /// IP in IP: IPv4 or IPv6 in either (RFC 2003, RFC 4213, RFC 2473).
    case ip
    /// RFC 2784, RFC 2890, and PPTP's variant (RFC 2637).
    case gre
    /// RFC 7348.
    case vxlan
    /// RFC 8926.
    case geneve
  }

  /// The first IP header; nil if there is none.
  public var outer: PacketLayer?
  /// The last IP header, if one carries another. A header that an ICMP error quotes does not count.
  public var inner: PacketLayer?
  /// The encapsulations from the outermost on; empty without `inner`.
  public var encapsulations: [Encapsulation] = []
  /// Whether the capturing host sent the packet (true) or received it (false); nil if the link type does not say, and
  /// for packets between other hosts.
  public var isOutgoing: Bool?
  /// The index of the interface that it passed, if the link type has it (`tcpdump -i any`, since libpcap 1.10).
  public var interface: UInt32?
  /// Whether that interface has no link addresses (`ARPHRD_NONE`), as tun devices and WireGuard's.
  public var isWithoutLink = false

  public init() {}

  /// The inner layer, or else the only one.
  public var innermost: PacketLayer? { inner ?? outer }
}

/// An IP header and the transport header behind it.
public struct PacketLayer: Hashable, Sendable {
  /// From the sender of this packet to its receiver. Ports are 0 if there are none; an ICMP echo has its identifier at
  /// the end that asks.
  public var flow: Flow
  /// Whether the packet has ports; false for transports without ports, later fragments and truncated headers.
  public var hasPorts: Bool
  /// Whether it is a fragment other than the first, so that nothing of the transport can be read.
  public var isLaterFragment: Bool
  /// Whether it is a first fragment that others follow.
  public var isFirstFragment: Bool
  /// Network-layer bytes on the wire, including the IP header.
  public var length: Int
  /// The range of the transport's payload in the frame, as far as it was captured.
  public var payload: Range<Int>
  /// The payload's length on the wire; more than `payload` if the capture truncated it.
  public var payloadLength: Int
  /// IPv4's identification, which stays the same from hop to hop; 0 if the sender sets none, and for IPv6.
  public var identification: UInt16
  /// How many more routers it may pass.
  public var hopLimit: UInt8
  /// The TCP header; nil for other transports, and if it was not captured.
  public var tcp: TCPHeader?
}

extension PacketLayer {
  /// A printed packet, of which only the headers are known.
  public init(printed flow: Flow, length: Int, tcp: TCPHeader? = nil) {
    self.init(
      flow: flow, hasPorts: flow.transport.hasPorts, isLaterFragment: false, isFirstFragment: false, length: length,
      payload: 0..<0, payloadLength: 0, identification: 0, hopLimit: 0, tcp: tcp)
  }
}

/// The fields of a TCP header that are used (RFC 9293, section 3.1).
public struct TCPHeader: Hashable, Sendable {
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let fin = Flags(rawValue: 0x01)
    public static let syn = Flags(rawValue: 0x02)
    public static let reset = Flags(rawValue: 0x04)
    public static let push = Flags(rawValue: 0x08)
    public static let acknowledgment = Flags(rawValue: 0x10)
  }

  public init(flags: Flags, sequence: UInt32 = 0, acknowledgment: UInt32 = 0) {
    self.flags = flags
    self.sequence = sequence
    self.acknowledgment = acknowledgment
  }

  public var flags: Flags
  /// The sequence number of the first byte of the payload, or of SYN.
  public var sequence: UInt32
  public var acknowledgment: UInt32

  /// Whether it is the first packet of a connection, whose sender is the initiator.
  public var opens: Bool { flags.contains(.syn) && !flags.contains(.acknowledgment) }
  /// Whether it is the answer to such a packet.
  public var accepts: Bool { flags.contains([.syn, .acknowledgment]) }
}

public import Flows

/// What the headers of one packet say.
public struct DissectedPacket: Hashable, Sendable {
  /// How one IP header got into another packet.
  public enum Encapsulation: Hashable, Sendable {
    /// IP within IP: IPv4 or IPv6 in either (RFC 2003, RFC 4213, RFC 2473).
    case ip
    /// RFC 2784, RFC 2890, and PPTP's form of it (RFC 2637).
    case gre
    /// RFC 7348.
    case vxlan
    /// RFC 8926.
    case geneve
  }

  /// The first IP header's; nil if there is none.
  public var outer: PacketLayer?
  /// The last IP header's, if one carries another. What an ICMP error quotes does not count.
  public var inner: PacketLayer?
  /// From the outermost on; empty without `inner`.
  public var encapsulations: [Encapsulation] = []
  /// Sent by the capturing host, or received by it; nil where the link type does not say, and for others' packets.
  public var isOutgoing: Bool?
  /// The index of the interface that it passed, where the link type says so (`tcpdump -i any`, since libpcap 1.10).
  public var interface: UInt32?
  /// Whether that interface has no link addresses (`ARPHRD_NONE`), as tun devices and WireGuard's have none.
  public var isWithoutLink = false

  public init() {}

  /// What the packet is about: the inner layer, or the only one.
  public var innermost: PacketLayer? { inner ?? outer }
}

/// An IP header and the transport's behind it.
public struct PacketLayer: Hashable, Sendable {
  /// From the sender to the receiver of this packet. Without ports they are 0; an ICMP echo has its identifier at the end
  /// that asks.
  public var flow: Flow
  /// False where the transport has no ports or the packet does not have them: a later fragment, a cut header.
  public var hasPorts: Bool
  /// It is a fragment other than the first, so nothing of it can be read.
  public var isLaterFragment: Bool
  /// It is a fragment, and others follow it.
  public var isFirstFragment: Bool
  /// Network-layer bytes on the wire, IP header and all.
  public var length: Int
  /// What the transport carries, as a part of the frame, as far as it was captured.
  public var payload: Range<Int>
  /// How long that was on the wire; more than `payload` if the capture cut it.
  public var payloadLength: Int
  /// IPv4's number of the packet, which stays the same from hop to hop; 0 where the sender gives none, and for IPv6.
  public var identification: UInt16
  /// How many routers it may still pass.
  public var hopLimit: UInt8
  /// Nil unless it is TCP and the header is there.
  public var tcp: TCPHeader?
}

extension PacketLayer {
  /// A packet that was printed, of which nothing but its headers is known.
  public init(printed flow: Flow, length: Int, tcp: TCPHeader? = nil) {
    self.init(
      flow: flow, hasPorts: flow.transport.hasPorts, isLaterFragment: false, isFirstFragment: false, length: length,
      payload: 0..<0, payloadLength: 0, identification: 0, hopLimit: 0, tcp: tcp)
  }
}

/// What is read of a TCP header (RFC 9293, section 3.1).
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
  /// Of the first byte of the payload, or of SYN.
  public var sequence: UInt32
  public var acknowledgment: UInt32

  /// The first packet of a connection: its sender is the initiator.
  public var opens: Bool { flags.contains(.syn) && !flags.contains(.acknowledgment) }
  /// The answer to it.
  public var accepts: Bool { flags.contains([.syn, .acknowledgment]) }
}

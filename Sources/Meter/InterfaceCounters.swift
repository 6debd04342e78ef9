public import Flows

/// One interface's own counters during an interval.
public struct InterfaceCounters: Hashable, Sendable {
  public var namespace: Place
  public var namespaceName: String
  public var index: UInt32
  public var name: String
  /// Link-layer bytes and packets, as `ip -s link` shows them.
  public var counted: Traffic
  /// Bytes of the link header that the interface counts with every packet it sends: 14 for Ethernet, 0 for loopback and
  /// tun.
  public var linkHeader: UInt64
  /// Bytes of the link header that it counts with every packet it receives: 0 for interfaces that count received
  /// packets without the header.
  public var receivedLinkHeader: UInt64
  /// The bridge or bond that it is a port of; nil if none.
  public var master: UInt32?
  /// Interfaces on top of it: VLANs, macvlans, tunnels.
  public var uppers: [Upper]
  /// Whether it only hands on what another interface receives, in order to shape it (ifb).
  public var isDetour: Bool
  /// Whether its program takes what it receives before that can be counted by flow (macvtap).
  public var hidesReceived = false
  /// Bytes that the interface may add to a packet and count with it, though they belong to nobody: WireGuard fills packets up to
  /// a multiple of 16.
  public var padding: UInt64

  /// An interface whose packets also pass another one, with its namespace.
  public struct Upper: Hashable, Sendable {
    public var namespace: Place
    public var index: UInt32
    /// How many bytes longer each of its packets is on the lower interface, from the network header on: a tunnel's
    /// headers.
    public var header: UInt64
    /// Whether its packets to others of this kind do not pass the lower interface (macvlan in bridge mode).
    public var reachesSiblings: Bool

    public init(namespace: Place, index: UInt32, header: UInt64 = 0, reachesSiblings: Bool = false) {
      self.namespace = namespace
      self.index = index
      self.header = header
      self.reachesSiblings = reachesSiblings
    }
  }

  public init(
    namespace: Place, namespaceName: String, index: UInt32, name: String, counted: Traffic, linkHeader: UInt64,
    receivedLinkHeader: UInt64? = nil, master: UInt32?, uppers: [Upper], isDetour: Bool = false,
    padding: UInt64 = 0
  ) {
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.index = index
    self.name = name
    self.counted = counted
    self.linkHeader = linkHeader
    self.receivedLinkHeader = receivedLinkHeader ?? linkHeader
    self.master = master
    self.uppers = uppers
    self.isDetour = isDetour
    self.padding = padding
  }
}

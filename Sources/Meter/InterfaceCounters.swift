public import Flows

/// What one interface counted itself during an interval.
public struct InterfaceCounters: Hashable, Sendable {
  public var namespace: Place
  public var namespaceName: String
  public var index: UInt32
  public var name: String
  /// Link-layer bytes and packets as `ip -s link` shows them.
  public var counted: Traffic
  /// Bytes of the link header that the interface counts with every packet: 14 for Ethernet and loopback, 0 for tun.
  public var linkHeader: UInt64
  /// The bridge or bond that it is a port of.
  public var master: UInt32?
  /// Interfaces that stand on top of it: VLANs, macvlans.
  public var uppers: [UInt32]

  public init(
    namespace: Place, namespaceName: String, index: UInt32, name: String, counted: Traffic, linkHeader: UInt64,
    master: UInt32?, uppers: [UInt32]
  ) {
    self.namespace = namespace
    self.namespaceName = namespaceName
    self.index = index
    self.name = name
    self.counted = counted
    self.linkHeader = linkHeader
    self.master = master
    self.uppers = uppers
  }
}

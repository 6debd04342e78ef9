public import Flows

/// A network interface.
public struct Link: Sendable, Hashable {
  /// What a tun device carries.
  public enum TunType: Sendable, Hashable {
    /// IP packets.
    case tun
    /// Ethernet frames, as virtual machines use them.
    case tap
  }

  public let index: UInt32
  public let name: String
  /// `veth`, `bridge`, `tun`, `wireguard`, `vxlan`, `vlan`, … ; nil for hardware and loopback.
  public let kind: InterfaceKind?
  public let tunType: TunType?
  /// The uid of the user who may open a persistent tun device.
  public let tunOwner: UInt32?
  /// Whether a macvlan or ipvlan hands packets to its siblings on the same parent itself, so that they do not pass the parent
  /// (bridge mode); false for other kinds.
  public let reachesSiblings: Bool
  /// For a tunnel of the kernel's (VXLAN, GENEVE, GRE, IPIP): the interface below it and its far end.
  public let underlay: Underlay?
  /// `IFF_…` of `<linux/if.h>`.
  public let flags: UInt32
  /// In bytes, network layer.
  public let mtu: UInt32
  /// `ARPHRD_…` of `<linux/if_arp.h>`: 1 Ethernet, 772 loopback, 65534 none.
  public let hardwareType: UInt16
  /// The hardware address; empty if the interface has none.
  public let hardwareAddress: [UInt8]
  /// The bridge, bond or VRF this interface is a port of.
  public let master: UInt32?
  /// The index of a veth's other end, or of the interface below a VLAN or tunnel. It counts in the namespace that
  /// `peerNamespaceID` names, or in this one if that is nil.
  public let peerIndex: UInt32?
  /// The number of the peer's namespace; see `Routing.namespaceID(of:)`. Nil for this namespace.
  public let peerNamespaceID: Int32?
  public let statistics: LinkStatistics?
  /// Whether it has a hardware (or virtio) device.
  public let hasParentDevice: Bool

  /// The interface and the far end that a tunnel's own packets use.
  public struct Underlay: Sendable, Hashable {
    /// The interface that they leave by; nil if the route determines it.
    public let interface: UInt32?
    /// The far end; nil if there are several.
    public let remote: IPAddress?
  }

  public var isUp: Bool { flags & IFF_UP != 0 }
  public var isLoopback: Bool { hardwareType == 772 }
}

/// An interface's counters since it was created, in link-layer bytes.
public struct LinkStatistics: Sendable, Hashable {
  public let receivedPackets, sentPackets, receivedBytes, sentBytes: UInt64
  public let receiveErrors, sendErrors, receiveDropped, sendDropped: UInt64

  /// Reads `struct rtnl_link_stats64`.
  init?(parsing payload: RawSpan) {
    guard let receivedPackets: UInt64 = payload.integer(at: 0), let sentPackets: UInt64 = payload.integer(at: 8),
      let receivedBytes: UInt64 = payload.integer(at: 16), let sentBytes: UInt64 = payload.integer(at: 24),
      let receiveErrors: UInt64 = payload.integer(at: 32), let sendErrors: UInt64 = payload.integer(at: 40),
      let receiveDropped: UInt64 = payload.integer(at: 48), let sendDropped: UInt64 = payload.integer(at: 56)
    else { return nil }
    self.receivedPackets = receivedPackets
    self.sentPackets = sentPackets
    self.receivedBytes = receivedBytes
    self.sentBytes = sentBytes
    self.receiveErrors = receiveErrors
    self.sendErrors = sendErrors
    self.receiveDropped = receiveDropped
    self.sendDropped = sendDropped
  }
}

extension Link {
  /// Reads the payload of an RTM_NEWLINK message.
  package init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let type: UInt16 = payload.integer(at: 2), let index: UInt32 = payload.integer(at: 4),
      let flags: UInt32 = payload.integer(at: 8), payload.byteCount >= IFINFOMSG_LENGTH
    else { throw MalformedMessage("link of \(payload.byteCount) bytes") }
    var name: String?
    var mtu: UInt32 = 0
    var hardwareAddress: [UInt8] = []
    var master: UInt32?
    var peerIndex: UInt32?
    var peerNamespaceID: Int32?
    var statistics: LinkStatistics?
    var hasParentDevice = false
    var details = LinkDetails()
    try payload.forEachAttribute(after: IFINFOMSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case IFLA_IFNAME: name = value.text
      case IFLA_MTU: mtu = value.integer(at: 0) ?? 0
      case IFLA_ADDRESS: hardwareAddress = value.array
      case IFLA_MASTER: master = value.integer(at: 0)
      case IFLA_LINK: peerIndex = value.integer(at: 0)
      case IFLA_LINK_NETNSID: peerNamespaceID = value.integer(at: 0)
      case IFLA_STATS64: statistics = LinkStatistics(parsing: value)
      case IFLA_PARENT_DEV_NAME: hasParentDevice = true
      case IFLA_LINKINFO: details = try LinkDetails(parsing: value)
      default: break
      }
    }
    guard let name else { throw MalformedMessage("link without a name") }
    self.index = index
    self.name = name
    kind = details.kind
    tunType = details.tunType
    tunOwner = details.tunOwner
    underlay = details.underlay
    reachesSiblings = details.reachesSiblings
    self.flags = flags
    self.mtu = mtu
    hardwareType = type
    self.hardwareAddress = hardwareAddress
    self.master = master
    self.peerIndex = peerIndex == 0 ? nil : peerIndex
    self.peerNamespaceID = peerNamespaceID
    self.statistics = statistics
    self.hasParentDevice = hasParentDevice
  }
}

/// The content of IFLA_LINKINFO.
private struct LinkDetails {
  var kind: InterfaceKind?
  var tunType: Link.TunType?
  var tunOwner: UInt32?
  var underlay: Link.Underlay?
  var reachesSiblings = false

  init() {}

  init(parsing payload: RawSpan) throws(MalformedMessage) {
    var kind: InterfaceKind?
    var tun: (type: Link.TunType?, owner: UInt32?)
    try payload.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case IFLA_INFO_KIND: kind = InterfaceKind(value.text)
      // The kind comes first and determines the meaning of the data.
      case IFLA_INFO_DATA where kind == .tun:
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          switch type {
          case IFLA_TUN_OWNER: tun.owner = value.integer(at: 0)
          case IFLA_TUN_TYPE:
            let number: UInt8? = value.integer(at: 0)
            tun.type = number == 1 ? .tun : number == 2 ? .tap : nil
          default: break
          }
        }
      case IFLA_INFO_DATA where kind == .macvlan || kind == .macvtap:
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          let mode: UInt32? = value.integer(at: 0)
          if type == IFLA_MACVLAN_MODE { reachesSiblings = mode == MACVLAN_MODE_BRIDGE }
        }
      case IFLA_INFO_DATA where kind == .ipvlan || kind == .ipvtap:
        reachesSiblings = true
        try value.forEachAttribute { (type, value) throws(MalformedMessage) in
          let flags: UInt16? = value.integer(at: 0)
          if type == IFLA_IPVLAN_FLAGS, let flags { reachesSiblings = flags & (IPVLAN_F_PRIVATE | IPVLAN_F_VEPA) == 0 }
        }
      case IFLA_INFO_DATA:
        if let kind, let numbers = TunnelNumbers(kind) { underlay = try Self.underlay(numbers, value) }
      default: break
      }
    }
    self.kind = kind
    tunType = tun.type
    tunOwner = tun.owner
  }

  private static func underlay(_ numbers: TunnelNumbers, _ payload: RawSpan) throws(MalformedMessage) -> Link.Underlay?
  {
    var (interface, remote): (UInt32?, IPAddress?)
    try payload.forEachAttribute { (type, value) throws(MalformedMessage) in
      if type == numbers.link {
        interface = value.integer(at: 0)
      } else if numbers.remotes.contains(type) {
        remote = value.address
      }
    }
    return Link.Underlay(
      interface: interface == 0 ? nil : interface,
      remote: remote.flatMap { $0.isUnspecified || $0.isMulticastOrBroadcast ? nil : $0 })
  }
}

/// The numbers of the attributes with a tunnel kind's interface and far end.
private struct TunnelNumbers {
  let link: UInt16?
  let remotes: [UInt16]

  init?(_ kind: InterfaceKind) {
    switch kind.rawValue {
    case "vxlan": (link, remotes) = (IFLA_VXLAN_LINK, [IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6])
    case "geneve": (link, remotes) = (nil, [IFLA_GENEVE_REMOTE, IFLA_GENEVE_REMOTE6])
    case "gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan":
      (link, remotes) = (IFLA_GRE_LINK, [IFLA_GRE_REMOTE])
    case "ipip", "sit", "ip6tnl": (link, remotes) = (IFLA_IPTUN_LINK, [IFLA_IPTUN_REMOTE])
    default: return nil
    }
  }
}

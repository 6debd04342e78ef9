/// The kind of a network interface, in the kernel's word (`IFLA_INFO_KIND` of `<linux/if_link.h>`; `ip -d link` shows
/// it). Kinds that matter here have a name; any other word is kept. Hardware and loopback interfaces have no kind.
///
/// In documents it is the kernel's word.
public struct InterfaceKind: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ word: String) { rawValue = word }

  /// A device of a user-space program such as a VPN or a hypervisor, without a link header (tun) or with one (tap).
  public static let tun = InterfaceKind("tun")
  public static let wireguard = InterfaceKind("wireguard")
  public static let bridge = InterfaceKind("bridge")
  public static let veth = InterfaceKind("veth")
  public static let vlan = InterfaceKind("vlan")
  public static let macvlan = InterfaceKind("macvlan")
  public static let macvtap = InterfaceKind("macvtap")
  public static let ipvlan = InterfaceKind("ipvlan")
  public static let ipvtap = InterfaceKind("ipvtap")
  /// An intermediate functional block: it takes the packets that another interface receives, shapes them, and hands
  /// them back.
  public static let ifb = InterfaceKind("ifb")
  public static let bond = InterfaceKind("bond")
  public static let team = InterfaceKind("team")
  public static let dummy = InterfaceKind("dummy")
  public static let vxlan = InterfaceKind("vxlan")
  public static let gre = InterfaceKind("gre")
  public static let sit = InterfaceKind("sit")
  public static let ipip = InterfaceKind("ipip")

  /// Whether it carries the packets of a VPN that knows its clients by name: a program's device, or WireGuard.
  public var isVPN: Bool { self == .tun || self == .wireguard }

  /// Whether the kernel itself encapsulates its packets, so that the same bytes are counted again in the outer flow.
  public var isKernelTunnel: Bool { Self.kernelTunnels.contains(self) }

  /// Whether another flow carries its packets, encapsulated by a program or by the kernel.
  public var isTunnel: Bool { self == .tun || isKernelTunnel }

  /// Whether it is stacked on a parent interface whose packets and counters include its own.
  public var isOnParent: Bool { self == .vlan || isVirtual }

  /// Whether it has an address of its own on its parent's link (macvlan, ipvlan). Packets between two such interfaces
  /// don't pass the host's IP stack.
  public var isVirtual: Bool { [.macvlan, .macvtap, .ipvlan, .ipvtap].contains(self) }

  /// Whether a program, such as a virtual machine's, sends and receives its frames, on the link of its parent. What the program
  /// receives passes none of the places where packets are counted.
  public var isTapOnParent: Bool { self == .macvtap || self == .ipvtap }

  /// Whether its other end, or ends, may be in other network namespaces of the same host.
  public var leadsToNamespaces: Bool { self == .veth || self == .bridge || self == InterfaceKind("netkit") }

  /// The bytes that a tunnel of the kernel puts in front of each packet, without options; tunnels of frames add the frame's link
  /// header as well. Nil for other kinds.
  public func tunnelHeader(isV4: Bool) -> UInt64? {
    let (ip, ethernet): (UInt64, UInt64) = (isV4 ? 20 : 40, 14)
    return switch self {
    case "vxlan", "geneve": ip + 8 + 8 + ethernet
    case "gre", "ip6gre": ip + 4
    case "gretap", "ip6gretap": ip + 4 + ethernet
    case "ipip", "sit", "ip6tnl": ip
    default: nil
    }
  }

  /// The bytes of the link header that the driver of an Ethernet device of this kind counts with each packet.
  ///
  /// Some of the kernel's own devices count after they have removed the header (`br_pass_frame_up`, `vlan_do_receive`,
  /// `team_handle_frame`, `vxlan_rcv`, `geneve_rx`), or count only what is inside it (`iptunnel_xmit`).
  public var countedLinkHeader: (received: UInt64, sent: UInt64) {
    switch self {
    case "bridge", "vlan", "team": (0, 14)
    case "vxlan", "geneve": (0, 0)
    case "gretap", "ip6gretap", "erspan", "ip6erspan": (14, 0)
    default: (14, 14)
    }
  }

  private static let kernelTunnels: Set<InterfaceKind> = Set(
    [
      "wireguard", "vxlan", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "ipip", "ip6tnl", "sit", "vti", "vti6",
      "erspan", "ip6erspan",
    ].map { InterfaceKind($0) })
}

extension InterfaceKind: CustomStringConvertible, ExpressibleByStringLiteral {
  public var description: String { rawValue }
  public init(stringLiteral word: String) { rawValue = word }
}

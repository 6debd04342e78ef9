/// What a network interface is, as the kernel calls it (`IFLA_INFO_KIND` of `<linux/if_link.h>`; `ip -d link` shows it): one of
/// those that mean something here, or any other word. Hardware and loopback have none.
///
/// In documents it is that word.
public struct InterfaceKind: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ word: String) { rawValue = word }

  /// A program's device, without a link header or, as a tap, with one: a VPN, a virtual machine.
  public static let tun = InterfaceKind("tun")
  public static let wireguard = InterfaceKind("wireguard")
  public static let bridge = InterfaceKind("bridge")
  public static let veth = InterfaceKind("veth")
  public static let vlan = InterfaceKind("vlan")
  public static let macvlan = InterfaceKind("macvlan")
  public static let macvtap = InterfaceKind("macvtap")
  public static let ipvlan = InterfaceKind("ipvlan")
  public static let ipvtap = InterfaceKind("ipvtap")
  /// Takes what another interface receives, to shape it, and hands it back.
  public static let ifb = InterfaceKind("ifb")
  public static let bond = InterfaceKind("bond")
  public static let team = InterfaceKind("team")
  public static let dummy = InterfaceKind("dummy")
  public static let vxlan = InterfaceKind("vxlan")
  public static let gre = InterfaceKind("gre")
  public static let sit = InterfaceKind("sit")
  public static let ipip = InterfaceKind("ipip")

  /// Whether it carries the packets of a VPN whose clients have names: a program's, or WireGuard's.
  public var isVPN: Bool { self == .tun || self == .wireguard }

  /// Whether the kernel itself wraps its packets into others: what goes through it is seen a second time as that carrier.
  public var isKernelTunnel: Bool { Self.kernelTunnels.contains(self) }

  /// Whether what goes through it is carried by another flow, a program's or the kernel's.
  public var isTunnel: Bool { self == .tun || isKernelTunnel }

  /// Whether it stands on another interface, its parent, whose packets and counters have its own among them.
  public var isOnParent: Bool { self == .vlan || isVirtual }

  /// Whether it has an address of its own on its parent's link, and other namespaces may have such ones beside it: what one
  /// sends to another does not pass the host's IP stack.
  public var isVirtual: Bool { [.macvlan, .macvtap, .ipvlan, .ipvtap].contains(self) }

  /// Whether the other end, or the other ends, may be in network namespaces of the same host.
  public var leadsToNamespaces: Bool { self == .veth || self == .bridge || self == InterfaceKind("netkit") }

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

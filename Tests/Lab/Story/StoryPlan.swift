import Glibc

/// The addresses and names of the first story; as they stand, those of the example that is told everywhere.
///
///     stranger -- router (the public address is the node's) -- node == VPN == container on dockerHost -- service
public struct StoryPlan: Sendable {
  /// A host on a network of its own, and the router there. Addresses with their prefix lengths.
  public struct Line: Sendable {
    public var host: String
    public var router: String

    public init(_ host: String, router: String) {
      self.host = host
      self.router = router
    }

    /// The host's address alone.
    public var address: String { StoryPlan.bare(host) }
  }

  // MARK: Outside

  public var stranger = Line("198.51.100.77/24", router: "198.51.100.1/24")
  /// What the cloud maps one to one onto the node; nil if strangers reach the node's own address.
  public var publicAddress: String? = "203.0.113.10"
  /// Whether the node's cloud tells that address, and the settings of who asks do not.
  public var cloudTellsPublicAddress = false

  // MARK: The cloud's hosts

  public var node = Line("10.12.32.13/24", router: "10.12.32.1/24")
  /// Where the node's proxy listens, if not at the node's own address: of IPv6, say, where strangers come by that.
  public var proxy: Line?
  /// Another VPN client's host.
  public var other = Line("10.12.33.14/24", router: "10.12.33.1/24")
  /// A machine on none of the paths.
  public var elsewhere = Line("10.12.34.15/24", router: "10.12.34.1/24")
  /// Where the VPN's server is reached: the Docker host's outer address.
  public var gateway = Line("192.0.2.248/24", router: "192.0.2.1/24")

  // MARK: The service

  /// The Docker host's address on the service's network.
  public var dockerHost = "10.0.7.248/24"
  /// The service host's address there.
  public var serviceHost = "10.0.7.3/24"
  /// The service's own address, on the same host.
  public var service = "10.8.1.3/24"
  public var servicePort = 3129

  // MARK: The VPN

  /// The VPN's addresses; the server has the first one.
  public var vpnNetwork = "172.16.248.0/24"
  /// IPv6 addresses that its clients get besides; nil for none.
  public var vpnNetworkV6: String?
  /// The address that the node gets in the VPN; nil for the next free one.
  public var vpnAddress: String? = "172.16.248.22"
  /// The common name of the node's certificate.
  public var vpnClient = "tke-node1"
  /// Common names of further clients, all on the other host, which stay quiet.
  public var quietClients: [String] = []
  public var vpnPort = 1194
  public var statusFile = "/tmp/openvpn-status.log"
  /// The name of the container in which the VPN's server runs.
  public var container = "openvpn"
  /// Docker's own address on its bridge, with the prefix length; nil for Docker's choice, 172.17.0.1/16.
  public var dockerBridge: String?
  /// Whether clients come out of the container, and out of the Docker host, with their addresses; else the container
  /// gives them its own and Docker the host's.
  public var isRouted = false

  // MARK: The proxy

  public var frontend = "qcproxy"
  public var backend = "qcbackend"
  public var server = "qcserver"
  public var proxyPort = 3129
  public var proxyConfiguration = "/etc/haproxy/haproxy.cfg"

  // MARK: What the hosts are called

  /// What a machine calls itself.
  public struct HostNames: Sendable {
    public var scanner = "scanner"
    public var router = "router"
    public var node = "node"
    public var other = "other"
    public var elsewhere = "elsewhere"
    public var dockerHost = "dockerhost"
    public var service = "service"
  }
  public var hostNames = HostNames()

  /// What a host is called by who asks for it: its alias for `ssh` and its name in `hosts.yaml`.
  public struct Aliases: Sendable {
    public var service = "svc"
    public var dockerHost = "s750"
    public var node = "tke"
    public var other = "tke2"
  }
  public var aliases = Aliases()

  public init() {}

  /// The same with IPv6 from the VPN on: of its clients, of containers and of the service.
  public init(inside family: IPFamily) {
    guard family == .v6 else { return }
    dockerHost = "fd00:7::248/64"
    serviceHost = "fd00:7::3/64"
    service = "fd00:8:1::3/64"
    vpnNetworkV6 = "fd00:248::/64"
  }

  /// The same with IPv6 from the stranger to the proxy.
  public mutating func letStrangersComeByIPv6() {
    stranger = Line("2001:db8:77::9/64", router: "2001:db8:77::1/64")
    proxy = Line("fd12:32::13/64", router: "fd12:32::1/64")
    publicAddress = "2001:db8:203::10"
  }

  /// What is spoken from the VPN on.
  public var familyInside: IPFamily { service.contains(":") ? .v6 : .v4 }
  /// Where the proxy listens.
  public var proxyAddress: String { (proxy ?? node).address }
  /// Where strangers find the proxy.
  public var exposedAddress: String { publicAddress ?? proxyAddress }
  /// The service's address alone.
  public var serviceAddress: String { Self.bare(service) }
  /// The Docker host's address on the service's network, alone.
  public var dockerHostAddress: String { Self.bare(dockerHost) }

  /// `10.8.1.3` of `10.8.1.3/24`.
  public static func bare(_ address: String) -> String { String(address.prefix { $0 != "/" }) }

  /// The network of an address with its prefix length: `10.8.1.0/24` of `10.8.1.3/24`.
  public static func network(_ address: String) throws -> String {
    let parts = address.split(separator: "/").map(String.init)
    let family = address.contains(":") ? AF_INET6 : AF_INET
    var bytes = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
    guard parts.count == 2, let length = Int(parts[1]), (0...bytes.count * 8).contains(length),
      inet_pton(family, parts[0], &bytes) == 1
    else { throw LabError("no address with a prefix length: \(address)") }
    for index in bytes.indices {
      bytes[index] &= UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, length - index * 8)))
    }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else {
      throw LabError("no address: \(address)")
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/\(length)"
  }

  /// `address:port`, `[v6]:port`.
  public static func endpoint(_ address: String, _ port: Int) -> String {
    address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

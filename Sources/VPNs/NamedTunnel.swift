public import Flows
public import LinuxSystem
public import Programs

/// A kind of program with tun or tap devices that is known by its name only; its peers are not read.
///
/// `sshuttle` is not one of these: it has no device and redirects connections to a port of its own, so it is a relay.
public struct NamedTunnel: TunnelReader {
  public let type: String
  public let title: String
  public let programs: ProgramNames
  public let limitation: String?
  /// Whether a process of it has one client, so that its connections show the client's address.
  private let hasOneClient: Bool
  /// Whether the program stands at a client's end only, so that what is behind its device is behind the server.
  private let isClient: Bool
  public var kernelKind: InterfaceKind? { nil }
  public var script: CollectingStep? { nil }

  private init(
    _ type: String, _ title: String, _ programs: ProgramNames, _ limitation: String, hasOneClient: Bool = false,
    isClient: Bool = false
  ) {
    self.hasOneClient = hasOneClient
    self.isClient = isClient
    self.type = type
    self.title = title
    self.programs = programs
    self.limitation = limitation
  }

  /// A program that runs only at the client's end.
  private static func client(_ type: String, _ title: String, _ programs: ProgramNames) -> NamedTunnel {
    NamedTunnel(
      type, title, programs,
      "\(title) is the client of a VPN: the address is in the network behind its server, and only that server knows whose",
      isClient: true)
  }

  /// A program that sends this host's own connections to a proxy.
  private static func proxy(_ name: String, also others: String...) -> NamedTunnel {
    NamedTunnel(
      name, "*", ProgramNames([name] + others),
      "it takes this host's own connections to a proxy: look for the program that holds the socket at the tunnel's address"
    )
  }

  public func peers(behind device: TunnelDevice) -> any TunnelPeers {
    var answer = TunnelAnswer(unknownBehind: device, type: type, reason: reason)
    if hasOneClient { answer.hasOneClient = true }
    answer.isClient = isClient
    return UnreadPeers(answer: answer)
  }

  public func peers(behind device: RecordedTunnelDevice) -> any TunnelPeers {
    var answer = TunnelAnswer(unknownBehind: device, type: type, reason: reason)
    answer.isClient = isClient
    return UnreadPeers(answer: answer)
  }

  public func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing] { [] }

  public func files(of program: RunningProgram) -> ProgramEvidence { ProgramEvidence() }

  private var reason: String? { limitation.map { "client unknown, because \($0)" } }

  static let all: [NamedTunnel] = [
    NamedTunnel(
      "amneziawg", "AmneziaWG", ["amneziawg-go"], "its socket is not read; `awg show` tells the peers by their keys"),
    NamedTunnel(
      "netbird", "NetBird", ["netbird"], "its own list was not read; `netbird status --detail` names its peers"),
    NamedTunnel(
      "openconnect", "ocserv", ["ocserv", "ocserv-main", "ocserv-secmod"],
      "the device is not with a worker of ocserv yet; `occtl show users` names its clients"),
    .client("openconnect", "OpenConnect", ["openconnect"]),
    .client("vpnc", "vpnc", ["vpnc"]),
    .client("anyconnect", "Cisco AnyConnect", ["vpnagentd"]),
    .client("globalprotect", "GlobalProtect", ["PanGPS", "PanGPA", "gpservice"]),
    .client("warp", "Cloudflare WARP", ["warp-svc"]),
    .client("nordvpn", "NordVPN", ["nordvpnd"]),
    .client("expressvpn", "ExpressVPN", ["expressvpnd"]),
    NamedTunnel(
      "ppp", "PPP (*)", ["pppd", "xl2tpd", "pptpd", "accel-pppd", "sstpc", "openfortivpn"],
      "PPP was not queried; its log names the user of each ppp device, `accel-cmd show sessions` those of accel-ppp"),
    NamedTunnel(
      "ipsec", "strongSwan", ["charon", "charon-systemd", "charon-nm", "starter"],
      "strongSwan was not queried; `swanctl --list-sas` names its peers"),
    NamedTunnel(
      "nebula", "Nebula", ["nebula"],
      "Nebula was not queried; `list-hostmap` on its debug SSH server names the hosts, by their certificates"),
    NamedTunnel(
      "zerotier", "ZeroTier", ["zerotier-one"],
      "ZeroTier was not queried; `zerotier-cli peers` lists its peers, the network's controller names them"),
    NamedTunnel("tinc", "tinc", ["tincd"], "tinc was not queried; `tinc dump reachable nodes` names its nodes"),
    NamedTunnel("n2n", "n2n", ["edge"], "n2n was not queried; its supernode's management port lists the edges"),
    NamedTunnel("fastd", "fastd", ["fastd"], "fastd was not queried; its status socket names the peers"),
    NamedTunnel(
      "softether", "SoftEther", ["vpnserver", "vpnbridge", "vpnclient"],
      "SoftEther was not queried; `vpncmd … SessionList` names its users"),
    NamedTunnel("vtun", "VTun", ["vtund"], "VTun was not queried; its process's title names the session"),
    NamedTunnel(
      "iodine", "iodine", ["iodined", "iodine"], "iodine carries packets in DNS questions and does not tell whose"),
    NamedTunnel(
      "yggdrasil", "Yggdrasil", ["yggdrasil"],
      "an address there is made from its node's key; `yggdrasilctl getPeers` lists the neighbours only"),
    NamedTunnel("cjdns", "cjdns", ["cjdroute"], "an address there is made from its node's key and names nobody"),
    NamedTunnel(
      "slirp4netns", "slirp4netns", ["slirp4netns"],
      "the device is the network of a container without root: the program is in the device's own network namespace"),
    NamedTunnel(
      "pasta", "pasta", ["pasta", "pasta.avx2", "passt", "passt.avx2"],
      "the device is the network of a container or a machine without root: the program is behind the device"),
    .proxy("sing-box"), .proxy("xray"), .proxy("v2ray"), .proxy("tun2socks", also: "badvpn-tun2socks"),
    .proxy("clash", also: "mihomo", "clash-meta", "verge-mihomo"), .proxy("hev-socks5-tunnel"), .proxy("tun2proxy-bin"),
  ]
}

/// The peers of a program that is not read: the same answer for every address.
struct UnreadPeers: TunnelPeers {
  let answer: TunnelAnswer
  func answer(for address: IPAddress) -> TunnelAnswer { answer }
}

/// One kind of program that makes tun or tap devices.
struct TunnelProgram: Sendable {
  var type: String
  /// `*` stands for the program's own name.
  var title: String
  /// The beginnings of names end with `*`.
  var names: [String]
  /// What follows "client unknown, because"; nil where clients are read.
  var limitation: String?

  /// The kernel cuts a process's name after 15 bytes.
  func isCalled(_ name: String) -> Bool {
    names.contains { known in
      if known.hasSuffix("*") { return name.hasPrefix(known.dropLast()) }
      return name == known || (name.utf8.count == 15 && known.hasPrefix(name))
    }
  }

  private init(_ type: String, _ title: String, _ names: [String], _ limitation: String?) {
    self.type = type
    self.title = title
    self.names = names
    self.limitation = limitation
  }

  /// Programs that stand at the client's end only.
  private static func client(_ type: String, _ title: String, _ names: [String]) -> TunnelProgram {
    TunnelProgram(
      type, title, names,
      "\(title) is the client of a VPN: the address is in the network behind its server, and only that server knows whose"
    )
  }

  /// Programs that bring this host's own connections to a proxy.
  private static func proxy(_ names: [String]) -> TunnelProgram {
    TunnelProgram(
      names[0], "*", names,
      "it takes this host's own connections to a proxy: look for the program that holds the socket at the tunnel's address"
    )
  }

  static let all: [TunnelProgram] = [
    TunnelProgram("openvpn", "OpenVPN", ["openvpn", "openvpn3-service*"], nil),
    TunnelProgram("wireguard", "WireGuard (*)", ["wireguard-go", "wireguard", "boringtun", "boringtun-cli"], nil),
    TunnelProgram(
      "amneziawg", "AmneziaWG", ["amneziawg-go"], "its socket is not read; `awg show` tells the peers by their keys"),
    TunnelProgram(
      "tailscale", "Tailscale", ["tailscaled", "tailscale"], nil),
    TunnelProgram(
      "netbird", "NetBird", ["netbird"], "its own list was not read; `netbird status --detail` names its peers"),
    TunnelProgram(
      "ssh", "SSH tunnel (*)", ["ssh", "sshd", "sshd-session"],
      "a tunnel device of SSH has one other end and no addresses of its own; the far end of the process's TCP connection is "
        + "the host behind it"),
    TunnelProgram(
      "openconnect", "ocserv", ["ocserv", "ocserv-main", "ocserv-worker", "ocserv-secmod"],
      "ocserv was not asked; `occtl show users` names its clients"),
    .client("openconnect", "OpenConnect", ["openconnect"]),
    .client("vpnc", "vpnc", ["vpnc"]),
    .client("anyconnect", "Cisco AnyConnect", ["vpnagentd"]),
    .client("globalprotect", "GlobalProtect", ["PanGPS", "PanGPA", "gpservice"]),
    .client("warp", "Cloudflare WARP", ["warp-svc"]),
    .client("nordvpn", "NordVPN", ["nordvpnd"]),
    .client("expressvpn", "ExpressVPN", ["expressvpnd"]),
    TunnelProgram(
      "ppp", "PPP (*)", ["pppd", "xl2tpd", "pptpd", "accel-pppd", "sstpc", "openfortivpn"],
      "PPP was not asked; its log names the user of each ppp device, `accel-cmd show sessions` those of accel-ppp"),
    TunnelProgram(
      "ipsec", "strongSwan", ["charon", "charon-systemd", "charon-nm", "starter"],
      "strongSwan was not asked; `swanctl --list-sas` names its peers"),
    TunnelProgram(
      "nebula", "Nebula", ["nebula"],
      "Nebula was not asked; `list-hostmap` on its debug SSH server names the hosts, by their certificates"),
    TunnelProgram(
      "zerotier", "ZeroTier", ["zerotier-one"],
      "ZeroTier was not asked; `zerotier-cli peers` lists its peers, the network's controller names them"),
    TunnelProgram("tinc", "tinc", ["tincd"], "tinc was not asked; `tinc dump reachable nodes` names its nodes"),
    TunnelProgram("n2n", "n2n", ["edge"], "n2n was not asked; its supernode's management port lists the edges"),
    TunnelProgram("fastd", "fastd", ["fastd"], "fastd was not asked; its status socket names the peers"),
    TunnelProgram(
      "softether", "SoftEther", ["vpnserver", "vpnbridge", "vpnclient"],
      "SoftEther was not asked; `vpncmd … SessionList` names its users"),
    TunnelProgram("vtun", "VTun", ["vtund"], "VTun was not asked; its process's title names the session"),
    TunnelProgram(
      "iodine", "iodine", ["iodined", "iodine"], "iodine carries packets in DNS questions and does not tell whose"),
    TunnelProgram(
      "yggdrasil", "Yggdrasil", ["yggdrasil"],
      "an address there is made from its node's key; `yggdrasilctl getPeers` lists the neighbours only"),
    TunnelProgram("cjdns", "cjdns", ["cjdroute"], "an address there is made from its node's key and names nobody"),
    TunnelProgram(
      "slirp4netns", "slirp4netns", ["slirp4netns"],
      "the device is the network of a container without root: the program is in the device's own network namespace"),
    TunnelProgram(
      "pasta", "pasta", ["pasta", "pasta.avx2", "passt", "passt.avx2"],
      "the device is the network of a container or a machine without root: the program is behind the device"),
    TunnelProgram(
      "vm", "virtual machine (*)",
      ["qemu-system*", "qemu-kvm", "kvm", "firecracker", "cloud-hypervisor", "crosvm", "VBoxHeadless", "virtualbox*"],
      "the device is a virtual machine's: its programs can only be seen inside it"),
    .proxy(["sing-box"]), .proxy(["xray"]), .proxy(["v2ray"]), .proxy(["tun2socks", "badvpn-tun2socks"]),
    .proxy(["clash", "mihomo", "clash-meta", "verge-mihomo"]), .proxy(["hev-socks5-tunnel"]), .proxy(["tun2proxy-bin"]),
  ]
}

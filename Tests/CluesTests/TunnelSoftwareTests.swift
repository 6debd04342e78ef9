import Clues
import Flows
import Testing

@Suite struct TunnelSoftwareTests {
  private func software(_ name: String, _ executable: String? = nil, _ command: String...) -> TunnelSoftware {
    TunnelSoftware(Process(pid: 1, name: name, executable: executable, command: command.isEmpty ? nil : command))
  }

  @Test(
    arguments: [
      ("openvpn", "/usr/sbin/openvpn", "openvpn"), ("wireguard-go", "/usr/bin/wireguard-go", "wireguard"),
      ("boringtun-cli", nil, "wireguard"), ("tailscaled", "/usr/sbin/tailscaled", "tailscale"), ("sshd", nil, "ssh"),
      ("sshd-session", "/usr/lib/openssh/sshd-session", "ssh"), ("ssh", "/usr/bin/ssh", "ssh"),
      ("ocserv-worker", nil, "openconnect"), ("openconnect", nil, "openconnect"), ("vpnc", nil, "vpnc"),
      ("pppd", nil, "ppp"), ("xl2tpd", nil, "ppp"), ("nebula", nil, "nebula"), ("zerotier-one", nil, "zerotier"),
      ("CPU 0/KVM", "/usr/bin/qemu-system-x86_64", "vm"), ("sing-box", nil, "sing-box"), ("xray", nil, "xray"),
      ("slirp4netns", nil, "slirp4netns"), ("pasta.avx2", nil, "pasta"), ("hev-socks5-tunn", nil, "hev-socks5-tunnel"),
      ("myvpn", "/opt/myvpn", "tun"), ("openvpnish", "/opt/openvpnish", "tun"), ("", nil, "tun"),
    ] as [(String, String?, String)])
  func `a program is told by its executable or its name`(_ name: String, _ executable: String?, _ type: String) {
    #expect(software(name, executable).type == type)
  }

  @Test func `the executable goes before the name, and an interpreter's program is found`() {
    #expect(software("main", "/usr/sbin/openvpn", "server").type == "openvpn")
    #expect(software("python3", "/usr/bin/python3.11", "python3", "/opt/tinc/tincd").type == "tinc")
    #expect(software("sshd", nil, "sshd: root@pts/0").type == "ssh")
    #expect(software("tun", "/opt/tun", "tun", "-w").type == "tun")
  }

  @Test func `those whose clients are read have no limitation, the others say what would tell`() {
    #expect(software("openvpn").limitation == nil && software("wireguard-go").limitation == nil)
    #expect(software("wireguard-go").program == "WireGuard (wireguard-go)")
    #expect(software("tailscaled").limitation == nil)
    #expect(software("netbird").limitation?.contains("`netbird status --detail`") == true)
    for name in ["ocserv", "sshd", "qemu-system-arm", "mystery"] {
      #expect(software(name).limitation?.hasPrefix("client unknown, because ") == true)
    }
    #expect(software("mystery").limitation?.contains("mystery") == true)
    #expect(TunnelSoftware.withoutProcess.type == "tun")
  }
}

import Flows
import Testing

@testable import VPNs

@Suite struct TunnelReadersTests {
  private func process(_ name: String, _ executable: String? = nil, _ command: String...) -> Process {
    Process(pid: 1, name: name, executable: executable, command: command.isEmpty ? nil : command)
  }

  private func reader(_ name: String, _ executable: String? = nil) -> (any TunnelReader)? {
    TunnelReaders.reader(for: process(name, executable))
  }

  @Test(
    arguments: [
      ("openvpn", "/usr/sbin/openvpn", "openvpn"), ("wireguard-go", "/usr/bin/wireguard-go", "wireguard"),
      ("boringtun-cli", nil, "wireguard"), ("tailscaled", "/usr/sbin/tailscaled", "tailscale"), ("sshd", nil, "ssh"),
      ("sshd-session", "/usr/lib/openssh/sshd-session", "ssh"), ("ssh", "/usr/bin/ssh", "ssh"),
      ("ocserv-worker", nil, "openconnect"), ("openconnect", nil, "openconnect"), ("vpnc", nil, "vpnc"),
      ("pppd", nil, "ppp"), ("xl2tpd", nil, "ppp"), ("nebula", nil, "nebula"), ("zerotier-one", nil, "zerotier"),
      ("sing-box", nil, "sing-box"), ("xray", nil, "xray"),
      ("slirp4netns", nil, "slirp4netns"), ("pasta.avx2", nil, "pasta"), ("hev-socks5-tunn", nil, "hev-socks5-tunnel"),
      ("myvpn", "/opt/myvpn", nil), ("openvpnish", "/opt/openvpnish", nil), ("", nil, nil),
    ] as [(String, String?, String?)])
  func `a program is told by its executable or its name`(_ name: String, _ executable: String?, _ type: String?) {
    #expect(reader(name, executable)?.type == type)
  }

  @Test func `the executable goes before the name, and an interpreter's program is found`() {
    func type(_ process: Process) -> String? { TunnelReaders.reader(for: process)?.type }
    #expect(type(process("main", "/usr/sbin/openvpn", "server")) == "openvpn")
    #expect(type(process("python3", "/usr/bin/python3.11", "python3", "/opt/tinc/tincd")) == "tinc")
    #expect(type(process("sshd", nil, "sshd: root@pts/0")) == "ssh")
    #expect(type(process("tun", "/opt/tun", "tun", "-w")) == nil)
  }

  @Test func `a virtual machine's device is no tunnel`() {
    #expect(reader("CPU 0/KVM", "/usr/bin/qemu-system-x86_64") == nil)
  }

  @Test func `those whose peers are read have no limitation, the others say what would tell`() throws {
    for name in ["openvpn", "wireguard-go", "tailscaled", "ocserv-worker", "sshd", "ssh"] {
      let reader = try #require(self.reader(name))
      #expect(reader.limitation == nil)
    }
    let wireGuard = process("wireguard-go")
    #expect(TunnelReaders.reader(for: wireGuard)?.title(of: wireGuard) == "WireGuard (wireguard-go)")
    #expect(reader("netbird")?.limitation?.contains("`netbird status --detail`") == true)
    let named = TunnelReaders.all.filter { $0.limitation != nil }
    #expect(named.count > 20)
    for reader in named {
      let device = TunnelDevice(
        name: "tun0", addresses: [], owner: Owner(), program: nil, roots: [], entry: ""
      ) { () throws(TunnelError) in throw TunnelError(.absent, "ask") }
      let answer = try reader.peers(behind: device).answer(for: .v4(1))
      #expect(answer.certainty == .unknown && answer.tunnel.type == reader.type && answer.tunnel.interface == "tun0")
      #expect(answer.reason?.hasPrefix("client unknown, because ") == true)
    }
  }

  @Test func `a device of an unknown program or of none says so`() {
    let mystery = UnknownTunnel.answer(behind: "tun7", of: Owner(process: process("mystery")))
    #expect(mystery.tunnel == Tunnel(type: "tun", interface: "tun7") && mystery.certainty == .unknown)
    #expect(mystery.reason == "client unknown, because headwater does not know the tunnel software mystery")
    #expect(UnknownTunnel.answer(behind: "tun7", of: Owner()).reason?.contains("no visible process") == true)
  }

  @Test func `only WireGuard runs in the kernel`() {
    #expect(TunnelReaders.reader(forKernelKind: "wireguard")?.type == "wireguard")
    #expect(TunnelReaders.reader(forKernelKind: "tun") == nil && TunnelReaders.reader(forKernelKind: "veth") == nil)
    #expect(TunnelReaders.kernelKinds == ["wireguard"])
  }
}

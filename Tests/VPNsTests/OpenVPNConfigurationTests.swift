import Flows
import Testing

@testable import VPNs

@Suite struct OpenVPNConfigurationTests {
  private func configuration(
    _ command: [String], in folder: String? = "/", _ files: [String: String] = [:]
  ) -> OpenVPNConfiguration {
    OpenVPNConfiguration(command: command, workingDirectory: folder) { (path) throws(OpenVPNError) in
      guard let text = files[path] else { throw OpenVPNError(.absent, "read", cause: "No such file or directory") }
      return Array(text.utf8)
    }
  }

  @Test(arguments: [
    ("status a 10", ["status", "a", "10"]), ("  status\t'a b' # x", ["status", "a b"]),
    (#"status "a \"b\" c\\d""#, ["status", #"a "b" c\d"#]), (#"status a\ b"#, ["status", "a b"]),
    (#"status 'a\b'"#, ["status", #"a\b"#]), ("# x", []), ("; x", []), ("", []),
    ("status a;b c#d", ["status", "a;b", "c#d"]),
    ("status a\r", ["status", "a"]), (#"x "" y"#, ["x", "", "y"]), (#""--status" a"#, ["--status", "a"]),
  ]) func `a line is split as OpenVPN splits it`(line: String, words: [String]) {
    #expect(OpenVPNOptionText.words(Array(line.utf8)[...]) == words)
  }

  @Test(arguments: [#"a "b"#, "a 'b", #"a C:\dir"#, #"a b\"#]) func `a line that OpenVPN refuses is none`(
    _ line: String
  ) {
    #expect(OpenVPNOptionText.words(Array(line.utf8)[...]) == nil)
  }

  @Test func `Debian's templated start is read`() {
    let text = "port 1195\nproto tcp-server\ndev tun\nserver 10.8.0.0 255.255.255.0\nstatus ipp/status.log\n"
    let command = [
      "/usr/sbin/openvpn", "--daemon", "ovpn-server", "--status", "/run/openvpn/server.status", "10", "--cd",
      "/etc/openvpn", "--script-security", "2", "--config", "/etc/openvpn/server.conf", "--writepid", "/run/x.pid",
    ]
    let server = configuration(command, in: "/etc/openvpn", ["/etc/openvpn/server.conf": text])
    #expect(server.role == .server && server.port == 1195 && server.transport == "tcp-server" && server.device == "tun")
    // The configuration comes later on the command line, so its status holds.
    #expect(server.statusFile?.path == "/etc/openvpn/ipp/status.log" && server.statusFile?.interval == 60)
    #expect(server.statusFile?.place.description == "/etc/openvpn/server.conf:5")
    let first = configuration(command, in: "/etc/openvpn", ["/etc/openvpn/server.conf": "mode server\n"])
    #expect(first.statusFile?.path == "/run/openvpn/server.status" && first.statusFile?.interval == 10)
    #expect(first.statusFile?.place.description == "the command line")
  }

  @Test func `a unit's start with a relative file is read`() {
    // openvpn-server@.service
    let server = configuration(
      ["openvpn", "--status", "/run/openvpn-server/status-a.log", "--status-version", "2", "--config", "a.conf"],
      in: "/etc/openvpn/server", ["/etc/openvpn/server/a.conf": "server 10.8.0.0 255.255.255.0\n"])
    #expect(server.problems.isEmpty && server.role == .server && server.statusVersion == 2)
  }

  @Test func `a lone file, cd, included files and doubled dashes are read`() {
    let files = [
      "/srv/vpn.conf": "\u{FEFF}--cd /etc/vpn\nconfig more.conf\nstatus s.log\n",
      "/etc/vpn/more.conf": "port 7\nlport 8\n",
    ]
    let server = configuration(["openvpn", "vpn.conf"], in: "/srv", files)
    #expect(server.files == ["/srv/vpn.conf", "/etc/vpn/more.conf"] && server.port == 8)
    #expect(server.statusFile?.path == "/etc/vpn/s.log")
    // A relative cd: /proc/PID/cwd is the folder after it.
    let relative = configuration(
      ["openvpn", "--cd", "vpn", "--config", "a.conf", "--status", "s"], in: "/etc/vpn", ["/etc/vpn/a.conf": "port 9\n"]
    )
    #expect(relative.port == 9 && relative.statusFile?.path == "/etc/vpn/s")
  }

  @Test func `secrets are never kept`() throws {
    let text = """
      <key>
      -----BEGIN PRIVATE KEY-----
      status SECRET1
      </key>
      <connection>
      remote vpn.example.com 1194
      </connection>
        <tls-crypt>
      SECRET2
        </tls-crypt>
      auth-user-pass SECRET3
      http-proxy-user-pass SECRET4
      secret SECRET5
      setenv TOKEN SECRET6
      client
      """
    let client = configuration(["openvpn", "--config", "c"], ["/c": text])
    #expect(client.role == .client && client.remotes.map(\.arguments) == [["vpn.example.com", "1194"]])
    #expect(client.remotes.first?.place.line == 6 && client.statusFile == nil)
    var dumped = ""
    dump(client, to: &dumped)
    #expect(dumped.contains("vpn.example.com") && !dumped.contains("SECRET") && !dumped.contains("BEGIN"))
  }

  @Test func `what can't be read is told, and the rest stands`() {
    let missing = configuration(["openvpn", "--config", "/gone", "--status", "/s"])
    #expect(missing.problems.map(\.code) == [.absent] && missing.statusFile?.path == "/s")
    #expect(configuration(["openvpn", "--config", "stdin"]).problems.map(\.code) == [.unsupported])
    let loop = configuration(["openvpn", "/a"], ["/a": "config /a\nconfig /a\nstatus /s\n"])
    #expect(loop.problems.map(\.code) == [.excessive] && loop.files.count <= 64 && loop.statusFile?.path == "/s")
  }

  @Test func `roles are told apart`() {
    func role(_ text: String) -> OpenVPNConfiguration.Role { configuration(["openvpn", "/a"], ["/a": text]).role }
    #expect(role("mode server\ntls-server\n") == .server && role("server-bridge\n") == .server)
    #expect(role("tls-client\nremote x\n") == .client && role("pull\n") == .client)
    #expect(role("remote x\nifconfig 10.0.0.1 10.0.0.2\nsecret k\n") == .pointToPoint)
  }

  @Test func `the management interface is found where it may be asked`() throws {
    func management(_ text: String) throws -> OpenVPNManagement? {
      try OpenVPNManagement(configuration(["openvpn", "/a"], ["/a": "cd /etc/vpn\n" + text]))
    }
    #expect(try management("server 10.8.0.0 255.255.255.0\n") == nil)
    let home = try #require(Endpoint("127.0.0.1:7505"))
    let tcp = try #require(try management("management localhost 7505 pw\n"))
    #expect(tcp.address == .tcp(home) && tcp.passwordFile == "/etc/vpn/pw")
    #expect(try management("management run/m.sock unix\n")?.address == .unix("/etc/vpn/run/m.sock"))
    #expect(
      try management("server 10.8.0.0 255.255.255.0\nmanagement tunnel 1\n")?.address
        == .tcp(Endpoint(.v4(0x0A08_0001), 1)))
    #expect(try management("management 0.0.0.0 7505\n")?.address == .tcp(home))
    for text in ["management-signal", "management-client", "management-forget-disconnect", "management-client-auth"] {
      #expect(throws: OpenVPNError.self) { try management("management 127.0.0.1 7505\n\(text)\n") }
    }
    #expect(throws: OpenVPNError.self) { try management("management 127.0.0.1 7505 stdin\n") }
    #expect(throws: OpenVPNError.self) { try management("management vpn.example.com 7505\n") }
  }

  @Test func `commands are words of a shell`() {
    #expect(OpenVPNCommand.show("/tmp/s.log", in: "/proc/7/root") == "cat /proc/7/root/tmp/s.log")
    #expect(OpenVPNCommand.show("/a b/$(x)'y", in: "/") == #"cat '/a b/$(x)'\''y'"#)
  }

  @Test func `planned addresses are read`() throws {
    func named(_ routes: [OpenVPNStatus.Route]) -> [String] {
      routes.map { route in
        if case .prefix(let prefix) = route.destination { "\(route.commonName ?? "-") \(prefix)" } else { "-" }
      }
    }
    // topology net30: the file has the network of four addresses
    let net30 = Array("one,10.8.0.4,\n# x\ntwo,10.8.0.8,fd00::1002\n".utf8)
    #expect(
      named(OpenVPNAddressFiles.pool(net30, topology: nil)) == [
        "one 10.8.0.4/30", "two 10.8.0.8/30", "two fd00::1002/128",
      ])
    #expect(named(OpenVPNAddressFiles.pool(net30, topology: "subnet")).prefix(1) == ["one 10.8.0.4/32"])
    let client =
      "ifconfig-push 10.8.0.9 255.255.255.0\niroute 10.99.0.0 255.255.0.0\niroute 10.1.1.1\niroute 1.1.1.1 3.3.3.3\n"
      + "ifconfig-ipv6-push fd00::9/64 fd00::1\niroute-ipv6 fd01::/48\npush \"route 1.2.3.4\"\n"
    #expect(
      named(OpenVPNAddressFiles.client(Array(client.utf8), name: "c")) == [
        "c 10.8.0.9/32", "c 10.99.0.0/16", "c 10.1.1.1/32", "c fd00::9/128", "c fd01::/48",
      ])
  }
}

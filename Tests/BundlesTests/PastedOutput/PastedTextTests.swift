import Testing

@testable import Questions
@testable import Bundles

@Suite struct PastedTextTests {
  @Test func `prompts part a session, and say where an output was taken`() throws {
    let text = PastedText(
      Array(
        """
        Last login: Sun Apr 20
        root@s750:~# conntrack -L | grep 3129
        tcp one
        [root@s750 log]# docker exec -it openvpn /usr/sbin/conntrack -L
        tcp two
        user@s750:~$ sudo nsenter -t 4711 -n ss -tunap
        / # ip netns exec blue ip addr
        # ss -tn
        tcp three
        """.utf8))
    let parts = text.parts
    try #require(parts.count == 6)
    #expect(parts[0].command == nil && parts[0].lines.map(\.number) == [1])
    #expect(
      parts[1].command?.words == ["conntrack", "-L"] && parts[1].host == "s750" && parts[1].lines.first?.number == 3)
    #expect(parts[2].command?.place == .container("openvpn") && parts[2].command?.words.first == "conntrack")
    #expect(parts[3].command?.place == .process(4711) && parts[3].command?.words == ["ss", "-tunap"])
    #expect(parts[4].command?.place == .named("blue") && parts[4].command?.words == ["ip", "addr"])
    #expect(parts[5].command?.words == ["ss", "-tn"] && parts[5].lines.first?.text == "tcp three")
  }

  @Test func `comments of a configuration are no prompts`() {
    let text =
      "root@tke:~# cat /etc/haproxy/haproxy.cfg\n# ip of the service\nglobal\n  # ss -tn shows it\nfrontend a\n"
    let parts = PastedText(Array(text.utf8)).parts
    #expect(parts.count == 1 && parts.first?.lines.count == 4)
    #expect(PastedText(Array("# ss -tn\nglobal\n".utf8), hasPrompts: false).parts.count == 1)
  }

  @Test func `colours, carriage returns, byte order marks and UTF-16 do no harm`() {
    let plain = ["tcp LISTEN", "udp UNCONN"]
    let forms: [[UInt8]] = [
      Array("tcp LISTEN\r\nudp UNCONN\r\n".utf8), Array("\u{FEFF}tcp \u{1B}[32mLISTEN\u{1B}[0m\nudp UNCONN".utf8),
      [0xFF, 0xFE] + Array("tcp LISTEN\nudp UNCONN\n".utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
      Array("\u{1B}]0;root@host\u{7}tcp LISTEN\rudp UNCONN".utf8),
    ]
    for form in forms { #expect(PastedText(form).parts.flatMap(\.lines).map(\.text) == plain) }
    _ = PastedText([0xC3, 0x28, 0x1B, 0x5B, 0xFF, 0x0A, 0x1B])
    #expect(PastedText([]).parts.isEmpty)
  }

  @Test(arguments: [
    (
      "tcp      6 1 ESTABLISHED src=1.1.1.1 dst=2.2.2.2 sport=1 dport=2 src=2.2.2.2 dst=1.1.1.1 sport=2 dport=1",
      "conntrack -L"
    ),
    ("Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process", "ss"),
    ("tcp   ESTAB  0      0           10.8.1.3:3129    10.0.7.248:40142", "ss"),
    ("tcp        0      0 10.8.1.3:3129           10.0.7.248:40142        ESTABLISHED 811/squid", "netstat"),
    ("squid 811 proxy 15u IPv4 21999 0t0 TCP 10.8.1.3:3129->10.0.7.248:40142 (ESTABLISHED)", "lsof -i"),
    ("2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP", "ip address"),
    ("eth0    UP    10.0.0.1/24", "ip address"),
    ("default via 10.0.0.1 dev eth0", "ip route"), ("Refreshing:\n/usr/sbin/squid/811/13\t1\t2", "nethogs -t"),
    ("OpenVPN CLIENT LIST\nUpdated,x", "OpenVPN status"), ("TITLE,OpenVPN 2.6.14", "OpenVPN status"),
    ("0x55d0a2c3f000: [20/Apr/2025:14:57:01.509427] id=1 proto=tcpv4 source=198.51.100.77:51366", "show sess all"),
    ("global\n  maxconn 1\nfrontend a\n  bind :80\n", "haproxy.cfg"),
    ("http {\n  server {\n    listen 80;\n  }\n}\n", "nginx configuration"),
    ("dev tun\nproto udp\nserver 10.8.0.0 255.255.255.0\n", "OpenVPN configuration"),
    ("[Interface]\nListenPort = 1\n[Peer]\n", "WireGuard configuration"),
    ("[ { \"Id\": \"x\", \"NetworkSettings\": {} } ]", "docker inspect"),
    ("[{\"Name\":\"bridge\",\"IPAM\":{}}]", "docker network inspect"),
    ("[{\"ifindex\":1,\"ifname\":\"lo\"}]", "ip -json address"), ("[{\"dst\":\"default\"}]", "ip -json route"),
  ])
  func `an output is recognised by what it says`(_ text: String, _ name: String) {
    let found = PastedText.recognise(PastedText(Array(text.utf8), hasPrompts: false).parts.flatMap(\.lines))
    #expect(found?.output.name == name)
    #expect(found.map { $0.line > 0 && !$0.evidence.isEmpty } == true)
  }

  @Test func `a name helps where the content says nothing, and nothing is guessed from prose`() {
    let lines = [PastedText.Line(number: 1, text: "(no entries)")]
    #expect(PastedText.recognise(lines, named: "s750/conntrack.txt")?.output.name == "conntrack -L")
    #expect(PastedText.recognise(lines, named: "notes.txt") == nil)
    let prose =
      "We saw it again at 10:40.\nThe server is up; the client 10.0.0.1:22 complained.\nPlease listen: it is down."
    #expect(PastedText.recognise(PastedText(Array(prose.utf8)).parts.flatMap(\.lines)) == nil)
  }
}

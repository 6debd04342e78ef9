import Clues
import Flows

private func lines(_ input: [UInt8]) -> [PastedText.Line] { PastedText(input).parts.flatMap(\.lines) }

private let tracked = """
  tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=10.8.1.3 sport=40142 dport=3129 packets=1 bytes=2 src=10.8.1.3 \
  dst=10.0.7.248 sport=3129 dport=40142 packets=1 bytes=2 [ASSURED] mark=0 use=1
  ipv6     10 icmpv6 58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=7 src=fd00::2 dst=fd00::1 type=129 code=0 id=7
  """
private let sockets = """
  Netid State  Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
  tcp   ESTAB  0      0      10.8.1.3:3129    10.0.7.248:40142 users:(("squid",pid=811,fd=15)) uid:13 ino:4 sk:1
  \t cubic bytes_acked:1 bytes_received:2
  """
private let interfaces = """
  7: veth1@if6: <BROADCAST,UP> mtu 1500 qdisc noqueue master docker0 state UP
      link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff link-netnsid 0
      inet 172.17.0.2/16 scope global eth0
  eth0@if7  UP  172.17.0.2/16 fd00::2/64
  """
private let peerKey = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

let pastedSubjects: [Subject] = [
  Subject(
    name: "pasted text",
    seeds: bytes([
      "root@s750:~# docker exec openvpn conntrack -L\n\(tracked)\n/ # ip addr\n\(interfaces)",
      "\u{1B}[32mx\u{1B}[0m\r\n[root@a b]# nsenter -t 1 -n ss\n",
    ])
  ) { input in
    PastedText(input).parts.reduce(0) { $0 + $1.content.count + (PastedText.kind(of: $1.lines)?.line ?? 0) }
  },
  Subject(name: "conntrack -L", seeds: bytes([tracked])) { TrackedConnection.list(lines($0)).count },
  Subject(name: "ss", seeds: bytes([sockets])) { ListedSocket.ss(lines($0), services: .host).count },
  Subject(
    name: "netstat",
    seeds: bytes(["tcp 0 0 10.8.1.3:3129 10.0.7.248:40142 ESTABLISHED 811/squid keepalive (1/0/0)\n"])
  ) { ListedSocket.netstat(lines($0)).count },
  Subject(
    name: "lsof",
    seeds: bytes(["squid 811 proxy 15u IPv4 21999 0t0 TCP 10.8.1.3:3129->10.0.7.248:40142 (ESTABLISHED)\n"])
  ) { ListedSocket.lsof(lines($0)).count },
  Subject(name: "ip address", seeds: bytes([interfaces])) { ListedInterface.list(lines($0)).count },
  Subject(
    name: "ip -json",
    seeds: bytes([
      #"[{"ifindex":6,"ifname":"eth0","addr_info":[{"local":"172.17.0.2","prefixlen":16}],"dst":"default"}]"#
    ])
  ) { (ListedInterface.list(parsingJSON: $0)?.count ?? 0) + (ListedRoute.list(parsingJSON: $0)?.count ?? 0) },
  Subject(name: "ip route", seeds: bytes(["default via 192.0.2.1 dev eth1\n10/8 dev a\n\tnexthop via ::1 dev b\n"])) {
    ListedRoute.list(lines($0)).count
  },
  Subject(name: "nethogs", seeds: bytes(["Refreshing:\n/a b/811/13\t1.5\t2\n1.2.3.4:5-6.7.8.9:1/0/0\t1\t2\n"])) {
    NethogsLine.list(lines($0)).count
  },
  Subject(
    name: "wg dump",
    seeds: bytes(["wg0\tx\t\(peerKey)\t51820\toff\nwg0\t\(peerKey)\t(none)\t1.2.3.4:5\t::/0,10.0.0.0/8\t1\t2\t3\t25\n"])
  ) { WireGuardDump.list(lines($0)).count },
  Subject(name: "docker inspect", seeds: bytes([#"[{"Id":"x","NetworkSettings":{}},{"Id":"y","Name":"/a"}]"#])) {
    DockerContainer.inspections(parsing: $0).count + DockerNetwork.inspections(parsing: $0).count
  },
  Subject(name: "secrets", seeds: bytes(["<key>\na\n</key>\nuser a password b\nx http://a:b@c/?d=e\n"])) {
    input in EvidenceText.Kind.allCases.reduce(0) { $0 + EvidenceText(input, kind: $1).content.count }
  },
]

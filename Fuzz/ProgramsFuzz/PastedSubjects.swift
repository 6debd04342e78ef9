import Bundles
import Flows
import Programs
import Questions

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

/// A good one of each output; those without are spoiled in subjects of their own.
private let outputs: [(name: String, seeds: [String])] = [
  ("conntrack -L", [tracked]), ("ss", [sockets]),
  ("netstat", ["tcp 0 0 10.8.1.3:3129 10.0.7.248:40142 ESTABLISHED 811/squid keepalive (1/0/0)\n"]),
  ("lsof -i", ["squid 811 proxy 15u IPv4 21999 0t0 TCP 10.8.1.3:3129->10.0.7.248:40142 (ESTABLISHED)\n"]),
  ("ip address", [interfaces]),
  (
    "ip -json address",
    [#"[{"ifindex":6,"ifname":"eth0","addr_info":[{"local":"172.16.0.2","prefixlen":16}]}]"#]
  ),
  ("ip route", ["default via 192.0.2.1 dev eth1\n10/8 dev a\n\tnexthop via ::1 dev b\n"]),
  ("ip -json route", [#"[{"dst":"default","gateway":"192.0.2.1","dev":"eth1","metric":100}]"#]),
  ("nethogs -t", ["Refreshing:\n/a b/811/13\t1.5\t2\n1.2.3.4:5-6.7.8.9:1/0/0\t1\t2\n"]),
  (
    "wg show all dump",
    ["wg0\tx\t\(peerKey)\t51820\toff\nwg0\t\(peerKey)\t(none)\t1.2.3.4:5\t::/0,10.0.0.0/8\t1\t2\t3\t25\n"]
  ),
  ("docker inspect", [#"[{"Id":"x","NetworkSettings":{}},{"Id":"y","Name":"/a"}]"#]),
  ("docker network inspect", [#"[{"Name":"bridge","Id":"n","IPAM":{"Config":[{"Subnet":"172.17.0.0/16"}]}}]"#]),
  ("tailscale status --json", [#"{"BackendState":"Running","Peer":{"nodekey:a":{"HostName":"a"}}}"#]),
  ("OpenVPN status", ["OpenVPN CLIENT LIST\nUpdated,2025-04-20 14:57:01\nROUTING TABLE\nGLOBAL STATS\nEND\n"]),
  (
    "show sess all",
    ["0x55d0: [20/Apr/2025:14:57:01.5] id=1 proto=tcpv4 source=198.51.100.77:5\n  backend=b (id=3) addr=1.2.3.4:5\n"]
  ),
  ("haproxy.cfg", ["global\n  maxconn 1\nfrontend a\n  bind :80\n"]),
  ("nginx configuration", ["# configuration file /etc/nginx/nginx.conf:\nhttp { server { listen 80; } }\n"]),
  ("WireGuard configuration", ["[Interface]\n[Peer] # bob\nPublicKey = \(peerKey)\n"]),
  ("show sess", ["0x55d0: proto=tcpv4 src=1.2.3.4:5 fe=a be=b srv=c s0=[8,fd=18,ex=] scb=[8,fd=1/19,ex=]\n"]),
  ("docker ps", ["CONTAINER ID   IMAGE   COMMAND   NAMES\n3f20fde37247   nginx   \"x\"   web,b\n"]),
  ("docker inspect | grep", ["\"Name\": \"/a\",\n  \"IPAddress\": \"172.17.0.2\",\n\"Pid\": 7\n"]),
  ("docker inspect --format", ["/openvpn 172.17.0.2 2593\n/redis 172.17.0.3/16\n"]),
  ("kubectl get pods -o wide", ["default x-1 1/1 Running 0 3d 10.10.28.9 node\n"]),
  ("tcpdump", ["10:11:12.1 IP 172.17.0.3.53924 > 172.17.0.2.6379: Flags [P.], seq 1:100, length 99\n"]),
  ("firewall log", ["IN=a OUT=b SRC=172.18.0.9 DST=1.2.3.4 LEN=60 PROTO=TCP SPT=44321 DPT=25 SYN\n"]),
  ("abuse mail", ["2024-06-14 04:15:33  203.0.113.55 48482 ->     192.168.0.1  5432   78 TCP\n"]),
  ("/proc/net/tcp", ["   1: 020011AC:18EB 030011AC:D2A4 01 00000000:00000000 00:00000000 00000000 9 0 67 1\n"]),
  ("ifconfig", ["eth0      Link encap:Ethernet\n    inet addr:10.0.0.2  Mask:255.255.255.0\n"]),
  ("route -n", ["0.0.0.0         10.0.0.1     0.0.0.0         UG    0      0        0 eth0\n"]),
  (
    "iftop -t",
    [
      "  1 10.8.1.3:3129  =>  1.2Mb  1Mb\n    10.0.7.248:40142  <=  3Kb  1Kb\n",
      "10.8.1.3:3129 => 10.0.7.248:40142  95.2Mb  94.1Mb\n   <=  1Kb 2Kb\n",
    ]
  ),
  (
    "Get-NetTCPConnection",
    [
      "LocalAddress LocalPort RemoteAddress RemotePort OwningProcess P\n10.0.0.5 3129 10.0.7.248 40142 811 squid\n",
      "LocalAddress   : 10.0.0.5\nLocalPort : 3129\nRemoteAddress : ::\nRemotePort : 0\nState : Listen\n",
    ]
  ),
  ("tasklist", ["System Idle Process     4 Services   0     8 K\nsquid.exe    811 Services    0    12,344 K\n"]),
  ("wg show", ["interface: wg0\npeer: \(peerKey)\n  endpoint: 1.2.3.4:5\n  allowed ips: 10.0.0.0/8, ::/0\n"]),
  ("OpenVPN log", ["x MULTI: Learn: 172.16.248.22 -> a/10.12.32.13:45369\n"]),
  ("OpenVPN ipp.txt", ["tke-node1,172.16.248.22,\n"]),
  (
    "conntrack -o xml",
    [
      "<flow><meta><src>1.2.3.4</src><dst>5.6.7.8</dst><layer4 protonum=\"6\" protoname=\"tcp\"><sport>1</sport></layer4></flow>"
    ]
  ),
  ("access log", [#"192.0.2.1 - - [20/Apr/2025:14:57:01 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#]),
]

let pastedSubjects: [Subject] =
  outputs.map { output in
    Subject(name: output.name, seeds: bytes(output.seeds)) { PastedOutputs.count(of: output.name, in: $0) }
  } + [
    Subject(
      name: "pasted text",
      seeds: bytes([
        "root@s750:~# docker exec openvpn conntrack -L\n\(tracked)\n/ # ip addr\n\(interfaces)",
        "\u{1B}[32mx\u{1B}[0m\r\n[root@a b]# nsenter -t 1 -n ss\n",
      ])
    ) { input in
      PastedText(input).parts.reduce(0) {
        $0 + $1.content.count + (PastedOutputs.name(of: $1.lines)?.utf8.count ?? 0)
      }
    },
    Subject(name: "secrets", seeds: bytes(["<key>\na\n</key>\nuser a password b\nx http://a:b@c/?d=e\n"])) {
      input in EvidenceText.Kind.allCases.reduce(0) { $0 + EvidenceText(input, kind: $1).content.count }
    },
  ]

import AddressSets
import Bundles
import Documents
import Flows
import Questions
import Testing
import Tracing

@Suite struct PastedStoryTests {
  private func trace(_ files: [String: String], _ target: String = "10.8.1.3:3129") async throws -> TraceDocument {
    let folder = try BundleFolder(files)
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    try #require(vantages.count == 1)
    return try await Tracer(vantages[0]).trace(target, seconds: 1, sets: AddressSets()).document
  }

  /// `session.txt:2` of the bundle, wherever an evidence says so.
  private func names(_ place: String, _ hop: Hop) -> Bool { hop.evidence.contains { $0.detail.contains("\(place):") } }

  @Test func `on the service's host the flow has its process and its rate`() async throws {
    let document = try await trace(PastedStory.service)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.hops.map(\.kind) == [.socket, .unknown])
    #expect(chain.hops.last?.reason?.contains("no output shows who has 10.0.7.248; collect ss -tunap") == true)
    #expect(chain.destination.process?.name == "squid" && chain.destination.process?.pid == 811)
    #expect(chain.source.name == "10.0.7.248" && chain.hops.first?.flow?.source == Endpoint("10.0.7.248:40142"))
    // 3 MiB per second, as nethogs counts.
    #expect(chain.bytes == 3 * 1024 * 1024 && document.seconds == 1)
    #expect(names("svc/monitor.txt:11", chain.hops[0]) || names("monitor.txt:11", chain.hops[0]))
  }

  @Test func `on the Docker host the chain ends in the VPN client's name`() async throws {
    let document = try await trace(PastedStory.dockerHost)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(chain.hops.allSatisfy { $0.host == "s750" && $0.certainty == .observed })
    #expect(chain.hops[0].flow?.source == Endpoint("172.17.0.2:40142") && chain.hops[0].namespace == "host")
    #expect(chain.hops[1].container?.name == "openvpn" && chain.hops[1].container?.image == "kylemanna/openvpn")
    #expect(
      chain.hops[2].flow?.source == Endpoint("172.16.248.22:40142") && chain.hops[2].namespace == "container openvpn")
    let tunnel = try #require(chain.hops[3].tunnel)
    #expect(tunnel.type == "openvpn" && tunnel.address == IPAddress("172.16.248.22"))
    #expect(tunnel.realAddress == "10.12.32.13:55231" && tunnel.statusFile == "/tmp/openvpn-status.log")
    // Each hop's file and line, counted by hand in the texts.
    #expect(names("conntrack.txt:3", chain.hops[0]) && names("inspect.json:3", chain.hops[1]))
    #expect(names("session.txt:2", chain.hops[2]) && names("session.txt:12", chain.hops[3]))
    #expect(chain.hops[0].evidence.first?.command?.hasPrefix("sed -n 3p /tmp/") == true)
  }

  @Test(arguments: ["10.0.0.7", "fd00::7"])
  func `a pasted neighbour list gives a hardware address, and the other addresses behind it`(_ address: String)
    async throws
  {
    let files = [
      "ip-addr.txt": """
      2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000
          link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff
          inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0
          inet6 fd00::1/64 scope global
      """,
      "ip-neigh.txt": """
      10.0.0.7 dev eth0 lladdr 52:54:00:12:34:06 REACHABLE
      fd00::7 dev eth0 lladdr 52:54:00:12:34:06 STALE
      fe80::7 dev eth0 lladdr 52:54:00:12:34:06 STALE
      10.0.0.8 dev eth0 lladdr 52:54:00:12:34:08 STALE
      10.0.0.9 dev eth0 FAILED
      """,
      "ss.txt": """
      State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      LISTEN 0      128    *:443              *:*               users:(("web",pid=7,fd=3))
      ESTAB  0      0      \(address.contains(":") ? "[fd00::1]" : "10.0.0.1"):443 \(
          address.contains(":") ? "[fd00::7]" : address):40000 users:(("web",pid=7,fd=4))
      """,
    ]
    let hop = try #require(try await trace(files, ":443").chains.first?.hops.last)
    #expect(hop.address == IPAddress(address) && hop.link?.hardwareAddress == "52:54:00:12:34:06")
    #expect(hop.link?.otherAddresses?.map(\.description) == [address == "fd00::7" ? "10.0.0.7" : "fd00::7"])
    let folder = try BundleFolder(files)
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let place = try #require(try await vantage.inventory().namespaces.first).id
    let all = try await vantage.ask(NeighboursQuestion(in: place)).value
    #expect(all.count == 5 && all.filter { $0.hardwareAddress == nil }.map(\.address.description) == ["10.0.0.9"])
  }

  @Test func `on the node the chain ends outside, through frontend and backend`() async throws {
    let document = try await trace(PastedStory.node)
    let chain = try #require(document.chains.first)
    // The other session's connection is in HAProxy's own list alone.
    #expect(document.chains.map(\.source.name) == ["198.51.100.77", "198.51.100.99"])
    #expect(chain.source.kind == .external && chain.hops.map(\.kind) == [.socket, .relay, .external])
    let relay = try #require(chain.hops[1].relay)
    #expect(relay.frontend == "qcproxy" && relay.backend == "qcbackend" && relay.server == "qcserver")
    #expect(relay.method == "show sess" && relay.configuration?.hasSuffix("haproxy.cfg:13") == true)
    #expect(chain.hops[1].certainty == .observed && chain.hops[1].process?.pid == 55)
    #expect(chain.hops[1].flow?.destination == Endpoint("10.12.32.13:3129"))
    #expect(names("ss.txt:5", chain.hops[0]) && names("sess.txt:5", chain.hops[1]))
  }

  @Test func `without show sess two clients with near byte counts are told as two`() async throws {
    var files = PastedStory.node
    files["tke/sess.txt"] = nil
    let chain = try #require(try await trace(files, "10.8.1.3:3129").chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .relay])
    #expect(chain.hops[1].certainty == .unknown)
    #expect(chain.hops[1].reason?.contains("2 inbound flows match equally well") == true)
  }

  @Test func `with no inner outputs the chain ends in the container, and says what to collect`() async throws {
    var files = PastedStory.dockerHost
    files["s750/session.txt"] = nil
    let chain = try #require(try await trace(files).chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .socket] && chain.source.name == "openvpn")
    let reason = try #require(chain.hops.last?.reason)
    #expect(reason.contains("ss -tunap") && reason.contains("conntrack -L") && reason.contains("openvpn"))
    #expect(chain.hops.last?.certainty == .unknown)
  }

  @Test func `interfaces and routes lead the same way as conclusions do`() async throws {
    var files = PastedStory.dockerHost
    files["s750/ip.txt"] = """
      3: eth0: <BROADCAST,UP> mtu 1500 qdisc fq state UP
          link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
          inet 10.0.7.248/24 scope global eth0
      4: docker0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
          link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
          inet 172.17.0.1/16 scope global docker0
      7: veth1@if6: <BROADCAST,UP> mtu 1500 qdisc noqueue master docker0 state UP
          link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff link-netnsid 0
      """
    files["s750/route.txt"] = "default via 10.0.7.1 dev eth0\n10.8.1.0/24 via 10.0.7.3 dev eth0\n"
    files["s750/containers/3f3f3f3f3f3f/ip.txt"] = """
      6: eth0@if7: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
          link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff link-netnsid 0
          inet 172.17.0.2/16 scope global eth0
      9: tun0: <POINTOPOINT,UP> mtu 1500 qdisc fq state UNKNOWN
          link/none
          inet 172.16.248.1/24 scope global tun0
      """
    files["s750/containers/3f3f3f3f3f3f/route.txt"] = "default via 172.17.0.1 dev eth0\n"
    let chain = try #require(try await trace(files).chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel] && chain.source.name == "tke-node1")
    #expect(chain.hops.last?.tunnel?.interface == "tun0")
  }

  @Test func `WireGuard's dump names the peer, by the comment of its configuration`() async throws {
    let key = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
    var files = PastedStory.dockerHost
    files["s750/session.txt"] = """
      root@s750:~# docker exec openvpn conntrack -L
      tcp      6 431999 ESTABLISHED src=172.16.248.22 dst=10.8.1.3 sport=40142 dport=3129 src=10.8.1.3 dst=172.17.0.2 sport=3129 dport=40142 [ASSURED] mark=0 use=1
      root@s750:~# docker exec openvpn wg show all dump
      wg0\t(hidden)\t\(key)\t51820\toff
      wg0\t\(key)\t(none)\t10.12.32.13:55231\t172.16.248.22/32\t1700000000\t1048576\t2048\t25
      """
    files["s750/containers/openvpn/files/etc/wireguard/wg0.conf"] =
      "[Interface]\nListenPort = 51820\n\n### Client tke-node1\n[Peer]\nPublicKey = \(key)\nAllowedIPs = 172.16.248.22/32\n"
    let chain = try #require(try await trace(files).chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(chain.hops.last?.tunnel?.type == "wireguard" && names("session.txt:5", chain.hops[3]))
  }

  @Test func `several hosts of one bundle are told apart, and the same container addresses too`() async throws {
    let folder = try BundleFolder(PastedStory.dockerHost.merging(PastedStory.node) { first, _ in first })
    try folder.write("tke/host.json", #"{"name":"node-1","public_addresses":{"203.0.113.10":"10.12.32.13"}}"#)
    try folder.write("README.md", "not evidence")
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    #expect(vantages.map(\.host) == ["s750", "node-1"])
    #expect(vantages.last?.record.publicAddresses == ["203.0.113.10": try #require(IPAddress("10.12.32.13"))])
    let spaces = try await [vantages[0].inventory(), vantages[1].inventory()].map { $0.namespaces.map(\.id) }
    #expect(Set(spaces[0]).isDisjoint(with: spaces[1]))
  }

  @Test func `three hosts' outputs give the whole chain, and a line for every hop but the last`() async throws {
    // The node's routes are not among them: its tunnel's device has the flow's own address.
    let files = [PastedStory.service, PastedStory.dockerHost, PastedStory.node].reduce(into: [String: String]()) {
      $0.merge($1) { first, _ in first }
    }
    let folder = try BundleFolder(files)
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    let combined = CombinedVantage(vantages.map { .init($0) })
    let document = try await Tracer(combined).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document
    let chain = try #require(document.chains.first { $0.source.name == "198.51.100.77" })
    let hops = chain.hops
    try #require(
      hops.map(\.kind) == [.socket, .host, .nat, .container, .nat, .tunnel, .host, .socket, .relay, .external])
    #expect(hops.compactMap(\.host) == ["svc", "s750", "s750", "s750", "s750", "s750", "tke", "tke", "tke"])
    // Counted by hand in the texts.
    #expect(names("svc/monitor.txt:11", hops[0]) && names("s750/conntrack.txt:3", hops[1]))
    #expect(names("s750/conntrack.txt:3", hops[2]))
    #expect(names("s750/inspect.json:3", hops[3]) && names("s750/inspect.json:6", hops[3]))
    #expect(names("s750/session.txt:2", hops[4]) && names("s750/session.txt:12", hops[5]))
    for hop in hops[6...7] { #expect(names("tke/ss.txt:5", hop) && names("tke/sess.txt:7", hop)) }
    #expect(names("tke/sess.txt:5", hops[8]) && hops[8].relay?.configuration == "tke/haproxy.cfg:13")
    #expect(
      hops[8].evidence.compactMap(\.command) == [
        "sed -n 13p \(folder.path)/tke/haproxy.cfg", "sed -n 5p \(folder.path)/tke/sess.txt",
      ])
    #expect(hops[9].evidence.map(\.detail) == ["no known host has 198.51.100.77"])
  }
}

import Containers
import Flows
import Testing

@testable import Bundles

@Suite struct NetworkOutputTests {
  private func lines(_ text: String) -> [PastedText.Line] { PastedText(Array(text.utf8)).parts.flatMap(\.lines) }

  @Test func `ip address with and without details gives indices, kinds, bridges and peers`() throws {
    let found = ListedInterface.list(
      lines(
        """
        1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
            link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
            inet 127.0.0.1/8 scope host lo
               valid_lft forever preferred_lft forever
        3: docker0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default
            link/ether 02:42:9c:11:22:33 brd ff:ff:ff:ff:ff:ff
            inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
        7: veth12ab@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP group default
            link/ether c6:ea:71:bb:7e:e0 brd ff:ff:ff:ff:ff:ff link-netnsid 0
        9: vpn: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc fq state UNKNOWN group default qlen 500
            link/none
            inet 10.8.0.1 peer 10.8.0.2/32 scope global vpn
            inet6 fe80::1/64 scope link
        10: x: <BROADCAST> mtu 1500 qdisc noop state DOWN group default
            link/ether c6:ea:71:bb:7e:e1 brd ff:ff:ff:ff:ff:ff promiscuity 0
            vlan protocol 802.1Q id 5
        """))
    try #require(found.map(\.name) == ["lo", "docker0", "veth12ab", "vpn", "x"])
    #expect(
      found[1].kind == "bridge" && found[1].addresses.first?.prefixLength == 16 && found[1].addresses.first?.line == 7)
    #expect(found[2].kind == "veth" && found[2].master == "docker0" && found[2].peerIndex == 6 && found[2].index == 7)
    #expect(
      found[3].kind == "tun" && found[3].addresses.map(\.address) == [IPAddress("10.8.0.1"), IPAddress("fe80::1")])
    #expect(found[4].kind == "vlan" && !found[4].isUp)
  }

  @Test func `the brief, the one-line and the JSON form give the same addresses`() throws {
    let wanted = [IPAddress("172.17.0.2"), IPAddress("fd00::2")]
    let brief = ListedInterface.list(lines("eth0@if7         UP             172.17.0.2/16 fd00::2/64 \n"))
    let oneLine = ListedInterface.list(
      lines(
        "6: eth0    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\\       valid_lft forever\n6: eth0    inet6 fd00::2/64 scope global \\       valid_lft forever\n"
      ))
    let json = ListedInterface.list(
      parsingJSON: Array(
        #"[{"ifindex":6,"link_index":7,"ifname":"eth0","flags":["UP"],"link_type":"ether","address":"02:42:ac:11:00:02","addr_info":[{"family":"inet","local":"172.17.0.2","prefixlen":16},{"family":"inet6","local":"fd00::2","prefixlen":64}]},{}]"#
          .utf8))
    for found in [brief, oneLine, try #require(json)] {
      #expect(found.count == 1 && found.first?.name == "eth0")
      #expect(
        found.first?.addresses.map(\.address) == wanted && found.first?.addresses.map(\.prefixLength) == [16, 64])
    }
    #expect(brief.first?.peerIndex == 7 && json?.first?.peerIndex == 7 && oneLine.first?.index == 6)
  }

  @Test(arguments: [
    "10.0.0.7 dev eth0 lladdr 52:54:00:12:34:06 REACHABLE", "10.0.0.7 dev eth0 lladdr 52:54:00:12:34:06 router STALE",
    "10.0.0.7 dev eth0 lladdr 52:54:00:12:34:06 ref 1 used 12/12/12 probes 1 DELAY",
    "10.0.0.7                 ether   52:54:00:12:34:06   C                     eth0",
    "nas.lan (10.0.0.7) at 52:54:00:12:34:06 [ether] on eth0",
    "? (10.0.0.7) at 52:54:0:12:34:6 on eth0 ifscope [ethernet]",
    "10.0.0.7         0x1         0x2         52:54:00:12:34:06     *        eth0",
  ])
  func `a neighbour is read from ip, arp and proc`(_ line: String) throws {
    let found = try #require(ListedNeighbour(line))
    #expect(found.address == IPAddress("10.0.0.7") && found.device == "eth0")
    #expect(found.hardwareAddress == "52:54:00:12:34:06")
    #expect(PastedOutputs.name(of: lines(line)) == "ip neigh")
  }

  @Test(arguments: [
    "fe80::9 dev eth0 FAILED", "10.0.0.7 dev eth0  INCOMPLETE", "10.0.0.7   (incomplete)   eth0",
    "? (10.0.0.7) at <incomplete> on eth0", "10.0.0.7  0x1  0x0  00:00:00:00:00:00  *  eth0",
  ])
  func `one that did not answer has no hardware address`(_ line: String) throws {
    #expect(try #require(ListedNeighbour(line)).hardwareAddress == nil)
  }

  @Test(arguments: [
    "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1", "default via 10.0.0.1 dev eth0 proto static",
    "10.0.0.7 dev eth0 scope link", "Address HWtype HWaddress Flags Mask Iface", "tcp ether 1 2 3", "",
  ])
  func `a route or a heading is no neighbour`(_ line: String) { #expect(ListedNeighbour(line) == nil) }

  @Test func `routes have their devices, gateways and families`() throws {
    let found = ListedRoute.list(
      lines(
        """
        default via 192.0.2.1 dev eth1 proto dhcp metric 100
        10.8.1.0/24 via 10.0.7.3 dev eth0
        172.16.248.0/24 dev tun0 proto kernel scope link src 172.16.248.1
        192.0.2.9 dev eth1
        unreachable 10.99.0.0/16
        local 10.0.0.1 dev lo table local
        default
        \tnexthop via 192.0.2.2 dev eth1 weight 1
        2001:db8::/32 dev eth0 metric 256 pref medium
        """))
    try #require(found.count == 7)
    #expect(
      found[0].destination == Prefix("0.0.0.0/0") && found[0].gateway == IPAddress("192.0.2.1")
        && found[0].metric == 100)
    #expect(found[1].device == "eth0" && found[2].device == "tun0" && found[2].gateway == nil && found[2].line == 3)
    #expect(found[3].destination == Prefix("192.0.2.9/32") && found[4].device == nil)
    #expect(found[5].device == "eth1" && found[5].gateway == IPAddress("192.0.2.2"))
    #expect(found[6].destination == Prefix("2001:db8::/32"))
    let json = ListedRoute.list(
      parsingJSON: Array(
        #"[{"dst":"default","gateway":"192.0.2.1","dev":"eth1","metric":5,"flags":[]},{"dst":"10.9.0.0/24","dev":"tun9"}]"#
          .utf8))
    #expect(json?.count == 2 && json?.first?.gateway == IPAddress("192.0.2.1") && json?.last?.device == "tun9")
  }

  @Test func `nethogs names programs with slashes and spaces, and connections without one`() throws {
    let found = NethogsLine.list(
      lines(
        """
        Adding local address: 10.8.1.3
        Refreshing:
        /usr/bin/ssh -N db/host/811/1000\t12.5\t0.3
        10.8.1.3:3129-10.0.7.248:40142/0/0\t812.4\t121000.2
        unknown TCP/0/0\t0\t0

        Refreshing:
        /usr/sbin/squid/900/13\t1\t2
        """))
    try #require(found.count == 4)
    #expect(
      found[0].program == "/usr/bin/ssh -N db/host" && found[0].pid == 811 && found[0].uid == 1000
        && found[0].sent == 12.5)
    #expect(found[1].ends?.local == Endpoint("10.8.1.3:3129") && found[1].ends?.remote == Endpoint("10.0.7.248:40142"))
    #expect(found[2].ends == nil && found[2].pid == nil && found[3].refresh == 1 && found[3].line == 8)
    #expect(NethogsLine.list(lines("a/1/2 nan inf\na/1/2 -1 -1\n/ / /\nx 1 2\n")).isEmpty)
  }

  private let key = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

  @Test func `wg dump gives peers and no secret, also with spaces for tabs`() throws {
    let text = """
      wg0\tYAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\t\(key)\t51820\toff
      wg0\t\(key)\t(none)\t10.12.32.13:55231\t172.16.248.22/32,10.99.0.0/16\t1700000000\t1048576\t2048\t25
      """
    for form in [text, text.replacing("\t", with: "    ")] {
      let found = WireGuardDumpOutput.devices(lines(form))
      let device = try #require(found.first?.device)
      #expect(found.count == 1 && device.listenPort == 51820 && device.peers.count == 1)
      #expect(
        device.peers.first?.endpoint == Endpoint("10.12.32.13:55231") && device.peers.first?.persistentKeepalive == 25)
      #expect(device.peers.first?.allowedPrefixes.map(\.description) == ["172.16.248.22/32", "10.99.0.0/16"])
      #expect(found.first?.lines.values.first == 2)
      #expect(!"\(found)".contains("YAnz5TF"))
    }
  }

  @Test func `docker inspect is read as an array, as objects one after the other, and torn`() {
    let id = String(repeating: "3f", count: 32)
    let one =
      #"{"Id":"\#(id)","Name":"/open}vpn","State":{"Status":"running","Pid":7},"NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"}}}}"#
    for text in ["[\(one)]", "\(one)\n\(one)", "[\(one), {\"Id\": \"torn"] {
      let found = DockerContainer.inspections(parsing: Array(text.utf8))
      #expect(found.first?.names == ["open}vpn"] && found.first?.networks.first?.v4 == IPAddress("172.17.0.2"))
    }
    #expect(DockerContainer.inspections(parsing: Array("{{{{".utf8)).isEmpty)
  }
}

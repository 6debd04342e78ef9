import Flows
import Glibc
import LinuxSystem
import Testing

@testable import Netlink

@Suite struct RoutingTests {
  let routing: Routing

  init() throws { routing = Routing(try NetworkNamespaceSockets()) }

  @Test func `the loopback interface is listed and found`() throws {
    let loopback = try #require(try routing.links().first { $0.name == "lo" })
    #expect(loopback.index == 1 && loopback.isUp && loopback.isLoopback && loopback.kind == nil)
    #expect(loopback.mtu == 65536 && loopback.statistics != nil && !loopback.hasParentDevice)
    #expect(try routing.link(1)?.name == "lo")
    #expect(try routing.link(0x7FFF_FFFF) == nil)
  }

  @Test func `the loopback address is listed`() throws {
    let address = try #require(try routing.addresses().first { $0.address == .v4(0x7F00_0001) })
    #expect(address.prefixLength == 8 && address.interfaceIndex == 1 && address.scope == 254 && address.peer == nil)
  }

  @Test func `the route to this host is local`() throws {
    let route = try routing.route(to: .v4(0x7F00_0001))
    #expect(route.kind == .local && route.outputInterface == 1 && route.gateway == nil)
    // Without rules of its own a host keeps both in one table.
    #expect([254, 255].contains(route.table))
    #expect(try routing.route(to: .v4(0x7F00_0002), from: .v4(0x7F00_0001)).kind == .local)
    #expect(try routing.neighbour(of: .v4(0x7F00_0001)) == nil)
  }

  @Test func `the kernel's words are in the error`() throws {
    let error = #expect(throws: NetlinkError.self) {
      try routing.route(to: .v4(0x7F00_0001), inputInterface: 0x7FFF_FFFF)
    }
    #expect(error?.operation == "find the route to 127.0.0.1")
    #expect(error?.errno != nil)
  }
}

@Suite(
  .enabled(if: TestHost.isRoot, "needs root to make network namespaces"),
  .enabled(if: TestHost.has("ip"), "needs ip to make interfaces"))
struct RoutingBetweenNamespacesTests {
  @Test func `a veth's other end is found in the namespace it names`() throws {
    let inner = try NetworkNamespaceDescriptor.anonymous()
    let outer = try NetworkNamespaceDescriptor.anonymous()
    let innerPath = "/proc/\(getpid())/fd/\(inner.number)"
    try outer.run {
      try TestHost.shell(
        """
        ip link add name outside type veth peer name inside netns \(innerPath) &&
        ip address add 192.0.2.1/24 dev outside && ip link set outside up &&
        ip address add 2001:db8::1/64 dev outside nodad &&
        ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev outside nud permanent &&
        ip route add default via 192.0.2.2 && ip route add prohibit 198.51.100.0/24 &&
        ip route add blackhole 198.51.101.0/24 && ip route add unreachable 198.51.102.0/24
        """)
    }
    let routing = Routing(NetworkNamespaceSockets(outer))
    let outside = try #require(try routing.links().first { $0.name == "outside" })
    #expect(outside.kind == "veth")
    let id = try #require(outside.peerNamespaceID)
    #expect(try routing.namespaceID(of: inner) == id)
    #expect(try routing.namespaceID(of: innerPath) == id)
    let stranger = try NetworkNamespaceDescriptor.anonymous()
    #expect(try routing.namespaceID(of: stranger) == nil)

    let neighbour = try #require(try routing.neighbour(of: .v4(0xC000_0202)))
    #expect(neighbour.hardwareAddress == [2, 0, 0, 0, 0, 2] && neighbour.interfaceIndex == outside.index)
    #expect(try routing.neighbour(of: .v4(0xC000_0203)) == nil)
    #expect(try routing.neighbours().contains(neighbour))

    let route = try routing.route(to: .v4(0xCB00_7101))
    #expect(route.gateway == .v4(0xC000_0202) && route.preferredSource == .v4(0xC000_0201) && route.kind == .unicast)
    let addresses = try routing.addresses().filter { $0.interfaceIndex == outside.index }.map(\.address.description)
    #expect(addresses.contains("192.0.2.1") && addresses.contains("2001:db8::1"))
    for network: UInt32 in [0xC633_6400, 0xC633_6500, 0xC633_6600] {
      let prohibited = #expect(throws: NetlinkError.self) { try routing.route(to: .v4(network + 1)) }
      #expect(prohibited?.code == .notFound)
    }

    let inside = try #require(try Routing(NetworkNamespaceSockets(inner)).links().first { $0.name == "inside" })
    #expect(inside.index == outside.peerIndex)
  }

  @Test func `IPv6 routes lead as those of IPv4 do`() throws {
    let namespace = try NetworkNamespaceDescriptor.anonymous()
    try namespace.run {
      try TestHost.shell(
        """
        ip link set lo up &&
        ip link add name outside type veth peer name other && ip link set other up && ip link set outside up &&
        ip address add 2001:db8::1/64 dev outside nodad &&
        ip neighbour add 2001:db8::2 lladdr 02:00:00:00:00:02 dev outside nud permanent &&
        ip route add default via 2001:db8::2 && ip route add 2001:db8:7::/48 dev lo table 77 &&
        ip -6 rule add to 2001:db8:7::/48 lookup 77 &&
        ip route add prohibit 2001:db8:1::/48 && ip route add unreachable 2001:db8:2::/48 &&
        ip route add blackhole 2001:db8:3::/48
        """)
    }
    func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
    let routing = Routing(NetworkNamespaceSockets(namespace))
    let outside = try #require(try routing.links().first { $0.name == "outside" })
    let far = try routing.route(to: address("2001:db8:ffff::1"))
    #expect(far.kind == .unicast && far.outputInterface == outside.index && far.table == 254)
    #expect(try far.gateway == address("2001:db8::2") && far.preferredSource == address("2001:db8::1"))
    #expect(try routing.route(to: address("2001:db8::3")).gateway == nil)
    #expect(try routing.route(to: address("2001:db8::1")).kind == .local)
    #expect(try routing.route(to: address("2001:db8:7::1")).table == 77)
    #expect(
      try routing.route(to: address("2001:db8::3"), from: address("2001:db8::1")).outputInterface == outside.index)
    let neighbour = try #require(try routing.neighbour(of: address("2001:db8::2")))
    #expect(neighbour.hardwareAddress == [2, 0, 0, 0, 0, 2] && neighbour.interfaceIndex == outside.index)
    for number in 1...3 {
      let error = #expect(throws: NetlinkError.self) { try routing.route(to: address("2001:db8:\(number)::1")) }
      #expect(error?.code == .notFound)
    }
  }

  @Test func `a bridge tells the port behind which an address was seen`() throws {
    let namespace = try NetworkNamespaceDescriptor.anonymous()
    try namespace.run {
      try TestHost.shell(
        """
        ip link add name bridge type bridge && ip link set bridge up &&
        ip link add name port type veth peer name other && ip link set port master bridge && ip link set port up &&
        bridge fdb add 02:00:00:00:00:05 dev port master static
        """)
    }
    let routing = Routing(NetworkNamespaceSockets(namespace))
    let links = try routing.links()
    let bridge = try #require(links.first { $0.name == "bridge" })
    let port = try #require(links.first { $0.name == "port" })
    #expect(try routing.port(of: bridge.index, toward: [2, 0, 0, 0, 0, 5]) == port.index)
    #expect(try routing.port(of: bridge.index, toward: [2, 0, 0, 0, 0, 6]) == nil)
    #expect(try routing.port(of: port.index, toward: [2, 0, 0, 0, 0, 5]) == nil)
  }

  @Test(arguments: ["192.0.2.2", "2001:db8::2"])
  func `a namespace without routes leads nowhere`(text: String) throws {
    let address = try #require(IPAddress(text))
    let routing = Routing(NetworkNamespaceSockets(try NetworkNamespaceDescriptor.anonymous()))
    let error = #expect(throws: NetlinkError.self) { try routing.route(to: address) }
    #expect(error?.code == .notFound)
    #expect(try routing.neighbour(of: address) == nil)
    #expect(try routing.links().map(\.name).contains("lo"))
  }
}

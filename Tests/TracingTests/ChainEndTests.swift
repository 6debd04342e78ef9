import Documents
import Flows
import Questions
import Testing

@Suite struct ChainEndTests {
  @Test(arguments: Family.allCases)
  func `a flow between two outsiders has an outside source`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let (inside, prefix) = family == .v4 ? ("10.1.0.5:5555", "10.1.0.1/24") : ("[fd01::5]:5555", "fd01::1/64")
    try host.plug("lan", 7, prefix, in: .host)
    let asked = try flow(inside, family.outside(80))
    host.neighbours[asked.source.address] = NeighbourAnswer(interface: 7, hardwareAddress: "02:00:00:00:00:05")
    host.moved(
      asked, .forwarded, Owner(reason: "forwarded: it only passes through this host"), out: 50, in: 950,
      interface: "lan", outInterface: "eth0")
    for target in [nil, "lan", "eth0", ":80"] {
      let document = try await host.trace(target)
      try #require(document.chains.count == 1, "\(target ?? "busiest")")
      let chain = document.chains[0]
      #expect(chain.kinds == [.external])
      #expect(chain.hops[0].address == asked.source.address)
      #expect(chain.hops[0].link == .init(interface: "lan", hardwareAddress: "02:00:00:00:00:05"))
      #expect(chain.source.kind == .external && chain.source.name == "\(asked.source.address)")
      #expect(chain.destination.endpoint == asked.destination && chain.destination.host == nil)
      #expect(document.coverage.unknown == 0 && document.coverage.bytes == 1000)
    }
  }

  /// A host with a virtual machine at `10.1.0.5` or `fd01::5`, whose tap device is a port of a bridge or stands alone.
  private func machine(_ family: Family, isBridged: Bool) throws -> (RecordedVantage, IPAddress) {
    var host = try RecordedVantage.dockerHost()
    let (address, prefix) = family == .v4 ? ("10.1.0.5", "10.1.0.1/24") : ("fd01::5", "fd01::1/64")
    if isBridged {
      try host.plug("br0", 6, prefix, kind: "bridge", in: .host)
      try host.plug("tap0", 7, kind: "tun", master: 6, in: .host)
    } else {
      try host.plug("tap0", 7, prefix, kind: "tun", in: .host)
    }
    host.change(.host) { place in
      guard let index = place.interfaces.firstIndex(where: { $0.name == "tap0" }) else { return }
      place.interfaces[index].deviceOwner = Owner(process: Process(pid: 77, name: "qemu-system-x86"), machine: "web01")
    }
    let guest = try #require(IPAddress(address))
    host.neighbours[guest] = NeighbourAnswer(
      interface: isBridged ? 6 : 7, hardwareAddress: "52:54:00:00:00:05", port: isBridged ? 7 : nil)
    return (host, guest)
  }

  @Test(arguments: Family.allCases, [true, false])
  func `a virtual machine's traffic leads through its device to its process`(
    _ family: Family, isBridged: Bool
  ) async throws {
    var (host, guest) = try machine(family, isBridged: isBridged)
    let flow = Flow(.tcp, from: Endpoint(guest, 5555), to: try #require(Endpoint(family.outside(80))))
    host.moved(flow, .forwarded, interface: isBridged ? "br0" : "tap0", outInterface: "eth0")
    let chain = try #require(try await host.trace("\(guest)").chains.first)
    #expect(chain.kinds == [.link, .external])
    let link = try #require(chain.hops.first)
    #expect(link.process?.pid == 77 && link.certainty == .observed && link.host != nil)
    #expect(
      link.link
        == .init(
          interface: "tap0", hardwareAddress: "52:54:00:00:00:05", bridge: isBridged ? "br0" : nil, machine: "web01"))
    #expect(chain.source.kind == .external && chain.source.name == "\(guest)")
    #expect(chain.source.summary.contains("behind qemu-system-x86 (pid 77) of virtual machine web01"))
  }

  @Test(arguments: Family.allCases)
  func `what is asked of a virtual machine begins at its device`(_ family: Family) async throws {
    var (host, guest) = try machine(family, isBridged: true)
    let flow = Flow(.tcp, from: try #require(Endpoint(family.outside(5555))), to: Endpoint(guest, 80))
    host.moved(flow, .forwarded, interface: "eth0", outInterface: "br0")
    let chain = try #require(try await host.trace("\(guest)").chains.first)
    #expect(chain.kinds == [.link, .external])
    #expect(chain.hops.first?.link?.machine == "web01" && chain.hops.last?.address == flow.source.address)
    #expect(chain.destination.endpoint == flow.destination)
  }

  @Test func `what is behind a gateway is on no link`() async throws {
    var (host, _) = try machine(.v4, isBridged: true)
    host.moved(try flow("10.1.0.77:5555", "198.51.100.9:80"), .forwarded, interface: "br0", outInterface: "eth0")
    #expect(try await host.trace("10.1.0.77").chains.first?.kinds == [.external])
  }

  @Test func `an unknown owner keeps its reason, and is not explained`() async throws {
    var host = try RecordedVantage.dockerHost()
    let reason = "no process: the socket closed before it was read"
    host.moved(try flow("198.51.100.1:40000", "198.51.100.9:443"), .initiator, Owner(reason: reason))
    host.moved(try flow("198.51.100.1:40001", "198.51.100.9:443"), .initiator, .process(3, "curl"), out: 2000)
    let document = try await host.trace("198.51.100.9")
    let chain = try #require(document.chains.first { $0.source.kind == .unknown })
    #expect(chain.kinds == [.socket] && chain.hops[0].certainty == .unknown)
    #expect(chain.hops[0].reason == reason && chain.source.summary == reason)
    #expect(document.coverage == Coverage(bytes: 3200, explained: 2100, unknown: 1100, reasons: [reason]))
  }

  /// What `out` and `back` packets of a flow to a port of this host without a socket are told to mean.
  private func reason(_ family: Family, _ transport: Transport, packets: (out: UInt64, back: UInt64), back: UInt64)
    async throws -> String?
  {
    var host = try RecordedVantage.dockerHost()
    let asker = try host.container("asker", 2)
    host.moved(
      try flow(family.container(2, 40000), family.bridge(9999), transport), .initiator,
      .process(5, "curl", in: asker.container), out: packets.out * 60, in: back, at: asker.id)
    let last = host.interval.flows.count - 1
    (host.interval.flows[last].traffic.packetsOut, host.interval.flows[last].traffic.packetsIn) = packets
    return try await host.trace("asker").chains.first?.hops.first { $0.kind != .container }?.reason
  }

  @Test(arguments: Family.allCases)
  func `a port that nothing listens on is not told to have closed`(_ family: Family) async throws {
    let refusal: UInt64 = family == .v4 ? 40 : 60
    let silent = try #require(try await reason(family, .udp, packets: (3, 0), back: 0))
    #expect(silent.contains("nothing answered") && !silent.contains("closed"))
    let refused = try #require(try await reason(family, .tcp, packets: (2, 2), back: 2 * refusal))
    #expect(refused.contains("refused"))
    let closed = try #require(try await reason(family, .tcp, packets: (5, 4), back: 900))
    #expect(closed == "no process: the socket closed before it was read")
  }

  @Test func `an unknown process in a known container has the container for its source`() async throws {
    var host = try RecordedVantage.dockerHost()
    let talker = try host.container("talker", 2)
    host.moved(
      try flow("172.17.0.2:40000", "198.51.100.9:443"), .initiator,
      Owner(container: talker.container, reason: "no process"), at: talker.id)
    let chain = try #require(try await host.trace("talker").chains.first)
    #expect(chain.source.kind == .container && chain.source.name == "talker")
  }

  @Test func `the kernel's own sockets have the kernel for their source`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow("198.51.100.1:800", "198.51.100.9:2049"), .initiator, Owner(isKernel: true))
    let document = try await host.trace(":2049")
    #expect(document.chains.first?.source.name == "kernel" && document.coverage.unknown == 0)
  }

  /// Two namespaces that each send 203.0.113.0/24 to the other.
  private func loop() throws -> (vantage: RecordedVantage, one: Place, other: Place) {
    var host = try RecordedVantage.dockerHost()
    let (one, other) = (Place(namespace: 10), Place(namespace: 11))
    host.add(NamespaceDescription(id: one, name: "netns one", isHost: false))
    host.add(NamespaceDescription(id: other, name: "netns other", isHost: false))
    try host.wire(5, one, "10.0.0.1/24", other, "10.0.0.2/24")
    try host.route("203.0.113.0/24", interface: 5, via: "10.0.0.2", in: one)
    try host.route("203.0.113.0/24", interface: 5, via: "10.0.0.1", in: other)
    return (host, one, other)
  }

  @Test(arguments: ["macvlan", "ipvlan"])
  func `behind a veth are also the interfaces that stand on its other end`(_ kind: String) async throws {
    var host = try RecordedVantage.dockerHost()
    let (router, stand, pusher) = (Place(namespace: 10), Place(namespace: 11), Place(namespace: 12))
    for (place, name) in [(router, "router"), (stand, "stand"), (pusher, "pusher")] {
      host.add(NamespaceDescription(id: place, name: "netns \(name)", isHost: false))
    }
    try host.wire(5, router, "10.0.0.1/24", stand, "10.0.0.2/24")
    try host.plug(
      "mv0", 6, "10.0.0.50/24", kind: InterfaceKind(kind), peer: .init(namespace: stand, index: 5), in: pusher)
    host.moved(try flow("10.0.0.50:5000", "203.0.113.9:80"), .forwarded, at: router)
    let chain = try #require(try await host.trace("203.0.113.9").chains.first)
    let end = try #require(chain.hops.last)
    #expect(end.namespace == "netns pusher" && !chain.source.summary.contains("loop"), "\(chain)")
  }

  @Test func `a route that leads in a circle is cut, and said`() async throws {
    var (host, one, other) = try loop()
    host.moved(try flow("10.0.0.1:5000", "203.0.113.9:80"), .initiator, .process(3, "lost"), at: one)
    let out = try #require(try await host.trace("203.0.113.9").chains.first)
    #expect(out.hops.contains { $0.kind == .unknown && $0.reason == "the path leads back to netns one (a loop)" })
    #expect(out.source.name == "lost" && out.destination.host == nil)

    host.interval.flows = []
    host.moved(try flow("203.0.113.9:5000", "10.0.0.2:80"), .responder, .process(3, "lost"), at: other)
    host.interval.flows[0].flow = try flow("10.0.0.2:80", "203.0.113.9:5000")
    let inward = try await host.trace("203.0.113.9")
    #expect(inward.chains.first?.source.kind == .unknown)
    #expect(inward.chains.first?.hops.last?.reason == "the path leads back to netns other (a loop)")
    #expect(inward.coverage.unknown == inward.coverage.bytes)
  }

  @Test(arguments: Family.allCases)
  func `an address without a route is an outside end without a link`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow(family.host(443), family.stranger(5000)), .responder, .process(3, "nginx"))
    let chain = try #require(try await host.trace(family.stranger()).chains.first)
    #expect(chain.kinds == [.socket, .external])
    #expect(chain.hops[1].link == nil && chain.source.name == family.stranger())
    #expect(chain.hops[1].evidence.first?.detail.contains("no known host") == true)
  }

  @Test func `an address that two namespaces have, and no route tells apart, is not guessed`() async throws {
    var host = try RecordedVantage.dockerHost()
    for number in [UInt64(10), 11] {
      let id = Place(namespace: number)
      host.add(NamespaceDescription(id: id, name: "netns n\(number)", isHost: false))
      try host.plug("eth0", 2, "10.7.0.2/24", in: id)
    }
    host.moved(try flow("198.51.100.1:443", "10.7.0.2:5000"), .responder, .process(3, "nginx"))
    let chain = try #require(try await host.trace(":443").chains.first)
    #expect(chain.hops.last?.kind == .unknown)
    #expect(chain.hops.last?.reason?.contains("2 network namespaces") == true)
    #expect(chain.source.kind == .unknown)
  }

  @Test func `a container that routes for another on its bridge is passed`() async throws {
    var host = try RecordedVantage.dockerHost()
    try host.route("0.0.0.0/0", interface: 2, via: "198.51.100.254", in: .host)
    let vpn = try host.container("vpn", 2)
    let user = try host.container("user", 3, gateways: ["172.17.0.2"])
    let own = try flow("172.17.0.3:40000", "9.9.9.9:443")
    let middle = try flow("172.17.0.2:40000", "9.9.9.9:443")
    host.translate(own, to: middle, in: vpn.id)
    host.translate(middle, to: try flow("198.51.100.1:40000", "9.9.9.9:443"))
    host.moved(own, .initiator, .process(3, "curl", in: user.container), at: user.id)
    let chain = try #require(try await host.trace("user").chains.first)
    #expect(chain.kinds == [.nat, .container, .nat, .container, .socket])
    #expect(chain.hops.compactMap(\.container?.name) == ["vpn", "user", "user"])
  }
}

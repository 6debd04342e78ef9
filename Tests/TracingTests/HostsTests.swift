import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// The first story with the answers of all its hosts written down.
@Suite struct HostsTests {
  /// A host that does not answer.
  private struct DeafVantage: ScriptedAnswers {
    let host: String
    private func fail() throws -> Never {
      throw VantageError(.disconnected, host: host, "ask it", cause: "connection timed out")
    }
    func inventory() async throws -> Inventory { try fail() }
    func process(_ pid: Int32) async throws -> Process? { try fail() }
    func measured(for seconds: Double) async throws -> Interval { try fail() }
    func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? { try fail() }
    func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? { try fail() }
    func listedSockets() async throws -> [SocketListing] { try fail() }
    func owner(_ pid: Int32) async throws -> Owner? { try fail() }
    func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? { try fail() }
    func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? { try fail() }
    func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
      -> TunnelAnswer?
    { try fail() }
    func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? { try fail() }
  }

  private func host(_ name: String) -> RecordedVantage {
    var host = RecordedVantage()
    host.host = name
    host.recordedInventory.host = name
    host.interval.host = name
    host.add(NamespaceDescription(id: .host, name: "host", isHost: true))
    return host
  }

  private let bytes: UInt64 = 1_000_000

  private func service() throws -> RecordedVantage {
    var svc = host("svc")
    try svc.plug("eth0", 2, "10.0.7.3/24", "10.8.1.3/24", in: .host)
    let seen = try flow("10.0.7.248:40142", "10.8.1.3:3129")
    svc.moved(seen.reversed, .responder, .process(811, "squid"), out: 0, in: bytes, interface: "eth0")
    // Another Docker host's address stands here too, for another network.
    try svc.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
    return svc
  }

  private func dockerHost() throws -> RecordedVantage {
    var s750 = host("s750")
    try s750.plug("eth0", 2, "10.0.7.248/24", in: .host)
    try s750.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
    try s750.route("10.8.1.0/24", interface: 2, via: "10.0.7.3", in: .host)
    let vpn = try s750.container("openvpn", 2)
    try s750.plug("tun0", 9, "172.16.248.1/24", kind: "tun", in: vpn.id)
    let inner = try flow("172.16.248.22:40142", "10.8.1.3:3129")
    let masked = try flow("172.17.0.2:40142", "10.8.1.3:3129")
    let seen = try flow("10.0.7.248:40142", "10.8.1.3:3129")
    s750.translate(inner, to: masked, in: vpn.id)
    s750.translate(masked, to: seen)
    s750.moved(inner, .forwarded, out: bytes, in: 0, translated: masked, at: vpn.id)
    s750.moved(masked, .forwarded, out: bytes, in: 0, translated: seen)
    var tunnel = Tunnel(type: "openvpn", interface: "tun0")
    tunnel.client = "tke-node1"
    tunnel.realAddress = "10.12.32.13:55231"
    let client = try #require(IPAddress("172.16.248.22"))
    s750.tunnels[vpn.id] = [
      client: TunnelAnswer(tunnel: tunnel, owner: .process(70, "openvpn", in: vpn.container), certainty: .observed)
    ]
    return s750
  }

  private func node() throws -> RecordedVantage {
    var tke = host("tke")
    try tke.plug("eth0", 2, "10.12.32.13/24", in: .host)
    try tke.plug("tun0", 9, "172.16.248.22/24", kind: "tun", in: .host)
    try tke.route("10.8.1.0/24", interface: 9, in: .host)
    let outbound = try flow("172.16.248.22:40142", "10.8.1.3:3129")
    let inbound = try flow("198.51.100.77:51366", "10.12.32.13:3129")
    tke.moved(outbound, .initiator, .process(55, "haproxy"), out: bytes, in: 0, interface: "tun0")
    tke.moved(inbound.reversed, .responder, .process(55, "haproxy"), out: 0, in: bytes, interface: "eth0")
    tke.relays[55] = RelayAnswer(
      software: "haproxy", isRelay: true, isOneToOne: true,
      sessions: [
        RelayLink(
          namespace: .host, inbound: inbound, outbound: outbound, method: .session,
          names: RelayNames(
            frontend: "qcproxy", backend: "qcbackend", server: "qcbackend",
            configuration: "/etc/haproxy/haproxy.cfg:22"))
      ])
    let far = try #require(IPAddress("10.8.1.3"))
    tke.tunnels[.host] = [
      far: TunnelAnswer(
        tunnel: Tunnel(type: "openvpn", interface: "tun0"), owner: .process(56, "openvpn"), isClient: true,
        certainty: .observed)
    ]
    return tke
  }

  private func trace(_ hosts: [any Vantage], _ target: String?) async throws -> TraceDocument {
    try await Tracer(CombinedVantage(hosts.map { .init($0) })).trace(target, seconds: 2, sets: AddressSets()).document
  }

  private static let kinds: [Hop.Kind] = [
    .socket, .host, .nat, .container, .nat, .tunnel, .host, .socket, .relay, .external,
  ]

  @Test func `one command leads over all hosts, from wherever it starts`() async throws {
    let (svc, s750, tke) = (try service(), try dockerHost(), try node())
    for (order, target) in [
      ([svc, s750, tke], ":3129"), ([svc, s750, tke], "10.8.1.3:3129"), ([s750, tke, svc], ":3129"),
      ([tke, svc, s750], "10.8.1.3"), ([host("elsewhere"), tke, s750, svc], ":3129"), ([svc, tke, s750], nil),
    ] {
      let document = try await trace(order, target)
      #expect(document.chains.count == 1, "\(order.map(\.host)) \(target ?? "")")
      let chain = try #require(document.chains.first)
      #expect(chain.kinds == Self.kinds, "\(order.map(\.host)) \(target ?? "")")
      #expect(chain.hops.compactMap(\.host) == ["svc", "s750", "s750", "s750", "s750", "s750", "tke", "tke", "tke"])
      #expect(chain.source.kind == .external && chain.source.name == "198.51.100.77")
      #expect(chain.source.summary.hasSuffix("to tke"))
      #expect(chain.destination.host == "svc" && chain.destination.process?.name == "squid")
      #expect(try chain.hop(.relay).relay?.configuration == "/etc/haproxy/haproxy.cfg:22")
      #expect(document.coverage.bytes == bytes && document.coverage.unknown == 0)
    }
  }

  @Test func `a host that does not answer ends the chain at its VPN client, and is named`() async throws {
    let document = try await trace([try service(), try dockerHost(), DeafVantage(host: "tke")], ":3129")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.kinds == [.socket, .host, .nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(document.coverage.reasons.contains { $0.contains("tke") && $0.contains("timed out") })
  }

  @Test func `a host that falls silent while it counts ends the chain where it was known, with the reason`()
    async throws
  {
    let node = SilentVantage(base: try node(), counts: false)
    let document = try await trace([try service(), try dockerHost(), node], ":3129")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.kinds == [.socket, .host, .nat, .container, .nat, .tunnel])
    #expect(chain.hops.last?.reason == "the hosts behind it could not be queried: tke (ask it: no answer in time)")
    let gate = SilentVantage(base: try dockerHost(), counts: false)
    let other = try await trace([try service(), gate], ":3129")
    let end = try #require(other.chains.first)
    #expect(end.kinds == [.socket, .host, .external] && end.hops[1].certainty == .unknown)
    #expect(end.hops[1].reason == "s750 has 10.0.7.248, but stopped answering (ask it: no answer in time)")
  }

  @Test func `what a host had counted before it fell silent is used`() async throws {
    let node = SilentVantage(base: try node(), counts: true)
    let document = try await trace([try service(), try dockerHost(), node], ":3129")
    let chain = try #require(document.chains.first)
    // Its proxy can't be asked any more; the way to it is known, and told from the service's end.
    #expect(document.chains.count == 1, "\(document.chains.map(\.source))")
    #expect(chain.kinds.starts(with: [.socket, .host, .nat, .container, .nat, .tunnel, .host, .socket]))
    #expect(chain.hops.last?.reason?.hasPrefix("tke stopped answering (") == true, "\(chain)")

    let gate = SilentVantage(base: try dockerHost(), counts: true)
    let other = try await trace([try service(), gate, try self.node()], ":3129")
    let whole = try #require(other.chains.first)
    #expect(other.chains.count == 1, "\(other.chains.map(\.source))")
    // Only the VPN itself was not to be asked.
    #expect(whole.kinds == [.socket, .host, .nat, .container, .nat, .host, .socket, .relay, .external])
    #expect(whole.source.name == "198.51.100.77" && other.coverage.bytes == bytes)
  }

  @Test func `the same addresses on two hosts are told apart by what they know`() async throws {
    // A second Docker host with a container of the same address that talks to the same service, unseen by the first.
    var twin = host("twin")
    try twin.plug("eth0", 2, "10.0.7.249/24", in: .host)
    try twin.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
    let web = try twin.container("web", 2)
    let own = try flow("172.17.0.2:40142", "10.8.1.3:3129")
    let masked = try flow("10.0.7.249:40142", "10.8.1.3:3129")
    twin.translate(own, to: masked)
    twin.moved(own, .initiator, .process(70, "curl", in: web.container), out: 500, in: 0, at: web.id)
    twin.moved(own, .forwarded, out: 500, in: 0, translated: masked)
    var svc = try service()
    svc.moved(masked.reversed, .responder, .process(811, "squid"), out: 0, in: 500)
    let document = try await trace([svc, try dockerHost(), try node(), twin], ":3129")
    #expect(document.chains.count == 2)
    #expect(document.chains.first?.kinds == Self.kinds)
    let second = try #require(document.chains.last)
    #expect(second.kinds == [.socket, .host, .nat, .container, .socket])
    #expect(second.source.name == "curl" && second.hops.last?.host == "twin")
    // Processes with the same number on two hosts are two.
    #expect(document.coverage.bytes == bytes + 500)
  }

  @Test(arguments: [("10.9.88.2", "10.9.0.254"), ("fd09:88::2", "fd09::254")])
  func `a namespace of another host that came and went is the source, and counted once`(
    _ source: String, _ target: String
  ) async throws {
    let isV6 = source.contains(":")
    let seen = try flow(
      isV6 ? "[\(source)]:37408" : "\(source):37408", isV6 ? "[\(target)]:9000" : "\(target):9000")
    var beta = host("beta")
    try beta.plug("eth0", 2, isV6 ? "\(target)/64" : "\(target)/24", in: .host)
    beta.moved(seen.reversed, .responder, .process(12, "server"), out: 0, in: bytes, interface: "eth0")
    // No inventory has its place any more.
    var alpha = host("alpha")
    alpha.moved(seen, .initiator, .process(95, "python3"), out: bytes, in: 0, at: Place(namespace: 4711))
    let document = try await trace([beta, alpha], source)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && document.coverage.bytes == bytes, "\(document.chains)")
    #expect(chain.source.name == "python3" && chain.kinds == [.socket, .host, .socket], "\(chain.kinds)")
  }

  @Test(arguments: Family.allCases, [false, true])
  func `what a router and the server saw of a client that nobody asks is counted once`(
    _ family: Family, isTranslated: Bool
  ) async throws {
    func end(_ v4: String, _ v6: String, _ port: Int) -> String { family == .v4 ? "\(v4):\(port)" : "[\(v6)]:\(port)" }
    let client = end("10.70.0.2", "fd70::2", 49030)
    let server = end("10.9.0.2", "fd09::2", 82)
    let asked = isTranslated ? end("10.70.0.1", "fd70::1", 8443) : server
    var alpha = host("alpha")
    try alpha.plug("ga", 2, family == .v4 ? "10.70.0.1/24" : "fd70::1/64", in: .host)
    try alpha.plug("eth0", 3, family == .v4 ? "10.9.0.1/24" : "fd09::1/64", in: .host)
    let (outer, inner) = (try flow(client, asked), try flow(client, server))
    if isTranslated { alpha.translate(outer, to: inner) }
    alpha.moved(
      outer, .forwarded, out: bytes, in: 1000, translated: isTranslated ? inner : nil, interface: "ga",
      outInterface: "eth0")
    var beta = host("beta")
    try beta.plug("eth0", 2, family == .v4 ? "10.9.0.2/24" : "fd09::2/64", in: .host)
    beta.moved(inner.reversed, .responder, .process(131, "python3"), out: 1000, in: bytes, interface: "eth0")
    // A bridge in between sees the frames as well.
    var cli = host("cli")
    try cli.plug("br1", 2, family == .v4 ? "10.9.0.254/24" : "fd09::254/64", kind: "bridge", in: .host)
    cli.moved(inner, .forwarded, out: bytes, in: 1000, interface: "br1")
    for hosts in [[alpha, beta], [beta, alpha], [cli, beta], [cli, alpha, beta]] {
      let document = try await trace(hosts, ":82")
      #expect(document.coverage.bytes == bytes + 1000, "\(hosts.map(\.host)): \(document.chains.map(\.source))")
      #expect(document.chains.count == 1)
    }
  }

  @Test(arguments: Family.allCases, [false, true])
  func `what two routers pass on, one after the other, is counted once with neither end asked`(
    _ family: Family, areNeighbours: Bool
  ) async throws {
    func text(_ v4: String, _ v6: String, _ port: Int) -> String { family == .v4 ? "\(v4):\(port)" : "[\(v6)]:\(port)" }
    func net(_ v4: String, _ v6: String) -> String { family == .v4 ? v4 : v6 }
    let there = try flow(text("10.70.0.2", "fd70::2", 41000), text("10.90.0.2", "fd90::2", 443))
    let masked = try flow(text("10.9.0.2", "fd09::2", 41000), text("10.90.0.2", "fd90::2", 443))
    for isMasked in [false, true] {
      var one = host("one")
      try one.plug("lan", 2, net("10.70.0.1/24", "fd70::1/64"), in: .host)
      try one.plug("wan", 3, net("10.9.0.1/24", "fd09::1/64"), in: .host)
      try one.route(
        net("10.90.0.0/24", "fd90::/64"), interface: 3,
        via: areNeighbours ? net("10.9.0.2", "fd09::2") : net("10.9.0.77", "fd09::77"), in: .host)
      one.moved(there, .forwarded, out: bytes, in: 5000, interface: "lan", outInterface: "wan")
      var two = host("two")
      try two.plug("in", 2, net("10.9.0.2/24", "fd09::2/64"), in: .host)
      try two.plug("out", 3, net("10.91.0.2/24", "fd91::2/64"), in: .host)
      try two.route(
        net("10.70.0.0/24", "fd70::/64"), interface: 2,
        via: areNeighbours ? net("10.9.0.1", "fd09::1") : net("10.9.0.77", "fd09::77"), in: .host)
      try two.route(
        net("10.90.0.0/24", "fd90::/64"), interface: 3, via: net("10.91.0.1", "fd91::1"), in: .host)
      if isMasked { two.translate(there, to: masked) }
      two.moved(
        there, .forwarded, out: bytes - 3000, in: 5000, translated: isMasked ? masked : nil, interface: "in",
        outInterface: "out")
      for hosts in [[one, two], [two, one]] {
        let document = try await trace(hosts, ":443")
        #expect(document.coverage.bytes >= bytes && document.coverage.bytes <= bytes + 5000, "\(document.coverage)")
        #expect(document.chains.count == 1 && document.coverage.unknown == 0, "\(document.chains.map(\.kinds))")
        let said = document.coverage.reasons.contains { $0.contains("are taken for the same") }
        #expect(said != areNeighbours, "\(document.coverage.reasons)")
        guard areNeighbours else { continue }
        let chain = try #require(document.chains.first)
        #expect(chain.kinds.filter { $0 == .host }.count == 1 && chain.kinds.last == .external, "\(chain.kinds)")
      }
    }
  }

  @Test func `two routers that each saw one direction have one whole, and equal flows of other hosts stay two`()
    async throws
  {
    let there = try flow("10.70.0.2:41000", "10.90.0.2:443")
    func router(_ name: String, out: UInt64, in inward: UInt64, _ flow: Flow) -> RecordedVantage {
      var one = host(name)
      one.moved(flow, .forwarded, out: out, in: inward, interface: "a", outInterface: "b")
      return one
    }
    let apart = try await trace(
      [router("one", out: bytes, in: 0, there), router("two", out: 0, in: bytes, there)], ":443")
    #expect(apart.coverage.bytes == 2 * bytes, "\(apart.coverage)")
    let other = try flow("10.70.0.2:41001", "10.90.0.2:443")
    let two = try await trace(
      [router("one", out: bytes, in: 0, there), router("two", out: bytes, in: 0, other)], ":443")
    #expect(two.coverage.bytes == 2 * bytes, "\(two.coverage)")
  }

  @Test func `equal ends on two hosts stay two where a part of one could not be examined`() async throws {
    let seen = try flow("10.50.0.1:5555", "172.31.0.2:5000", .udp)
    func collector(_ name: String) throws -> RecordedVantage {
      var one = host(name)
      try one.plug("docker0", 3, "172.31.0.1/24", kind: "bridge", in: .host)
      let web = try one.container("collector", 2)
      one.moved(seen.reversed, .responder, .process(9, name, in: web.container), out: 0, in: bytes, at: web.id)
      return one
    }
    var (alpha, beta) = (try collector("alpha"), try collector("beta"))
    for reason in [nil, "entering namespaces was denied"] {
      alpha.recordedInventory.concealed = [reason]
      beta.recordedInventory.concealed = [reason]
      let document = try await trace([alpha, beta], ":5000")
      #expect(document.coverage.bytes == 2 * bytes, "\(document.chains.map(\.source)) \(document.coverage)")
      // What may be in the part that could not be examined is no explanation.
      #expect((document.coverage.unknown == 0) == (reason == nil), "\(document.coverage)")
      #expect((document.coverage.refused == nil) == (reason == nil))
    }
  }

  @Test(arguments: Family.allCases)
  func `a client beyond the router of a host with a part out of sight is not in that part`(_ family: Family)
    async throws
  {
    func address(_ v4: String, _ v6: String) -> String { family == .v4 ? v4 : v6 }
    let server = address("10.1.0.1", "fd00:1::1")
    var beta = host("beta")
    try beta.plug("eth0", 2, "\(server)\(address("/24", "/64"))", in: .host)
    var alpha = host("alpha")
    try alpha.plug("eth0", 2, address("10.1.0.2/24", "fd00:1::2/64"), in: .host)
    try alpha.plug("docker0", 3, address("172.17.0.1/16", "fd17::1/64"), kind: "bridge", in: .host)
    try alpha.route(
      address("0.0.0.0/0", "::/0"), interface: 2, via: address("10.1.0.254", "fd00:1::254"), in: .host)
    alpha.recordedInventory.concealed = ["entering namespaces was denied"]
    func endpoint(_ address: String, _ port: Int) -> String {
      family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
    // Behind the router; on the link that alpha's parts may be on; behind alpha's bridge.
    for (client, isKnown) in [
      (address("10.77.0.9", "fd00:77::9"), true), (address("10.1.0.50", "fd00:1::50"), false),
      (address("172.17.0.9", "fd17::9"), false),
    ] {
      var server = beta
      let seen = try flow(endpoint(client, 40000), endpoint(address("10.1.0.1", "fd00:1::1"), 443))
      server.moved(seen.reversed, .responder, .process(811, "squid"), out: 0, in: bytes)
      let document = try await trace([server, alpha], ":443")
      #expect((document.coverage.unknown == 0) == isKnown, "\(client): \(document.coverage)")
      #expect((document.chains.first?.hops.last?.reason == nil) == isKnown, "\(client)")
    }
  }

  @Test func `a host that has the address but not the flow is said, and a public address leads inside`() async throws {
    var svc = host("svc")
    try svc.plug("eth0", 2, "192.0.2.3/24", in: .host)
    let seen = try flow("203.0.113.10:40000", "192.0.2.3:443")
    svc.moved(seen.reversed, .responder, .process(811, "squid"), out: 0, in: 700)
    var cloud = host("cloud")
    try cloud.plug("eth0", 2, "10.12.32.13/24", in: .host)
    let inside = try flow("10.12.32.13:40000", "192.0.2.3:443")
    cloud.moved(inside, .initiator, .process(9, "backup"), out: 700, in: 0)
    let publicAddress = try #require(IPAddress("203.0.113.10"))
    let inner = try #require(IPAddress("10.12.32.13"))
    let hosts = CombinedVantage([.init(svc), .init(cloud, publicAddresses: [publicAddress: inner])])
    let document = try await Tracer(hosts).trace(":443", seconds: 2, sets: AddressSets()).document
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.socket, .host, .socket] && chain.source.name == "backup")
    #expect(chain.hops[1].evidence.contains { $0.detail.contains("203.0.113.10") })

    // The same, where only its cloud knows; what a person has named counts before that.
    var told = cloud
    told.recordedInventory.clouds = [
      CloudAddresses(provider: "aws", pairs: [.init(outer: publicAddress, own: inner, command: "curl x")])
    ]
    let asked = try await trace([svc, told], ":443")
    let whole = try #require(asked.chains.first)
    #expect(whole.kinds == [.socket, .host, .socket] && whole.source.name == "backup")
    let evidence = try #require(whole.hops[1].evidence.first { $0.detail.contains("203.0.113.10") })
    #expect(evidence.source == "cloud metadata (aws)" && evidence.command == "curl x")
    let elsewhere = try #require(IPAddress("10.12.32.99"))
    let named = CombinedVantage([.init(svc), .init(told, publicAddresses: [publicAddress: elsewhere])])
    let misled = try await Tracer(named).trace(":443", seconds: 2, sets: AddressSets()).document
    #expect(misled.chains.count == 2 && misled.chains.allSatisfy { $0.kinds != [.socket, .host, .socket] })

    // As a target it means the host's own address there, also where nobody else is asked.
    for text in ["203.0.113.10", "203.0.113.10:40000", "203.0.113.10:40000-192.0.2.3:443"] {
      let alone = try await Tracer(told).trace(text, seconds: 2, sets: AddressSets()).document
      #expect(alone.chains.first?.source.name == "backup" && alone.target == text, "\(text)")
    }
    #expect(try await Tracer(told).trace("203.0.113.11", seconds: 2, sets: AddressSets()).document.chains.isEmpty)

    var strange = host("strange")
    try strange.plug("eth0", 2, "203.0.113.10/24", in: .host)
    let other = try await trace([svc, strange], ":443")
    let end = try #require(other.chains.first)
    #expect(end.kinds == [.socket, .host, .external])
    #expect(end.hops[1].certainty == .unknown && end.hops[1].reason?.contains("strange has 203.0.113.10") == true)
  }
}

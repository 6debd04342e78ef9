import Flows
import Questions
import Testing

@Suite struct TunnelTests {
  private static let real = "203.0.113.20"

  /// Story A's Docker host: a VPN server in a container that masquerades its clients, behind Docker's own translation.
  private func vpnHost(_ family: Family, answer: (Container) throws -> TunnelAnswer?) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    let vpn = try host.container("openvpn", 2)
    let client = family == .v4 ? "10.8.0.6" : "fd08::6"
    try host.plug(
      "tun0", 9, family == .v4 ? "10.8.0.1/24" : "fd08::1/64", kind: "tun", in: vpn.id)
    let inner = try flow(family == .v4 ? "\(client):40142" : "[\(client)]:40142", family.outside(3129))
    let masked = try flow(family.container(2, 40142), family.outside(3129))
    let seen = try flow(family.host(40142), family.outside(3129))
    host.translate(inner, to: masked, in: vpn.id)
    host.translate(masked, to: seen)
    host.moved(inner, .forwarded, out: 9000, in: 1000, translated: masked, at: vpn.id)
    host.moved(masked, .forwarded, out: 9000, in: 1000, translated: seen)
    // The VPN's own flow: published on the host, answered in the container.
    let outer = try flow("\(Self.real):55231", family == .v4 ? "198.51.100.1:1194" : "198.51.100.1:1194", .udp)
    let inside = try flow("\(Self.real):55231", "172.17.0.2:1194", .udp)
    host.translate(outer, to: inside)
    host.moved(outer, .forwarded, out: 11000, in: 2000, translated: inside)
    host.moved(
      inside.reversed, .responder, .process(70, "openvpn", in: vpn.container), out: 2000, in: 11000, at: vpn.id)
    host.tunnels[vpn.id] = [try #require(IPAddress(client)): try #require(try answer(vpn.container))]
    return host
  }

  private func known(_ container: Container) throws -> TunnelAnswer {
    var tunnel = Tunnel(type: "openvpn", interface: "tun0")
    tunnel.client = "tke-node1"
    tunnel.realAddress = "\(Self.real):55231"
    return TunnelAnswer(
      tunnel: tunnel, owner: .process(70, "openvpn", in: container),
      carrier: try flow("\(Self.real):55231", "0.0.0.0:1194", .udp), certainty: .observed,
      evidence: [Evidence("openvpn", "its status file says so", command: "cat /tmp/status")])
  }

  @Test(arguments: Family.allCases)
  func `a chain ends in the name of the VPN client`(_ family: Family) async throws {
    let host = try vpnHost(family, answer: known)
    let document = try await host.trace(family.outside(3129))
    #expect(document.chains.count == 1)
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    let hop = try chain.hop(.tunnel)
    #expect(hop.certainty == .observed && hop.tunnel?.client == "tke-node1" && hop.process?.name == "openvpn")
    #expect(hop.tunnel?.carrier?.bytes == 13000 && hop.tunnel?.carrier?.carried == 10000)
    #expect(hop.evidence.contains { $0.command == "cat /tmp/status" })
    #expect(document.coverage.bytes == 10000 && document.coverage.unknown == 0)
  }

  @Test(arguments: Family.allCases)
  func `a client whose own flow nobody saw is only claimed`(_ family: Family) async throws {
    let host = try vpnHost(family) { container in
      var answer = try known(container)
      // Anyone may write a status file, or call a program openvpn.
      answer.carrier = try flow("203.0.113.66:55231", "0.0.0.0:1194", .udp)
      answer.tunnel.realAddress = "203.0.113.66:55231"
      return answer
    }
    let document = try await host.trace(family.outside(3129))
    let hop = try #require(document.chains.first).hop(.tunnel)
    #expect(hop.certainty == .inferred)
    #expect(hop.reason == "claimed by openvpn (pid 70): no flow from 203.0.113.66 was seen")
  }

  @Test func `a carrier stands above what it carries, and its bytes are not added`() async throws {
    let document = try await vpnHost(.v4, answer: known).trace()
    #expect(document.chains.count == 1)
    #expect(document.chains.first?.share == 1)
    #expect(document.coverage.bytes == 10000)
    let carrier = try #require(document.carriers?.first)
    #expect(document.carriers?.count == 1)
    #expect(carrier.bytes == 13000 && carrier.client == "tke-node1" && carrier.process?.pid == 70)
    #expect(carrier.flow.source == Endpoint("\(Self.real):55231"))
  }

  /// Where what the VPN carried is not asked for itself: an uplink that is full.
  @Test(arguments: Family.allCases)
  func `a carrier that is asked for ends in its client's name`(_ family: Family) async throws {
    var host = try vpnHost(family, answer: known)
    for index in host.interval.flows.indices where host.interval.flows[index].role == .forwarded {
      let isInner = host.interval.flows[index].flow.transport == .tcp
      host.interval.flows[index].interface = isInner && host.interval.flows[index].namespace != .host ? "tun0" : "eth0"
    }
    let vpn = try #require(host.recordedInventory.namespaces.last { $0.container?.name == "openvpn" })
    host.change(vpn.id) { place in
      for index in place.interfaces.indices where place.interfaces[index].name == "tun0" {
        place.interfaces[index].deviceOwner = .process(70, "openvpn", in: vpn.container)
      }
    }
    let document = try await host.trace(":1194")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.bytes == 13000)
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(chain.kinds.last == .tunnel && chain.destination.process?.name == "openvpn")
  }

  /// A worker of ocserv: TCP for the session, UDP for the packets, from one address; its own user is not told.
  private func worker(hasOneClient: Bool, peers: [String], user: String? = nil) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    try host.plug("vpns0", 9, "10.8.0.1/24", kind: "tun", in: .host)
    host.change(.host) {
      guard let last = $0.interfaces.indices.last else { return }
      $0.interfaces[last].deviceOwner = .process(70, "ocserv-worker")
    }
    try host.route("0.0.0.0/0", interface: 2, via: "198.51.100.254", in: .host)
    host.moved(
      try flow("198.51.100.1:80", "10.8.0.6:40000"), .responder, .process(80, "nginx"), out: 9000, in: 1000,
      interface: "vpns0")
    for (number, peer) in peers.enumerated() {
      for transport in [Transport.tcp, .udp] {
        // The session's TCP and other peers are nearly still.
        let share: UInt64 = transport == .udp && number == 0 ? 100 : 1
        host.moved(
          try flow("198.51.100.1:443", "\(peer):40001", transport), .responder, .process(70, "ocserv-worker"),
          out: 95 * share, in: 15 * share, interface: "eth0")
      }
    }
    var answer = TunnelAnswer(
      tunnel: Tunnel(type: "openconnect", interface: "vpns0"), owner: .process(70, "ocserv-worker"),
      certainty: .unknown, reason: "client unknown, because ocserv was not queried")
    if hasOneClient { answer.hasOneClient = true }
    if let user {
      answer.tunnel.client = user
      (answer.certainty, answer.reason) = (.observed, nil)
    }
    host.tunnels[.host] = [try #require(IPAddress("10.8.0.6")): answer]
    return host
  }

  @Test func `a worker that has a device for one client names it by its address, and its own flows carry`() async throws
  {
    let document = try await worker(hasOneClient: true, peers: ["203.0.113.9"]).trace()
    #expect(document.chains.count == 1)
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .vpnClient && chain.source.name == "203.0.113.9")
    #expect(try chain.hop(.tunnel).certainty == .inferred)
    #expect(document.coverage.bytes == 10000 && document.coverage.unknown == 0)
    #expect(document.carriers?.map(\.bytes) == [11000, 110])
  }

  @Test func `a session that tells its user and not where that is has the address of its connections`() async throws {
    let document = try await worker(hasOneClient: true, peers: ["203.0.113.9"], user: "bob").trace()
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .vpnClient && chain.source.name == "bob" && document.coverage.bytes == 10000)
    let tunnel = try chain.hop(.tunnel)
    #expect(tunnel.certainty == .observed && tunnel.tunnel?.realAddress == "203.0.113.9")
    #expect(document.carriers?.map(\.bytes) == [11000, 110])
  }

  @Test func `a program with several peers that does not tell whose an address is names none, and its flows carry`()
    async throws
  {
    for host in [
      try worker(hasOneClient: false, peers: ["203.0.113.9"]),
      try worker(hasOneClient: true, peers: ["203.0.113.9", "203.0.113.10"]),
    ] {
      let document = try await host.trace()
      let chain = try #require(document.chains.first)
      #expect(document.chains.count == 1 && chain.source.kind == .unknown)
      #expect(chain.source.summary.contains("ocserv was not queried"))
      #expect(document.carriers?.allSatisfy { $0.client == nil } == true && document.coverage.bytes == 10000)
    }
  }

  @Test func `a program whose device carried little of what it moved keeps its own flows`() async throws {
    var host = try worker(hasOneClient: false, peers: ["203.0.113.9"])
    host.moved(
      try flow("198.51.100.1:443", "203.0.113.77:40001", .udp), .responder, .process(70, "ocserv-worker"), out: 900_000,
      in: 100_000, interface: "eth0")
    let document = try await host.trace()
    #expect(document.carriers == nil && document.chains.first?.bytes == 1_000_000)
    #expect(document.chains.first?.source.name == "203.0.113.77")
  }

  @Test func `another client's flow through the same server is no carrier`() async throws {
    var host = try vpnHost(.v4, answer: known)
    let place = try #require(host.recordedInventory.namespaces.last { $0.container?.name == "openvpn" })
    let idle = try flow("203.0.113.77:4000", "172.17.0.2:1194", .udp)
    host.moved(
      idle.reversed, .responder, .process(70, "openvpn", in: place.container), out: 80, in: 80, at: place.id)
    let document = try await host.trace()
    #expect(document.chains.count == 2 && document.carriers?.count == 1)
    #expect(document.chains.last?.bytes == 160 && document.coverage.bytes == 10160)
  }

  @Test func `a client that nobody names is unknown, with the reason`() async throws {
    let host = try vpnHost(.v4) { container in
      TunnelAnswer(
        tunnel: Tunnel(type: "tailscale", interface: "tun0"), owner: .process(70, "tailscaled", in: container),
        certainty: .unknown, reason: "client unknown, because tailscaled's API does not answer")
    }
    let document = try await host.trace("198.51.100.9")
    let chain = try #require(document.chains.first)
    #expect(chain.kinds.last == .tunnel && chain.source.kind == .unknown && chain.source.name == "10.8.0.6")
    #expect(chain.source.summary.contains("tailscaled's API"))
    #expect(document.coverage.unknown == document.coverage.bytes)
    #expect(document.coverage.reasons.contains { $0.contains("tailscaled's API") })
  }

  @Test func `a VPN client in a container of the same host is followed to its process`() async throws {
    var host = try vpnHost(.v4, answer: known)
    let client = try host.container("node", 3)
    try host.plug("tun0", 9, "10.8.0.6/24", kind: "tun", in: client.id)
    let inner = try flow("10.8.0.6:40142", "198.51.100.9:3129")
    host.moved(
      inner, .initiator, .process(55, "curl", in: client.container), out: 9000, in: 1000, interface: "tun0",
      at: client.id)
    try host.route("0.0.0.0/0", interface: 9, in: client.id)
    host.tunnels[client.id] = [
      try #require(IPAddress("198.51.100.9")): TunnelAnswer(
        tunnel: Tunnel(type: "openvpn", interface: "tun0"), owner: .process(71, "openvpn", in: client.container),
        isClient: true, certainty: .observed)
    ]
    let document = try await host.trace("198.51.100.9")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.kinds == [.nat, .container, .nat, .tunnel, .container, .socket])
    #expect(chain.source.kind == .process && chain.source.name == "curl" && chain.flows == 1)
    #expect(document.coverage.bytes == 10000)
  }
}

import Clues
import Flows
import Questions
import Testing
import Tracing

@Suite struct RelayLinkTests {
  /// A proxy on this host with clients outside and one server on loopback: `inbound[i]` and `outbound[i]` are its flows.
  private struct Proxied {
    var host: RecordedVantage
    var inbound: [Flow] = []
    var outbound: [Flow] = []

    init(
      _ family: Family = .v4, clients: [UInt64], upstream: [UInt64], software: String = "haproxy", oneToOne: Bool = true
    ) throws {
      host = try RecordedVantage.dockerHost()
      for (index, bytes) in clients.enumerated() {
        let client =
          family == .v4 ? "198.51.100.\(20 + index):5\(1000 + index)" : "[2001:db8:51::\(20 + index)]:5\(1000 + index)"
        let flow = try flow(client, family.host(3129))
        inbound.append(flow)
        host.moved(flow.reversed, .responder, .process(55, software), out: bytes, in: 0)
      }
      for (index, bytes) in upstream.enumerated() {
        let flow = try flow(family.loopback(40000 + index), family.loopback(8000))
        outbound.append(flow)
        host.moved(flow, .initiator, .process(55, software), out: 0, in: bytes)
        host.moved(flow.reversed, .responder, .process(60, "server"), out: bytes, in: 0)
      }
      host.relays[55] = RelayAnswer(
        software: software, isRelay: true, isOneToOne: oneToOne,
        frontends: [
          RelayFrontend(
            name: "qcproxy", listens: [.init(address: nil, ports: 3129...3129)], backends: ["qcbackend"],
            configuration: "/etc/haproxy/haproxy.cfg:12")
        ],
        backends: [
          RelayBackend(
            name: "qcbackend",
            servers: [.init(name: "s1", address: nil, port: 8000, configuration: "/etc/haproxy/haproxy.cfg:22")],
            configuration: "/etc/haproxy/haproxy.cfg:20")
        ])
    }

    func link(_ inbound: Int, _ outbound: Int, _ method: RelayLink.Method, exchanges: Int? = nil, bytes: UInt64? = nil)
      -> RelayLink
    {
      RelayLink(
        namespace: .host, inbound: self.inbound[inbound], outbound: self.outbound[outbound], method: method,
        exchanges: exchanges, bytes: bytes)
    }
  }

  @Test(arguments: Family.allCases)
  func `what a proxy says of its sessions leads outside, with its configuration`(_ family: Family) async throws {
    var proxied = try Proxied(family, clients: [1000, 1000], upstream: [1000, 1000])
    let sessions = [proxied.link(0, 1, .session), proxied.link(1, 0, .session)]
    proxied.host.relays[55]?.sessions = sessions
    let document = try await proxied.host.trace(":8000")
    #expect(document.chains.count == 2)
    for chain in document.chains {
      #expect(chain.kinds == [.socket, .socket, .relay, .external])
      #expect(chain.source.kind == .external)
      let relay = try chain.hop(.relay)
      #expect(relay.certainty == .observed && relay.relay?.method == "show sess")
      #expect(relay.relay?.frontend == "qcproxy" && relay.relay?.backend == "qcbackend" && relay.relay?.server == "s1")
      #expect(relay.relay?.configuration == "/etc/haproxy/haproxy.cfg:22")
      #expect(relay.flow.map { flow in proxied.inbound.contains(flow) } == true)
      let outbound = try #require(chain.hops.dropFirst().first?.flow)
      let expected = proxied.inbound[outbound == proxied.outbound[0] ? 1 : 0]
      #expect(relay.flow == expected)
      #expect(chain.source.name == "\(expected.source.address)")
    }
    // Inbound, outbound and the server's sockets are one traffic.
    let whole = try await proxied.host.trace()
    #expect(whole.chains.count == 2 && whole.chains.allSatisfy { $0.flows == 1 })
    #expect(whole.coverage.bytes == 2000)
    // From the client's side it is the same chain.
    let client = try await proxied.host.trace("\(proxied.inbound[0].source.address)")
    #expect(client.chains.first?.kinds == [.socket, .socket, .relay, .external])
    #expect(client.chains.first?.destination.process?.name == "server")
  }

  @Test func `connections that serve several clients are parted by what each asked for`() async throws {
    var proxied = try Proxied(clients: [600, 300, 100], upstream: [1000], oneToOne: false)
    proxied.host.interval.relayed = [
      proxied.link(0, 0, .cause, exchanges: 6), proxied.link(1, 0, .cause, exchanges: 3),
      proxied.link(2, 0, .cause, exchanges: 1),
    ]
    let document = try await proxied.host.trace("127.0.0.1")
    #expect(document.chains.map(\.bytes) == [600, 300, 100])
    #expect(document.chains.map(\.source.name) == ["198.51.100.20", "198.51.100.21", "198.51.100.22"])
    #expect(try document.chains.allSatisfy { try $0.hop(.relay).certainty == .observed })
    #expect(try document.chains.allSatisfy { try $0.hop(.relay).relay?.method == "cause" })
    #expect(document.coverage.bytes == 1000 && document.coverage.unknown == 0)
  }

  @Test func `one client that is served over several connections is still counted once`() async throws {
    var proxied = try Proxied(clients: [1000], upstream: [700, 300], oneToOne: false)
    proxied.host.interval.relayed = [
      proxied.link(0, 0, .cause, bytes: 700), proxied.link(0, 1, .cause, bytes: 300),
    ]
    for target in [nil, ":8000", ":3129"] {
      let document = try await proxied.host.trace(target)
      #expect(document.coverage.bytes == 1000, "\(target ?? "all")")
      #expect(document.chains.count == 1 && document.chains.first?.flows == 2)
    }
  }

  @Test func `without any pair, shares of a shared connection are inferred and never shown as a pair`() async throws {
    let proxied = try Proxied(clients: [750, 250], upstream: [1000], oneToOne: false)
    let document = try await proxied.host.trace("127.0.0.1")
    #expect(document.chains.map(\.bytes) == [750, 250])
    for chain in document.chains {
      let relay = try chain.hop(.relay)
      #expect(relay.certainty == .inferred && relay.relay?.method == "shares of bytes" && relay.relay?.candidates == 2)
      #expect(relay.flow == nil)
    }
  }

  @Test func `a one-to-one proxy without any pair leaves it open`() async throws {
    let proxied = try Proxied(clients: [750, 250], upstream: [1000, 10])
    let document = try await proxied.host.trace("127.0.0.1")
    #expect(document.chains.allSatisfy { $0.source.kind == .unknown })
    #expect(try document.chains.allSatisfy { try $0.hop(.relay).relay?.candidates == 2 })
    #expect(document.coverage.unknown == document.coverage.bytes)
  }

  @Test func `a program that is no proxy is one where its threads showed it, and not by a guess`() async throws {
    var proxied = try Proxied(clients: [100], upstream: [100], software: "webapp")
    proxied.host.relays[55] = nil
    let plain = try await proxied.host.trace("127.0.0.1")
    #expect(plain.chains.first?.kinds == [.socket, .socket] && plain.chains.first?.source.name == "webapp")
    proxied.host.interval.relayed = [proxied.link(0, 0, .cause, exchanges: 4)]
    let shown = try await proxied.host.trace("127.0.0.1")
    #expect(shown.chains.first?.source.name == "198.51.100.20")
  }

  @Test func `a proxy behind a proxy is followed through both, and a circle is cut and said`() async throws {
    var proxied = try Proxied(clients: [500], upstream: [500])
    proxied.host.interval.relayed = [proxied.link(0, 0, .cause)]
    let behind = try flow("127.0.0.1:45000", "127.0.0.1:9000")
    proxied.host.moved(behind, .initiator, .process(60, "server"), out: 0, in: 500)
    proxied.host.moved(behind.reversed, .responder, .process(70, "database"), out: 500, in: 0)
    proxied.host.interval.relayed?.append(
      RelayLink(namespace: .host, inbound: proxied.outbound[0], outbound: behind, method: .cause))
    let document = try await proxied.host.trace(":9000")
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.socket, .socket, .relay, .socket, .relay, .external])
    #expect(chain.source.name == "198.51.100.20" && document.coverage.bytes == 500)

    // The server asks the proxy again, for the same request.
    var circle = proxied.host
    circle.interval.relayed = [
      RelayLink(namespace: .host, inbound: behind, outbound: proxied.outbound[0], method: .cause),
      RelayLink(namespace: .host, inbound: proxied.outbound[0], outbound: behind, method: .cause),
    ]
    circle.interval.flows.removeAll { $0.owner.process?.name == "database" }
    circle.moved(behind.reversed, .responder, .process(55, "haproxy"), out: 500, in: 0)
    let cut = try await circle.trace(":9000")
    #expect(!cut.chains.isEmpty)
    #expect(cut.chains.contains { $0.hops.contains { $0.reason?.contains("circle") == true } })
  }

  @Test func `300 clients on 20 shared connections are told apart in time`() async throws {
    let clients = (0..<200).map { UInt64($0 + 1) }
    var proxied = try Proxied(clients: clients, upstream: (0..<20).map { _ in 1000 }, oneToOne: false)
    proxied.host.interval.relayed = (0..<200).flatMap { client in
      (0..<20).map { proxied.link(client, $0, .cause, exchanges: 1) }
    }
    let clock = ContinuousClock()
    let began = clock.now
    let document = try await proxied.host.trace(":8000")
    #expect(document.chains.count == 200)
    #expect(document.coverage.bytes == 20_000 && document.chains.reduce(0) { $0 + $1.bytes } == 20_000)
    #expect(clock.now - began < .seconds(20))
  }

  @Test func `the map of a relay shows each inbound flow with its way, and what serves nobody`() async throws {
    var proxied = try Proxied(clients: [600, 400], upstream: [600, 400, 7])
    let sessions = [proxied.link(0, 0, .session), proxied.link(1, 1, .session)]
    proxied.host.relays[55]?.sessions = sessions
    let map = try await RelaySurvey(proxied.host).survey(nil, seconds: 2, sets: AddressSets(), patience: 0)
    let relay = try #require(map.relays.first)
    #expect(map.relays.count == 1 && relay.software == "haproxy" && relay.inbound == 2 && relay.outbound == 3)
    #expect(relay.ways.map(\.inbound) == proxied.inbound && relay.ways.map(\.bytes) == [600, 400])
    #expect(relay.ways.compactMap(\.outbound) == Array(proxied.outbound.prefix(2)))
    #expect(relay.ways.allSatisfy { $0.names?.backend == "qcbackend" && $0.certainty == .observed })
    #expect(relay.own == [proxied.outbound[2]])
  }
  @Test func `one way of pairing alone tells what it knows, and what it leaves open, without a guess`() async throws {
    // The proxy lists the first session only, its threads showed the second, bytes would show the third.
    var proxied = try Proxied(clients: [600, 400, 200], upstream: [600, 400, 200])
    let listed = proxied.link(0, 0, .session)
    proxied.host.relays[55]?.sessions = [listed]
    proxied.host.interval.relayed = [proxied.link(1, 1, .cause, exchanges: 3)]
    for index in proxied.host.interval.flows.indices {
      let traffic = proxied.host.interval.flows[index].traffic
      proxied.host.interval.flows[index].payloadIn = traffic.bytesIn
      proxied.host.interval.flows[index].payloadOut = traffic.bytesOut
    }
    func report(_ methods: Set<RelayLink.Method>) async throws -> RelayReport {
      let document = try await RelaySurvey(proxied.host).survey(
        nil, seconds: 2, sets: AddressSets(), patience: 0, methods: methods)
      return try #require(document.relays.first)
    }
    for (method, index) in [(RelayLink.Method.session, 0), (.cause, 1)] {
      let relay = try await report([method])
      let known = relay.ways.filter { $0.outbound != nil }
      #expect(known.map(\.inbound) == [proxied.inbound[index]] && known.map(\.outbound) == [proxied.outbound[index]])
      #expect(known.first?.method == method.rawValue && known.first?.exchanges == (method == .cause ? 3 : nil))
      // The others are among the two that are left.
      let open = relay.ways.filter { $0.outbound == nil }
      #expect(open.count == 2 && open.allSatisfy { $0.candidates == 2 && $0.certainty == .unknown })
      #expect(Set(relay.unpaired.map(\.outbound)) == Set(proxied.outbound).subtracting([proxied.outbound[index]]))
      #expect(relay.unpaired.allSatisfy { $0.candidates == 2 } && relay.own.isEmpty)
    }
    let bytes = try await report([.bytes])
    #expect(bytes.ways.map(\.outbound) == proxied.outbound && bytes.ways.allSatisfy { $0.method == "mirrored bytes" })
    #expect(bytes.unpaired.isEmpty)
    // Of two pairs, the third remains, and is still not said to be one.
    let both = try await report([.session, .cause])
    let last = try #require(both.ways.first { $0.outbound == nil })
    #expect(last.inbound == proxied.inbound[2] && last.candidates == 1 && last.method == "one flow matches")
    let all = try await report(RelayLink.Method.all)
    #expect(all.ways.compactMap(\.outbound) == proxied.outbound && all.unpaired.isEmpty)
  }

  @Test func `connections whose client is not known are not said to serve nobody`() async throws {
    let proxied = try Proxied(clients: [750, 250], upstream: [900, 100], oneToOne: false)
    let map = try await RelaySurvey(proxied.host).survey(nil, seconds: 2, sets: AddressSets(), patience: 0)
    let relay = try #require(map.relays.first)
    #expect(relay.unpaired.map(\.outbound) == proxied.outbound && relay.unpaired.allSatisfy { $0.candidates == 2 })
    #expect(relay.own.isEmpty)
  }
}

import AddressSets
import Documents
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
      #expect(document.chains.count == 1)
      // So many flows are the symptom's: two toward the server, one from the client.
      if let target { #expect(document.chains.first?.flows == (target == ":3129" ? 1 : 2), "\(target)") }
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

  @Test func `small clients have their shares beside large ones, whatever the sizes of the flows`() async throws {
    // One half is a single client's, the other that of a hundred small ones; what goes on is as uneven, in other parts.
    let small = [UInt64](repeating: 1000, count: 100)
    let proxied = try Proxied(clients: [100_000] + small, upstream: [60_000, 40_000] + small, oneToOne: false)
    let document = try await proxied.host.trace(":8000")
    let large = proxied.inbound[0].source.address.description
    let told = document.chains.filter { $0.source.name == large }.reduce(0) { $0 + $1.bytes }
    let part = Double(told) / Double(document.coverage.bytes)
    #expect(abs(part - 0.5) < 0.03, "\(part)")
    #expect(document.coverage.unknown == 0)
  }

  @Test func `a pair that is told has all of both flows, and no part of what the others leave`() async throws {
    var proxied = try Proxied(clients: [50_000, 10_000, 30_000], upstream: [50_000, 20_000, 20_000], oneToOne: false)
    // Of the first two only what passed within the window's own exchanges.
    proxied.host.interval.relayed = [proxied.link(0, 0, .cause, bytes: 20_000)]
    let document = try await proxied.host.trace(":8000")
    let bytes = Dictionary(document.chains.map { ($0.source.name, $0.bytes) }, uniquingKeysWith: +)
    let whole = Double(document.coverage.bytes)
    for (client, part) in zip(proxied.inbound, [50.0 / 90, 10.0 / 90, 30.0 / 90]) {
      let told = Double(bytes[client.source.address.description] ?? 0) / whole
      #expect(abs(told - part) < 0.03, "\(client.source): \(told), not \(part)")
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
    var proxied = try Proxied(clients: [100], upstream: [100_000], software: "webapp")
    proxied.host.relays[55] = nil
    let plain = try await proxied.host.trace("127.0.0.1")
    #expect(plain.chains.first?.kinds == [.socket, .socket] && plain.chains.first?.source.name == "webapp")
    proxied.host.interval.relayed = [proxied.link(0, 0, .cause, exchanges: 4)]
    let shown = try await proxied.host.trace("127.0.0.1")
    #expect(shown.chains.first?.source.name == "198.51.100.20")
  }

  @Test(arguments: Family.allCases)
  func `a program that moves in step is no bare source, whatever its name`(_ family: Family) async throws {
    var proxied = try Proxied(family, clients: [70_000, 30_000], upstream: [70_500, 30_500], software: "unheardof")
    proxied.host.relays[55] = nil
    // Two servers: whose bytes are whose cannot be told by sums alone.
    for index in proxied.host.interval.flows.indices
    where proxied.host.interval.flows[index].flow == proxied.outbound[1] {
      proxied.host.interval.flows[index].flow = try flow(family.loopback(40001), family.loopback(8001))
    }
    let document = try await proxied.host.trace(":8000")
    let chain = try #require(document.chains.first { $0.hops.contains { $0.kind == .relay } })
    #expect(chain.source.kind == .unknown && chain.source.name != "unheardof")
    let relay = try chain.hop(.relay)
    #expect(relay.certainty == .unknown && relay.relay?.candidates == 2)
    #expect(relay.reason?.contains("unheardof (pid 55) may relay for 2 clients") == true)
    // With one client that is all it can be, and it is inferred.
    var single = try Proxied(family, clients: [70_000], upstream: [70_500], software: "unheardof")
    single.host.relays[55] = nil
    let only = try #require(try await single.host.trace(":8000").chains.first)
    #expect(only.source.kind == .external)
    #expect(try only.hop(.relay).certainty == .inferred)
  }

  /// `ncat --exec`: one process accepts, a child connects, and pipes are between them.
  @Test(arguments: Family.allCases)
  func `a server that starts a program for each client is not its source, and one that a person starts is`(
    _ family: Family
  ) async throws {
    func host(sent: UInt64) throws -> RecordedVantage {
      var host = try RecordedVantage.dockerHost()
      var child = Owner.process(61, "ncat")
      child.process?.parents = [Process.Ancestor(pid: 60, name: "sh"), Process.Ancestor(pid: 59, name: "ncat")]
      host.moved(
        try flow(family.host(8080), family.outside(40000)), .responder, .process(59, "ncat"), out: sent, in: 900,
        payloadOut: sent, payloadIn: 800)
      host.moved(
        try flow(family.loopback(40001), family.loopback(8000)), .initiator, child, out: 900, in: 70_300,
        payloadOut: 801, payloadIn: 70_000)
      return host
    }
    let piped = try #require(try await host(sent: 70_100).trace(":8000").chains.first)
    #expect(piped.source.kind == .external && piped.hops.contains { $0.kind == .relay && $0.certainty == .inferred })
    let own = try #require(try await host(sent: 20_000).trace(":8000").chains.first)
    #expect(own.source.kind == .process && own.source.name == "ncat")
  }

  @Test func `where all that fit are one client, it is named`() async throws {
    var proxied = try Proxied(clients: [5000, 5000, 5000], upstream: [5000, 5000, 5000])
    let client = proxied.inbound[0].source.address
    for index in proxied.host.interval.flows.indices where proxied.host.interval.flows[index].role == .responder {
      let old = proxied.host.interval.flows[index].flow
      guard old.source.port == 3129 else { continue }
      proxied.host.interval.flows[index].flow = Flow(.tcp, from: old.source, to: Endpoint(client, old.destination.port))
    }
    let document = try await proxied.host.trace(":8000")
    #expect(document.chains.count == 1 && document.coverage.unknown == 0)
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .external && chain.source.name == "\(client)")
    let relay = try chain.hop(.relay)
    #expect(relay.certainty == .matched && relay.relay?.candidates == 3)
    #expect(relay.flow == nil)
  }

  @Test(arguments: Family.allCases)
  func `where there is one client only, it is the one, however many waited at some moment`(_ family: Family)
    async throws
  {
    var proxied = try Proxied(family, clients: [5000], upstream: [3000, 2000], oneToOne: false)
    proxied.host.relays[55]?.user = "bob"
    var open = proxied.link(0, 0, .cause)
    open.candidates = 2
    proxied.host.interval.relayed = [open]
    let document = try await proxied.host.trace(":8000")
    #expect(document.coverage.unknown == 0 && document.chains.allSatisfy { $0.source.kind == .external })
    let relay = try #require(document.chains.first).hop(.relay)
    #expect(relay.certainty == .inferred && relay.relay?.user == "bob")
    #expect(document.chains.first?.source.summary.contains("session of bob") == true)
  }

  @Test func `what no exchange of the window carried goes to the client whose bytes are not told either`() async throws
  {
    // The first client's answer began before the window and lasts beyond it.
    var proxied = try Proxied(clients: [90_000, 10_000], upstream: [100_000], oneToOne: false)
    proxied.host.interval.relayed = [proxied.link(1, 0, .cause, exchanges: 5, bytes: 10_000)]
    let document = try await proxied.host.trace("127.0.0.1")
    #expect(document.chains.map(\.source.name) == ["198.51.100.20", "198.51.100.21"])
    #expect(document.chains.map { $0.bytes / 1000 } == [90, 10])
    #expect(try document.chains.map { try $0.hop(.relay).certainty } == [.inferred, .observed])
  }

  @Test func `who is paired is not shared again`() async throws {
    var proxied = try Proxied(clients: [50_000, 30_000, 20_000], upstream: [50_000, 50_000], oneToOne: false)
    proxied.host.interval.relayed = [proxied.link(0, 0, .cause, exchanges: 9, bytes: 50_000)]
    let document = try await proxied.host.trace(":8000")
    let bytes = Dictionary(document.chains.map { ($0.source.name, $0.bytes) }, uniquingKeysWith: +)
    #expect(bytes == ["198.51.100.20": 50_000, "198.51.100.21": 30_000, "198.51.100.22": 20_000])
    for chain in document.chains {
      let relay = try chain.hop(.relay)
      #expect(relay.certainty == (chain.source.name == "198.51.100.20" ? .observed : .inferred))
    }
  }

  @Test func `one connection that carries all clients is parted by their own bytes`() async throws {
    // `ssh -D`: only a small client's requests were told apart.
    var proxied = try Proxied(clients: [900_000, 60_000, 40_000], upstream: [1_000_000], oneToOne: false)
    proxied.host.interval.relayed = [
      proxied.link(1, 0, .cause, exchanges: 20, bytes: 50_000), proxied.link(2, 0, .cause, exchanges: 3, bytes: 9_000),
    ]
    let document = try await proxied.host.trace("127.0.0.1")
    let bytes = Dictionary(document.chains.map { ($0.source.name, Double($0.bytes) / 1e6) }, uniquingKeysWith: +)
    for (client, share) in [("198.51.100.20", 0.90), ("198.51.100.21", 0.06), ("198.51.100.22", 0.04)] {
      #expect(abs((bytes[client] ?? 0) - share) < 0.03, "\(bytes)")
    }
  }

  @Test func `a cache's answers are nobody's share of the server`() async throws {
    let proxied = try Proxied(clients: [700_000, 300_000], upstream: [100_000], oneToOne: false)
    let document = try await proxied.host.trace("127.0.0.1")
    #expect(document.chains.allSatisfy { $0.source.kind == .unknown })
    #expect(document.coverage.unknown == document.coverage.bytes)
  }

  @Test(arguments: Family.allCases)
  func `a client that a program claims and does not have is not believed`(_ family: Family) async throws {
    var proxied = try Proxied(family, clients: [5000], upstream: [5000])
    let stranger = try flow(
      family == .v4 ? "203.0.113.66:5555" : "[2001:db8:66::1]:5555", "\(proxied.inbound[0].destination)")
    let lie = RelayLink(
      namespace: .host, inbound: stranger, outbound: proxied.outbound[0], method: .session)
    proxied.host.relays[55]?.sessions = [lie]
    let document = try await proxied.host.trace(":8000")
    #expect(document.chains.count == 1)
    #expect(document.chains.first?.source.name == "\(proxied.inbound[0].source.address)")
    let report = try await RelaySurvey(proxied.host).survey(nil, seconds: 1, sets: AddressSets(), patience: 0)
    let relay = try #require(report.relays.first)
    #expect(!relay.ways.contains { $0.inbound == stranger })
    #expect(relay.notes.contains { $0.contains("\(stranger.source)") && $0.contains("not believed") })
  }

  @Test(arguments: Family.allCases)
  func `a connection of a program with itself is no relay`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let own = try flow(family.loopback(50001), family.loopback(39061))
    host.moved(own, .initiator, .process(70, "talker"), out: 9000, in: 100, payloadOut: 8000, payloadIn: 0)
    host.moved(own.reversed, .responder, .process(70, "talker"), out: 100, in: 9000, payloadOut: 0, payloadIn: 8000)
    let document = try await host.trace(":39061")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && document.coverage.unknown == 0)
    #expect(chain.source.name == "talker" && chain.destination.process?.name == "talker")
    #expect(!chain.kinds.contains(.relay))
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
    #expect(cut.chains.contains { $0.hops.contains { $0.reason?.contains("a loop") == true } })
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

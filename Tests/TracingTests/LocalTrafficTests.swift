import Flows
import Questions
import Testing

@Suite struct LocalTrafficTests {
  @Test(arguments: Family.allCases)
  func `two sockets on loopback are two hops of one flow`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let asked = try flow(family.loopback(50000), family.loopback(5432))
    host.moved(asked, .initiator, .process(10, "app"), out: 300, in: 900)
    host.moved(asked.reversed, .responder, .process(20, "postgres"), out: 900, in: 300)
    for target in [nil, ":5432", family.loopback(50000), "pid:10", "pid:20"] {
      host.processes = [10: Process(pid: 10, name: "app"), 20: Process(pid: 20, name: "postgres")]
      let document = try await host.trace(target)
      try #require(document.chains.count == 1)
      let chain = document.chains[0]
      #expect(chain.kinds == [.socket, .socket])
      #expect(chain.hops.map(\.process?.name) == ["postgres", "app"])
      #expect((chain.bytes, chain.flows, document.coverage.bytes) == (1200, 1, 1200))
      #expect(chain.destination.process?.name == "postgres" && chain.source.name == "app")
    }
  }

  @Test(arguments: Family.allCases)
  func `a flow between two containers of a bridge is counted once`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let one = try host.container("one", 2)
    let two = try host.container("two", 3)
    let asked = try flow(family.container(2, 50000), family.container(3, 80))
    host.moved(asked, .initiator, .process(1, "ask", in: one.container), out: 10, in: 90, at: one.id)
    host.moved(asked.reversed, .responder, .process(2, "answer", in: two.container), out: 90, in: 10, at: two.id)
    let document = try await host.trace()
    #expect(document.chains.count == 1)
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.socket, .container, .container, .socket])
    #expect(chain.hops.map { $0.container?.name } == ["two", "two", "one", "one"])
    #expect(document.coverage.bytes == 100 && chain.flows == 1)
  }

  @Test(arguments: [(123, 123), (51820, 51820), (40000, 50000)])
  func `two peers of whom nobody knows who began are one flow`(_ ports: (Int, Int)) async throws {
    var host = try RecordedVantage.dockerHost()
    let one = try host.container("one", 2)
    let two = try host.container("two", 3)
    let seen = try flow("172.17.0.2:\(ports.0)", "172.17.0.3:\(ports.1)", .udp)
    host.moved(seen, .peer, .process(1, "a"), out: 10, in: 90, at: one.id)
    host.moved(seen.reversed, .peer, .process(2, "b"), out: 90, in: 10, at: two.id)
    let document = try await host.trace()
    #expect(document.chains.count == 1)
    #expect(document.coverage.bytes == 100)
    #expect(document.chains.first?.hops.filter { $0.kind == .socket }.allSatisfy { $0.certainty == .inferred } == true)
  }

  @Test(arguments: Family.allCases)
  func `the same tuple in two pairs of namespaces is two flows`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let asked = try family == .v4 ? flow("10.0.0.1:5000", "10.0.0.2:80") : flow("[fd00::1]:5000", "[fd00::2]:80")
    for (index, colour) in ["red", "blue"].enumerated() {
      let ids = [UInt64(10), 11].map { Place(namespace: $0 + UInt64(index) * 10) }
      for (id, end) in zip(ids, ["client", "server"]) {
        host.add(
          NamespaceDescription(
            id: id, name: "netns \(colour)-\(end)", isHost: false, entry: "ip netns exec \(colour)-\(end)"))
      }
      try host.wire(
        5, ids[0], family == .v4 ? "10.0.0.1/24" : "fd00::1/64", ids[1], family == .v4 ? "10.0.0.2/24" : "fd00::2/64")
      host.moved(
        asked, .initiator, .process(Int32(index * 2 + 10), "\(colour)-ask"), out: 1000, in: UInt64(index), at: ids[0])
      host.moved(
        asked.reversed, .responder, .process(Int32(index * 2 + 11), "\(colour)-answer"), out: UInt64(index), in: 1000,
        at: ids[1])
    }
    let document = try await host.trace("\(asked.source)-\(asked.destination)")
    #expect(document.chains.count == 2 && document.coverage.bytes == 2001)
    for chain in document.chains {
      let colours = Set(chain.hops.compactMap(\.process?.name).map { $0.prefix { $0 != "-" } })
      #expect(colours.count == 1 && chain.flows == 1)
      // Namespaces of one host are no hosts: each is entered by its own device.
      #expect(chain.kinds == [.socket, .link, .link, .socket])
      #expect(
        chain.hops[1...2].allSatisfy { $0.link?.interface == "veth5" && $0.namespace?.hasPrefix("netns") == true })
    }
  }

  @Test func `handshakes that made no connection are nobody's, least of all the listener's`() async throws {
    var host = try RecordedVantage.dockerHost()
    let listener = try flow("0.0.0.0:443", "0.0.0.0:0")
    host.moved(listener, .shared, .process(5, "nginx"), out: 60, in: 40, cookie: 1)
    host.moved(listener, .shared, .process(6, "haproxy"), out: 30, in: 20, cookie: 2)
    host.moved(try flow("0.0.0.0:0", "0.0.0.0:0", .packet), .shared, .process(8, "dhclient"), out: 7, in: 0, cookie: 3)
    let document = try await host.trace(":443")
    #expect(document.chains.map(\.bytes) == [100, 50])
    #expect(document.chains.map(\.destination.process?.name) == ["nginx", "haproxy"])
    #expect(document.chains.allSatisfy { $0.kinds == [.socket, .unknown] && $0.destination.endpoint == nil })
    #expect(document.chains.allSatisfy { $0.source.kind == .unknown && $0.source.summary.contains("handshakes") })
    #expect(document.coverage.explained == 0 && document.coverage.unknown == 150)
    let all = try await host.trace()
    #expect(all.coverage.bytes == 157)
    // Frames are their sender's own.
    #expect(all.chains.first { $0.bytes == 7 }?.source.name == "dhclient")
  }

  @Test func `who began is inferred where only the ports tell`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow("198.51.100.1:40000", "198.51.100.9:53", .udp), .peer, .process(3, "resolved"))
    host.moved(try flow("198.51.100.1:500", "198.51.100.9:40001", .udp), .peer, .process(4, "charon"))
    let document = try await host.trace()
    let out = try #require(document.chains.first { $0.source.name == "resolved" })
    #expect(out.kinds == [.socket] && out.hops[0].certainty == .inferred)
    #expect(out.hops[0].evidence.contains { $0.detail.contains("inferred") })
    let inward = try #require(document.chains.first { $0.source.kind == .external })
    #expect(inward.kinds == [.socket, .external] && inward.destination.process?.name == "charon")
  }

  @Test func `a socket in a namespace that vanished keeps its owner`() async throws {
    var host = try RecordedVantage.dockerHost()
    let gone = Place(namespace: 99)
    host.moved(try flow("10.9.9.2:40000", "198.51.100.9:443"), .initiator, .process(12, "curl"), at: gone)
    let chain = try #require(try await host.trace("198.51.100.9").chains.first)
    #expect(chain.source.kind == .process && chain.source.name == "curl")
    #expect(chain.hops.last?.kind == .socket && chain.hops.last?.process?.pid == 12)
  }

  @Test func `a socket bound to an address that no interface has keeps its owner`() async throws {
    var host = try RecordedVantage.dockerHost()
    try host.route("0.0.0.0/0", interface: 2, via: "198.51.100.254", in: .host)
    // A transparent proxy speaks with its client's address (IP_TRANSPARENT).
    host.moved(try flow("192.0.2.77:40000", "198.51.100.9:443"), .initiator, .process(12, "squid"))
    let chain = try #require(try await host.trace("198.51.100.9").chains.first)
    #expect(chain.kinds == [.socket] && chain.source.name == "squid")
  }
}

import Flows
import Questions
import Testing

@Suite struct RelayTests {
  /// A client on this host that asks docker-proxy on loopback, `count` times at once.
  private func proxied(_ family: Family, _ payloads: [(asked: UInt64, answered: UInt64)]) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    let web = try host.container("web", 2)
    host.relays[20] = RelayAnswer(software: "docker-proxy", isRelay: true, isOneToOne: true)
    for (index, payload) in payloads.enumerated() {
      let inbound = try flow(family.loopback(50000 + index), family.loopback(8080))
      let outbound = try flow(family.bridge(60000 + index), family.container(2, 80))
      let (asked, answered) = payload
      let wire = UInt64(52 * 5)
      host.moved(
        inbound, .initiator, .process(Int32(30 + index), "client\(index)"), out: asked + wire, in: answered + wire,
        payloadOut: asked, payloadIn: answered)
      host.moved(
        inbound.reversed, .responder, .process(20, "docker-proxy"), out: answered + wire, in: asked + wire,
        payloadOut: answered, payloadIn: asked)
      host.moved(
        outbound, .initiator, .process(20, "docker-proxy"), out: asked + wire, in: answered + wire, payloadOut: asked,
        payloadIn: answered)
      host.moved(
        outbound.reversed, .responder, .process(40, "nginx", in: web.container), out: answered + wire,
        in: asked + wire, payloadOut: answered, payloadIn: asked, at: web.id)
    }
    return host
  }

  @Test(arguments: Family.allCases)
  func `unique bytes lead across docker-proxy`(_ family: Family) async throws {
    let host = try proxied(family, [(100, 9000), (120, 5000)])
    let document = try await host.trace("web")
    #expect(document.chains.map(\.source.name) == ["client0", "client1"])
    for (index, chain) in document.chains.enumerated() {
      #expect(chain.kinds == [.socket, .container, .socket, .relay, .socket])
      let relay = try chain.hop(.relay)
      #expect(relay.certainty == .matched)
      #expect(relay.relay == .init(software: "docker-proxy", method: "mirrored bytes"))
      #expect(try relay.flow == flow(family.loopback(50000 + index), family.loopback(8080)))
      #expect(relay.process?.pid == 20 && relay.reason == nil)
      #expect(chain.destination.process?.name == "nginx")
    }
    // All four sockets are one flow's, wherever the search begins.
    let whole = try await host.trace()
    #expect(whole.chains.count == 2 && whole.chains.allSatisfy { $0.flows == 1 })
    #expect(whole.coverage.bytes == document.coverage.bytes)
  }

  @Test(arguments: Family.allCases)
  func `equal bytes are an ambiguity with a number, never a pair`(_ family: Family) async throws {
    let host = try proxied(family, [(100, 9000), (100, 9000), (100, 9000)])
    let document = try await host.trace("web")
    #expect(document.chains.count == 1)
    let chain = try #require(document.chains.first)
    let relay = try chain.hop(.relay)
    #expect(chain.hops.last == relay)
    #expect(relay.certainty == .unknown && relay.relay?.candidates == 3)
    #expect(relay.flow == nil && relay.reason?.contains("3") == true)
    #expect(chain.source.kind == .unknown)
    // No candidate is named anywhere in it.
    let shown = chain.hops.map { "\($0)" }.joined()
    #expect(!shown.contains(":5000"))
    #expect(!shown.contains("client"))
    #expect(document.coverage.explained == 0 && document.coverage.unknown == document.coverage.bytes)
    #expect(document.coverage.reasons.contains { $0.contains("3") })
    // A search for one of the clients doesn't drag in the others' sockets behind the proxy.
    let client = try await host.trace(family.loopback(50001))
    #expect(client.coverage.bytes == 100 + 9000 + 2 * 260)
  }

  @Test func `a relay that splices is matched by its packets, but never against an exact pair`() async throws {
    // Nearly the same bytes, told apart by the payload.
    let exact = try await proxied(.v4, [(100, 9000), (101, 9001)]).trace("web")
    #expect(exact.chains.count == 2)
    #expect(try exact.chains.allSatisfy { try $0.hop(.relay).certainty == .matched })
    // splice(2) passes by the calls that count payload.
    for answers in [[UInt64(90_000), 50_000], [90_000, 90_050]] {
      var host = try proxied(.v4, answers.map { (1000, $0) })
      for index in host.interval.flows.indices where host.interval.flows[index].owner.process?.pid == 20 {
        host.interval.flows[index].payloadIn = 0
        let wire = host.interval.flows[index].traffic
        host.interval.flows[index].traffic.packetsIn = wire.bytesIn / 1000
        host.interval.flows[index].traffic.packetsOut = wire.bytesOut / 1000
      }
      let relays = try await host.trace("web").chains.map { try $0.hop(.relay) }
      if answers == [90_000, 50_000] {
        #expect(relays.map(\.certainty) == [.matched, .matched])
        #expect(relays.map { $0.flow?.source.port } == [50000, 50001])
      } else {
        #expect(relays.allSatisfy { $0.certainty == .unknown && $0.relay?.candidates == 2 })
      }
    }
  }

  @Test func `the only other flow of a docker-proxy is inferred if the bytes differ`() async throws {
    var host = try proxied(.v4, [(100, 9000)])
    for index in host.interval.flows.indices where host.interval.flows[index].flow.source.port == 60000 {
      host.interval.flows[index].payloadOut = 50
      host.interval.flows[index].traffic.bytesOut += 5000
    }
    let relay = try #require(try await host.trace("web").chains.first).hop(.relay)
    #expect(relay.certainty == .inferred)
    #expect(relay.relay?.candidates == nil && relay.relay?.method.contains("only") == true)
  }

  @Test func `a docker-proxy whose other side did not move is where the chain ends`() async throws {
    var host = try RecordedVantage.dockerHost()
    let web = try host.container("web", 2)
    let outbound = try flow("172.17.0.1:60000", "172.17.0.2:80")
    host.moved(outbound.reversed, .responder, .process(40, "nginx", in: web.container), at: web.id)
    host.moved(outbound, .initiator, .process(20, "docker-proxy"))
    let chain = try #require(try await host.trace("web").chains.first)
    #expect(chain.kinds == [.socket, .container, .socket] && chain.source.name == "docker-proxy")
  }
}

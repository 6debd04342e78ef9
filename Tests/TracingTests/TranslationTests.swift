import Documents
import Flows
import Questions
import Testing

@Suite struct TranslationTests {
  @Test(arguments: Family.allCases)
  func `what a container sends leads back through NAT to its process`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let talker = try host.container("talker", 2)
    let own = try flow(family.container(2, 40000), family.outside(443))
    let outside = try flow(family.host(40000), family.outside(443))
    host.translate(own, to: outside)
    host.moved(own, .initiator, .process(7, "curl", in: talker.container), out: 5000, in: 200, at: talker.id)

    let document = try await host.trace(family.outside())
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.nat, .container, .socket])
    #expect(try chain.hop(.nat).flow == own)
    #expect(try chain.hop(.nat).translated == .init(source: outside.source, destination: outside.destination))
    #expect(try chain.hop(.nat).namespace == "host")
    #expect(try chain.hop(.container).container?.name == "talker")
    #expect(try chain.hop(.socket).process?.pid == 7)
    #expect(chain.hops.allSatisfy { $0.certainty == .observed && !$0.evidence.isEmpty })
    #expect(chain.source.kind == .process && chain.source.name == "curl")
    #expect(chain.source.summary.contains("in container talker") && chain.source.summary.contains("through NAT"))
    #expect(chain.destination.endpoint == own.destination && chain.destination.host == nil)
    #expect((chain.bytes, chain.bitsPerSecond, chain.share, chain.flows) == (5200, 20800, 1, 1))
    #expect(document.coverage == Coverage(bytes: 5200, explained: 5200, unknown: 0, reasons: []))
  }

  @Test(arguments: Family.allCases)
  func `the address after translation is a target too`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let talker = try host.container("talker", 2)
    let own = try flow(family.container(2, 40000), family.outside(443))
    host.translate(own, to: try flow(family.host(51000), family.outside(443)))
    host.moved(own, .initiator, .process(7, "curl"), at: talker.id)
    let chain = try #require(try await host.trace("\(family.host(51000))-\(family.outside(443))").chains.first)
    #expect(chain.kinds == [.nat, .container, .socket])
    #expect(try await host.trace(family.host(51001)).chains.isEmpty)
  }

  @Test(arguments: Family.allCases)
  func `a published port leads from the container through DNAT to the stranger`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let web = try host.container("web", 2)
    let asked = try flow(family.outside(50000), family.host(8080))
    let inside = try flow(family.outside(50000), family.container(2, 80))
    host.translate(asked, to: inside)
    host.moved(inside.reversed, .responder, .process(9, "nginx", in: web.container), at: web.id)
    host.moved(asked, .forwarded, translated: inside, interface: "eth0", outInterface: "docker0")

    for target in [":8080", "web", ":80", "nginx", family.outside(), family.container(2), "\(family.container(2, 80))"]
    {
      host.recordedInventory.processNames = ["nginx"]
      let document = try await host.trace(target)
      try #require(document.chains.count == 1, "\(target)")
      let chain = document.chains[0]
      #expect(chain.kinds == [.socket, .container, .nat, .external], "\(target)")
      #expect(chain.flows == 1 && chain.bytes == 1100, "\(target)")
      #expect(chain.source.name == family.outside())
      #expect(chain.destination.process?.pid == 9 && chain.destination.container?.name == "web")
      #expect(chain.destination.endpoint == inside.destination && chain.destination.host == "here")
    }
  }

  @Test(arguments: Family.allCases)
  func `a container in a container is followed through both translations`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let (outer, _) = try host.container("outer", 2)
    try host.plug("docker0", 3, "172.18.0.1/16", "fd18::1/64", kind: "bridge", in: outer)
    let inner = try host.container(
      "inner", 5, on: outer, addresses: ["172.18.0.5/16", "fd18::5/64"], gateways: ["172.18.0.1", "fd18::1"])
    let address = family == .v4 ? "172.18.0.5:40000" : "[fd18::5]:40000"
    let own = try flow(address, family.outside(443))
    let middle = try flow(family.container(2, 40000), family.outside(443))
    host.translate(own, to: middle, in: outer)
    host.translate(middle, to: try flow(family.host(40000), family.outside(443)))
    host.moved(own, .initiator, .process(7, "python3"), at: inner.id)
    // Both routers on the way counted it as well.
    host.moved(own, .forwarded, translated: middle, at: outer)
    host.moved(middle, .forwarded, translated: try flow(family.host(40000), family.outside(443)))

    let document = try await host.trace(family.outside())
    #expect(document.chains.count == 1)
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.nat, .container, .nat, .container, .socket])
    #expect(chain.hops.compactMap(\.container?.name) == ["outer", "inner"])
    #expect(chain.hops.filter { $0.kind == .nat }.map(\.flow) == [middle, own])
    #expect(chain.flows == 1 && document.coverage.bytes == 1100)
  }

  @Test(arguments: Family.allCases)
  func `two containers with one address behind different parents keep their own traffic`(_ family: Family) async throws
  {
    var host = try RecordedVantage.dockerHost()
    for (number, port) in [(UInt64(2), 40000), (3, 1024)] {
      let (outer, _) = try host.container("outer\(number)", number)
      // Both inner networks and both inner containers have the same addresses.
      try host.plug("docker0", 3, "172.30.0.1/16", "fd30::1/64", kind: "bridge", in: outer)
      let inner = try host.container(
        "inner\(number)", 2, on: outer, addresses: ["172.30.0.2/16", "fd30::2/64"], gateways: ["172.30.0.1", "fd30::1"])
      let own = try flow(family == .v4 ? "172.30.0.2:40000" : "[fd30::2]:40000", family.outside(443))
      let middle = try flow(family.container(Int(number), 40000), family.outside(443))
      host.translate(own, to: middle, in: outer)
      host.translate(middle, to: try flow(family.host(port), family.outside(443)))
      host.moved(own, .initiator, .process(Int32(number), "p\(number)"), out: number * 1000, in: 0, at: inner.id)
      host.moved(own, .forwarded, out: number * 1000, in: 0, translated: middle, at: outer)
    }
    // Seen from the host alone, the way in must be told by the translations.
    host.interval.flows.removeAll { $0.namespace.namespace > 100 && $0.role == .forwarded }

    let document = try await host.trace(family.outside())
    #expect(document.chains.count == 2)
    for (chain, number) in zip(document.chains, [3, 2]) {
      #expect(chain.hops.compactMap(\.container?.name) == ["outer\(number)", "inner\(number)"])
      #expect(chain.source.name == "p\(number)" && chain.bytes == UInt64(number) * 1000)
    }
    let port = try await host.trace(family.host(1024))
    #expect(port.chains.map(\.source.name) == ["p3"])
  }

  @Test(arguments: Family.allCases)
  func `a flow noticed on the host alone is followed into the right one of two equal networks`(_ family: Family)
    async throws
  {
    var host = try RecordedVantage.dockerHost()
    for number in [UInt64(2), 3] {
      let (outer, _) = try host.container("outer\(number)", number)
      try host.plug("docker0", 3, "172.30.0.1/16", "fd30::1/64", kind: "bridge", in: outer)
      let inner = try host.container(
        "inner\(number)", 2, on: outer, addresses: ["172.30.0.2/16", "fd30::2/64"], gateways: ["172.30.0.1", "fd30::1"])
      let own = try flow(family == .v4 ? "172.30.0.2:40000" : "[fd30::2]:40000", family.outside(443))
      let middle = try flow(family.container(Int(number), 40000), family.outside(443))
      host.translate(own, to: middle, in: outer)
      host.moved(middle, .forwarded, out: number * 1000, in: 0)
      host.sockets[inner.id] = [own: SocketAnswer(owner: .process(Int32(number), "p\(number)"), state: "established")]
    }
    let document = try await host.trace("docker0")
    #expect(document.chains.isEmpty, "no row names docker0 as its interface")
    let all = try await host.trace(family.outside())
    #expect(all.chains.map(\.source.name) == ["p3", "p2"])
    #expect(all.chains.allSatisfy { $0.hops.last?.evidence.first?.source == "sock_diag" })
  }
}

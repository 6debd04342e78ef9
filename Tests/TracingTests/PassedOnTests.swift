import Documents
import Flows
import Questions
import Testing
import Tracing

/// Traffic that a program of a router takes up and passes on, where no tuple shows it: a transparent proxy, and a translator between IPv6 and
/// IPv4.
@Suite struct PassedOnTests {
  /// A router with a transparent proxy on port 3129 (and perhaps on others) that took up what a client sent to a server.
  private func proxied(
    _ family: Family, ports: [UInt16] = [3129], isTransparent: Bool? = true
  ) throws -> RecordedVantage {
    var router = try RecordedVantage.dockerHost()
    let taken = try flow(family.container(9, 41000), family.outside(443))
    let onward = try flow(family.host(52000), family.outside(443))
    router.moved(taken.reversed, .responder, .process(30, "tpx"), out: 500, in: 9000)
    router.moved(onward, .initiator, .process(30, "tpx"), out: 9000, in: 500)
    for port in ports {
      var listener = SocketListing(
        namespace: .host, namespaceName: "host", transport: .tcp, state: "listening",
        local: Endpoint(family == .v4 ? .anyV4 : .anyV6, port), remote: Endpoint(.anyV4, 0), owner: .process(30, "tpx"),
        receiveQueue: 0, sendQueue: 0, cookie: UInt64(port))
      listener.isTransparent = isTransparent
      router.listed.append(listener)
    }
    return router
  }

  @Test(arguments: Family.allCases)
  func `a transparent proxy's port leads to what it accepted`(_ family: Family) async throws {
    let document = try await proxied(family).trace(":3129")
    #expect(document.coverage.bytes == 9500 && document.chains.count == 1, "\(document.chains.map(\.kinds))")
    let note = try #require(document.coverage.included?.first)
    #expect(note.contains("tpx") && note.contains(":3129") && !note.contains("other such ports"))
    let address = try await proxied(family).trace(family.host(3129))
    #expect(address.coverage.bytes == 9500)
  }

  @Test func `of two transparent ports of one program it is said that either may be meant`() async throws {
    let document = try await proxied(.v4, ports: [3129, 3130]).trace(":3129")
    #expect(document.coverage.bytes == 9500)
    #expect(document.coverage.included?.first?.contains("its other such ports (3130)") == true)
  }

  @Test
  func `an ordinary listener has none of what came to other addresses, and other ports have nothing to do with it`()
    async throws
  {
    let ordinary = try await proxied(.v4, isTransparent: false).trace(":3129")
    #expect(ordinary.chains.isEmpty && ordinary.coverage.included == nil)
    let elsewhere = try await proxied(.v4).trace(":8080")
    #expect(elsewhere.chains.isEmpty && elsewhere.coverage.included == nil)
  }

  @Test(arguments: [false, true])
  func `the halves of a flow between families are one, from the client to the server`(isMasked: Bool) async throws {
    var router = try RecordedVantage.dockerHost()
    let web = try router.container("web", 2)
    try router.plug("nat64", 9, "192.168.255.1/24", "2001:db8:64::1/96", kind: "tun", in: .host)
    let asked = try flow("[fd17::2]:41000", "[2001:db8:64::c633:6409]:443")
    let inner = try flow("192.168.255.7:41000", "198.51.100.9:443")
    let masked = try flow("198.51.100.1:41000", "198.51.100.9:443")
    router.moved(asked, .initiator, .process(40, "curl", in: web.container), out: 90_000, in: 4000, at: web.id)
    router.moved(asked, .forwarded, out: 90_000, in: 4000, interface: "veth102", outInterface: "nat64")
    router.moved(
      inner, .forwarded, out: 89_000, in: 3800, translated: isMasked ? masked : nil, interface: "nat64",
      outInterface: "eth0")
    if isMasked { router.translate(inner, to: masked) }
    let last = try #require(router.interval.flows.indices.last)
    router.interval.flows[last].before = asked
    for target in [":443", "198.51.100.9", "192.168.255.7", "fd17::2", "2001:db8:64::c633:6409"] {
      let document = try await router.trace(target)
      let chain = try #require(document.chains.first, "\(target)")
      #expect(
        document.chains.count == 1 && document.coverage.unknown == 0, "\(target): \(document.chains.map(\.kinds))")
      #expect(document.coverage.bytes >= 92_800 && document.coverage.bytes <= 94_000, "\(target): \(document.coverage)")
      #expect(chain.source.name == "curl", "\(target): \(chain.source)")
      // Masquerading behind it is the kernel's, and a hop of its own where the trace begins behind the program.
      let nat = try #require(chain.hops.first { $0.kind == .nat && $0.flow == asked }, "\(target)")
      #expect(nat.certainty == .matched, "\(target)")
    }
  }
}

import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// Who talks to whom among hosts whose counts were written down.
@Suite struct HostTalksTests {
  private let client = Owner.process(100, "curl")
  private let server = Owner.process(200, "nginx")

  private func host(_ name: String, _ addresses: String...) throws -> RecordedVantage {
    var host = RecordedVantage()
    host.host = name
    host.recordedInventory.host = name
    host.interval.host = name
    host.add(NamespaceDescription(id: .host, name: "host", isHost: true))
    for (index, address) in addresses.enumerated() {
      try host.plug("eth\(index)", UInt32(2 + index), address, in: .host)
    }
    return host
  }

  /// A host that can be looked at, but does not count.
  private struct Idle: ScriptedAnswers {
    struct Broken: Error {}
    let own: RecordedVantage
    var host: String { own.host }
    func inventory() async throws -> Inventory { own.recordedInventory }
    func measured(for seconds: Double) async throws -> Interval { throw Broken() }
    func process(_ pid: Int32) async throws -> Process? { nil }
    func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? { nil }
    func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? { nil }
    func listedSockets() async throws -> [SocketListing] { [] }
    func owner(_ pid: Int32) async throws -> Owner? { nil }
    func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? { nil }
    func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? { nil }
    func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
      -> TunnelAnswer?
    { nil }
    func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? { nil }
  }

  private func talks(_ hosts: any Vantage..., publicAddresses: [Int: [String: String]] = [:]) async throws -> HostTalks
  {
    let members = try hosts.enumerated().map { number, host in
      var addresses: [IPAddress: IPAddress] = [:]
      for (outer, inner) in publicAddresses[number] ?? [:] {
        let own: IPAddress = try #require(IPAddress(inner))
        addresses[try #require(IPAddress(outer))] = own
      }
      return CombinedVantage.Member(host, publicAddresses: addresses)
    }
    let combined = CombinedVantage(members)
    let inventory = try await combined.inventory()
    return HostTalks(try await combined.measure(seconds: 1), inventory)
  }

  @Test(arguments: [("10.1.0.1", "10.1.0.2", "/24"), ("[2001:db8::1]", "[2001:db8::2]", "/64")])
  func `what both ends counted is counted once`(_ one: String, _ other: String, _ length: String) async throws {
    let bare = { (text: String) in text.filter { $0 != "[" && $0 != "]" } + length }
    var a = try host("a", bare(one))
    var b = try host("b", bare(other))
    let seen = try flow("\(one):40000", "\(other):80")
    a.moved(seen, .initiator, client, out: 1_000_000, in: 50_000)
    b.moved(seen.reversed, .responder, server, out: 50_000, in: 1_000_000)
    let talks = try await talks(a, b)
    #expect(talks.pairs.count == 1)
    let pair = try #require(talks.pairs.first)
    #expect(pair.from == "a" && pair.to == "b" && pair.flows == 1 && pair.difference == nil)
    #expect(pair.bytesTo == 1_000_000 && pair.bytesBack == 50_000)
    #expect(pair.counts.map(\.host) == ["a", "b"] && pair.counts.map(\.bytesTo) == [1_000_000, 1_000_000])
    let busiest = try #require(pair.busiest)
    #expect(busiest.near?.name == "curl" && busiest.far?.name == "nginx" && busiest.port == 80)
    #expect(busiest.initiator == "a" && busiest.bytes == 1_050_000)
    #expect(talks.outside.map(\.bytes) == [0, 0])
  }

  @Test func `the host that began stands first, whichever was named first`() async throws {
    var a = try host("a", "10.1.0.1/24")
    var b = try host("b", "10.1.0.2/24")
    let seen = try flow("10.1.0.2:40000", "10.1.0.1:80")
    a.moved(seen.reversed, .responder, server, out: 900_000, in: 1000)
    b.moved(seen, .initiator, client, out: 1000, in: 900_000)
    let pair = try #require(try await talks(a, b).pairs.first)
    #expect(pair.from == "b" && pair.to == "a" && pair.bytesTo == 1000 && pair.bytesBack == 900_000)
    #expect(pair.busiest?.near?.name == "curl" && pair.busiest?.far?.name == "nginx")
  }

  @Test func `a container behind a host's translation is that host`() async throws {
    var a = try host("a", "10.1.0.1/24")
    try a.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
    let web = try a.container("web", 2)
    var b = try host("b", "10.1.0.2/24")
    let inside = try flow("172.17.0.2:40000", "10.1.0.2:80")
    let outside = try flow("10.1.0.1:55555", "10.1.0.2:80")
    a.moved(inside, .initiator, .process(7, "wget", in: web.container), out: 5000, in: 700_000, at: web.id)
    a.moved(inside, .forwarded, out: 5000, in: 700_000, translated: outside)
    a.interval.flows[1].endsHere = true
    b.moved(outside.reversed, .responder, server, out: 700_000, in: 5000)
    let talks = try await talks(a, b)
    let pair = try #require(talks.pairs.first)
    #expect(talks.pairs.count == 1 && pair.bytes == 705_000 && pair.flows == 1 && pair.difference == nil)
    #expect(pair.busiest?.near?.container == "web" && pair.busiest?.far?.name == "nginx")
    #expect(talks.outside.allSatisfy { $0.bytes == 0 && $0.bytesWithin == 0 })
  }

  @Test func `a container that nobody could look into is its host too, by the translation alone`() async throws {
    var a = try host("a", "10.1.0.1/24")
    var b = try host("b", "10.1.0.2/24")
    let outside = try flow("10.1.0.1:55555", "10.1.0.2:80")
    a.moved(try flow("192.168.122.5:40000", "10.1.0.2:80"), .forwarded, out: 5000, in: 700_000, translated: outside)
    b.moved(outside.reversed, .responder, server, out: 700_000, in: 5000)
    let pair = try #require(try await talks(a, b).pairs.first)
    #expect(pair.from == "a" && pair.to == "b" && pair.bytes == 705_000 && pair.flows == 1)
  }

  @Test func `containers with one address on two hosts are two`() async throws {
    func dockerHost(_ name: String, _ address: String, _ port: UInt16, _ bytes: UInt64) throws -> RecordedVantage {
      var host = try host(name, "\(address)/24")
      try host.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
      let web = try host.container("web", 2)
      let inside = try flow("172.17.0.2:40000", "10.1.0.9:80")
      host.moved(inside, .initiator, .process(7, "wget", in: web.container), out: bytes, in: 0, at: web.id)
      host.moved(inside, .forwarded, out: bytes, in: 0, translated: try flow("\(address):\(port)", "10.1.0.9:80"))
      host.interval.flows[1].endsHere = true
      return host
    }
    var c = try host("c", "10.1.0.9/24")
    for (address, port, bytes) in [("10.1.0.1", 1001, UInt64(300_000)), ("10.1.0.2", 1002, 800_000)] {
      c.moved(try flow("10.1.0.9:80", "\(address):\(port)"), .responder, server, out: 0, in: bytes)
    }
    let found = try await talks(
      dockerHost("a", "10.1.0.1", 1001, 300_000), dockerHost("b", "10.1.0.2", 1002, 800_000), c)
    #expect(found.pairs.map(\.from) == ["b", "a"] && found.pairs.map(\.to) == ["c", "c"])
    #expect(found.pairs.map(\.bytes) == [800_000, 300_000] && found.pairs.map(\.flows) == [1, 1])
    #expect(found.pairs.allSatisfy { $0.difference == nil && $0.counts.count == 2 })
  }

  @Test func `what goes to a container's address stays on its host, though another host has it too`() async throws {
    func dockerHost(_ name: String, _ address: String) throws -> RecordedVantage {
      var host = try host(name, "\(address)/24")
      try host.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
      let web = try host.container("web", 2)
      let seen = try flow("172.17.0.1:5000", "172.17.0.2:80")
      host.moved(seen, .initiator, client, out: 100, in: 9000)
      host.moved(seen.reversed, .responder, .process(9, "nginx", in: web.container), out: 9000, in: 100, at: web.id)
      return host
    }
    let found = try await talks(dockerHost("a", "10.1.0.1"), dockerHost("b", "10.1.0.2"))
    #expect(found.pairs.isEmpty && found.outside.map(\.bytesWithin) == [9100, 9100])
    #expect(found.outside.map(\.bytes) == [0, 0])
  }

  @Test func `a public address leads to its host, seen from both ends`() async throws {
    var a = try host("a", "192.0.2.1/24")
    var cloud = try host("cloud", "10.12.32.13/24")
    a.moved(try flow("192.0.2.1:40000", "203.0.113.10:22"), .initiator, client, out: 4000, in: 90_000)
    cloud.moved(try flow("10.12.32.13:22", "192.0.2.1:40000"), .responder, server, out: 90_000, in: 4000)
    let talks = try await talks(a, cloud, publicAddresses: [1: ["203.0.113.10": "10.12.32.13"]])
    let pair = try #require(talks.pairs.first)
    #expect(talks.pairs.count == 1 && pair.flows == 1 && pair.bytes == 94_000 && pair.counts.count == 2)
  }

  @Test func `both hosts' counts are told apart where they differ, and not where it may be chance`() async throws {
    func pair(_ sent: UInt64, _ arrived: UInt64) async throws -> HostPair {
      var a = try host("a", "10.1.0.1/24")
      var b = try host("b", "10.1.0.2/24")
      let seen = try flow("10.1.0.1:40000", "10.1.0.2:80")
      a.moved(seen, .initiator, client, out: sent, in: 0)
      b.moved(seen.reversed, .responder, server, out: 0, in: arrived)
      return try #require(try await talks(a, b).pairs.first)
    }
    let lossy = try await pair(1_000_000, 800_000)
    #expect(lossy.bytesTo == 1_000_000 && lossy.difference == 0.2)
    #expect(lossy.counts.map(\.bytesTo) == [1_000_000, 800_000])
    #expect(try await pair(1_000_000, 940_000).difference == nil)
    #expect(try await pair(10_000, 1000).difference == nil)
    let blocked = try await pair(500_000, 0)
    #expect(blocked.difference == 1)
  }

  @Test func `what the other host did not see at all is its own count alone`() async throws {
    var a = try host("a", "10.1.0.1/24")
    let b = try host("b", "10.1.0.2/24")
    a.moved(try flow("10.1.0.1:40000", "10.1.0.2:80"), .initiator, client, out: 500_000, in: 0)
    let pair = try #require(try await talks(a, b).pairs.first)
    #expect(pair.bytes == 500_000 && pair.counts.map(\.host) == ["a"] && pair.difference == 1)
    // A host that counts nothing contradicts nobody.
    let alone = try #require(try await talks(a, Idle(own: b)).pairs.first)
    #expect(alone.bytes == 500_000 && alone.difference == nil)
  }

  @Test func `what cannot be matched from end to end is still not counted twice`() async throws {
    var a = try host("a", "10.1.0.1/24")
    var b = try host("b", "10.1.0.2/24")
    // A translation that nobody told of gave it another port.
    a.moved(try flow("10.1.0.1:40000", "10.1.0.2:80"), .initiator, client, out: 500_000, in: 0)
    b.moved(try flow("10.1.0.2:80", "10.1.0.1:1234"), .responder, server, out: 0, in: 500_000)
    let pair = try #require(try await talks(a, b).pairs.first)
    #expect(pair.bytes == 500_000 && pair.flows == 1 && pair.difference == nil)
  }

  @Test func `a router that is known does not count what passes it`() async throws {
    var a = try host("a", "10.1.0.1/24")
    var router = try host("router", "10.1.0.254/24", "10.2.0.254/24")
    var b = try host("b", "10.2.0.2/24")
    let before = try flow("10.1.0.1:40000", "10.2.0.2:80")
    let after = try flow("10.2.0.254:40000", "10.2.0.2:80")
    a.moved(before, .initiator, client, out: 1000, in: 2000)
    router.moved(before, .forwarded, out: 1000, in: 2000, translated: after)
    b.moved(after.reversed, .responder, server, out: 2000, in: 1000)
    // A stranger's traffic through it is its own outside.
    router.moved(try flow("10.1.0.77:5", "9.9.9.9:53", .udp), .forwarded, out: 60, in: 90)
    let talks = try await talks(a, router, b)
    #expect(talks.pairs.map { [$0.from, $0.to] } == [["a", "b"]] && talks.pairs[0].bytes == 3000)
    #expect(talks.outside.map(\.bytes) == [0, 150, 0] && talks.outside[1].bytesPassing == 150)
    #expect(talks.outside[1].busiest?.address == IPAddress("9.9.9.9"))
  }

  /// A client on host a, whose own rules lead a service's address to a server; and what the server's end saw.
  private struct Service: Sendable, CustomTestStringConvertible {
    let client, service, server: String
    /// Another server, which no queried host is.
    let stranger: String
    var testDescription: String { service }
    static let both = [
      Service(client: "10.1.0.1:40000", service: "10.96.0.10:80", server: "10.1.0.2:8080", stranger: "9.9.9.9:443"),
      Service(
        client: "[2001:db8::1]:40000", service: "[fd00:96::10]:80", server: "[2001:db8::2]:8080",
        stranger: "[2620:fe::9]:443"),
    ]
  }

  /// The talks as the live view has them: with what the hosts' connection tracking says.
  private func lookedUp(_ hosts: any Vantage...) async throws -> HostTalks {
    let combined = CombinedVantage(hosts.map { CombinedVantage.Member($0) })
    let inventory = try await combined.inventory()
    let interval = try await combined.measure(seconds: 1)
    let rows = try await TalkTranslations().rows(of: interval, combined)
    return HostTalks(interval, inventory, rows: rows)
  }

  private func pair(_ service: Service) throws -> (RecordedVantage, RecordedVantage) {
    var a = try host("a", "10.1.0.1/24", "2001:db8::1/64")
    var b = try host("b", "10.1.0.2/24", "2001:db8::2/64")
    a.moved(try flow(service.client, service.service), .initiator, client, out: 900_000, in: 40_000)
    b.moved(try flow(service.server, service.client), .responder, server, out: 40_000, in: 900_000)
    return (a, b)
  }

  @Test(arguments: Service.both) private func `what a host's own rules translate is one connection, and not outside`(
    _ service: Service
  ) async throws {
    var (a, b) = try pair(service)
    a.translations[.host] = [
      Translation(
        original: try flow(service.client, service.service), translated: try flow(service.client, service.server))
    ]
    let talks = try await lookedUp(a, b)
    let pair = try #require(talks.pairs.first)
    #expect(talks.pairs.count == 1 && pair.bytes == 940_000 && pair.flows == 1 && pair.difference == nil)
    #expect(talks.outside.map(\.bytes) == [0, 0])
    // Where the far end does not count, connection tracking alone says whose it is.
    b.interval.flows = []
    let alone = try await lookedUp(a, b)
    #expect(alone.pairs.map(\.to) == ["b"] && alone.outside.map(\.bytes) == [0, 0])
  }

  @Test(arguments: Service.both) private func `a translation within a host is counted once, as within`(
    _ service: Service
  ) async throws {
    var a = try host("a", "10.1.0.1/24", "2001:db8::1/64")
    let web = try a.container("web", 2)
    let (before, after) = (try flow(service.client, service.service), try flow(service.client, service.server))
    a.moved(before, .initiator, client, out: 900_000, in: 40_000)
    a.moved(after.reversed, .responder, server, out: 40_000, in: 900_000, at: web.id)
    a.translations[.host] = [Translation(original: before, translated: after)]
    let talks = try await lookedUp(a, try host("b", "10.1.0.3/24"))
    #expect(talks.pairs.isEmpty && talks.outside.map(\.bytesWithin) == [940_000, 0])
    #expect(talks.outside.map(\.bytes) == [0, 0])
  }

  /// A host that may not look up translations.
  private struct Refusing: Vantage {
    let other: RecordedVantage
    var host: String { other.host }
    func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
      guard question is TranslationQuestion else { return try await other.ask(question) }
      throw VantageError(.denied, host: host, "\(question)", cause: "denied (CAP_NET_ADMIN)")
    }
  }

  @Test(arguments: Service.both) private func `without connection tracking the client's end joins what fits alone`(
    _ service: Service
  ) async throws {
    var (a, b) = try pair(service)
    let joined = try await lookedUp(Refusing(other: a), b)
    #expect(joined.pairs.map(\.bytes) == [940_000] && joined.outside.map(\.bytes) == [0, 0])
    // Two that fit are not told apart, and a count that is another one does not fit.
    a.moved(try flow(service.client, service.stranger), .initiator, client, out: 900_000, in: 40_000)
    #expect(try await lookedUp(Refusing(other: a), b).outside[0].bytes == 1_880_000)
    a.interval.flows.removeLast()
    b.interval.flows[0].traffic = Traffic(bytesIn: 90_000, bytesOut: 4_000)
    #expect(try await lookedUp(Refusing(other: a), b).outside[0].bytes == 940_000)
  }

  @Test func `an address that several hosts have tells nothing but by the flow itself`() async throws {
    var a = try host("a", "10.1.0.1/24")
    var b = try host("b", "192.168.1.5/24", "10.1.0.2/24")
    let c = try host("c", "192.168.1.5/24")
    a.moved(try flow("10.1.0.1:40000", "192.168.1.5:80"), .initiator, client, out: 500_000, in: 0)
    let unclear = try await talks(a, b, c)
    #expect(unclear.pairs.isEmpty && unclear.outside[0].bytesOut == 500_000)
    b.moved(try flow("10.1.0.2:80", "10.1.0.1:40000"), .responder, server, out: 0, in: 1)
    #expect(try await talks(a, b, c).pairs.map(\.to) == ["b"])
  }

  @Test func `outside, within and shared add up to what each host counted`() async throws {
    var a = try host("a", "10.1.0.1/24")
    let b = try host("b", "10.1.0.2/24")
    a.moved(try flow("10.1.0.1:40000", "9.9.9.9:443"), .initiator, client, out: 700, in: 5000)
    a.moved(try flow("10.1.0.1:22", "198.51.100.7:999"), .responder, .process(3, "sshd"), out: 80, in: 20)
    a.moved(try flow("127.0.0.1:1", "127.0.0.1:2"), .initiator, client, out: 30, in: 40)
    a.moved(try flow("127.0.0.1:2", "127.0.0.1:1"), .responder, server, out: 40, in: 30)
    a.moved(try flow("0.0.0.0:80", "0.0.0.0:0"), .shared, server, out: 0, in: 60)
    a.moved(try flow("10.1.0.1:5353", "224.0.0.251:5353", .udp), .peer, server, out: 11, in: 0)
    let item = try #require(try await talks(a, b).outside.first)
    #expect(item.bytesOut == 780 && item.bytesIn == 5020 && item.flows == 2)
    #expect(item.bytesWithin == 70 && item.bytesShared == 71)
    #expect(item.busiest?.near?.name == "curl" && item.busiest?.address == IPAddress("9.9.9.9"))
    #expect(item.busiest?.port == 443 && item.busiest?.initiator == "a")
  }

  @Test(arguments: [InterfaceKind.tun, .wireguard]) func `a VPN's own flow is not added to what it carries`(
    _ kind: InterfaceKind
  )
    async throws
  {
    let vpn = kind == .tun ? Owner.process(70, "openvpn") : Owner(isKernel: true)
    func peer(_ name: String, _ address: String, _ inner: String) throws -> RecordedVantage {
      var host = try host(name, "\(address)/24")
      try host.plug("vpn0", 9, "\(inner)/24", kind: kind, in: .host)
      host.change(.host) { place in
        let index = place.interfaces.count - 1
        if kind == .tun { place.interfaces[index].deviceOwner = vpn }
      }
      return host
    }
    var a = try peer("a", "10.1.0.1", "172.16.248.1")
    var b = try peer("b", "10.1.0.2", "172.16.248.2")
    let inside = try flow("172.16.248.1:40000", "172.16.248.2:80")
    let outer = try flow("10.1.0.1:1194", "10.1.0.2:1194", .udp)
    a.moved(outer, .peer, vpn, out: 110_000, in: 900, interface: "eth0")
    b.moved(outer.reversed, .peer, vpn, out: 900, in: 110_000, interface: "eth0")
    let idle = try #require(try await talks(a, b).pairs.first)
    #expect(idle.bytes == 110_900 && idle.carriers == 0, "it carries nothing that was seen")
    a.moved(inside, .initiator, client, out: 100_000, in: 800, interface: "vpn0")
    b.moved(inside.reversed, .responder, server, out: 800, in: 100_000, interface: "vpn0")
    let pair = try #require(try await talks(a, b).pairs.first)
    #expect(pair.bytes == 100_800 && pair.flows == 1 && pair.carriers == 110_900)
  }
}

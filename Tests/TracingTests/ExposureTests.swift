import Documents
import Flows
import Questions
import Testing

@testable import Tracing

/// What `ExposureSurvey` makes of the answers of scripted hosts.
@Suite struct ExposureTests {
  private static let node = Place(host: 0, namespace: 11)
  private static let service = Place(host: 1, namespace: 22)

  private func endpoint(_ text: String) throws -> Endpoint { try #require(Endpoint(text)) }
  private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

  private func place(_ id: Place, _ interfaces: [(name: String, kind: InterfaceKind?, address: String, length: Int)])
    throws
    -> NamespaceDescription
  {
    NamespaceDescription(
      id: id, name: "host", isHost: true,
      interfaces: try interfaces.enumerated().map { number, one in
        Interface(
          index: UInt32(number + 2), name: one.name, kind: one.kind,
          addresses: [InterfaceAddress(address: try address(one.address), prefixLength: one.length)])
      })
  }

  private func socket(
    _ place: Place, _ pid: Int32, _ name: String, _ local: String, _ remote: String? = nil
  ) throws -> SocketListing {
    SocketListing(
      namespace: place, namespaceName: "host", transport: .tcp, state: remote == nil ? "listening" : "established",
      local: try endpoint(local), remote: try remote.map { try endpoint($0) } ?? Endpoint(.anyV4, 0),
      owner: Owner(process: Process(pid: pid, name: name)), receiveQueue: 0, sendQueue: 0, cookie: 0)
  }

  /// A node with a default route and one listener, `0.0.0.0:3129`.
  private func lone(_ local: String = "10.12.32.13", length: Int = 20, listens: String = "0.0.0.0:3129") throws
    -> RecordedVantage
  {
    var vantage = RecordedVantage()
    vantage.recordedInventory.namespaces = [try place(Self.node, [("eth0", nil, local, length)])]
    for (text, gateway) in [("0.0.0.0/0", "10.12.32.1"), ("::/0", "fe80::1")] {
      vantage.routes[Self.node, default: [:]][try #require(Prefix(text))] = RouteAnswer(
        interface: 2, gateway: try address(gateway), isLocal: false)
    }
    vantage.listed = [try socket(Self.node, 82, "haproxy", listens)]
    vantage.decides = { _ in FirewallVerdict(.reachable) }
    return vantage
  }

  @Test(arguments: ["10.12.32.13", "100.64.3.4"]) func `any address without a public one is not the internet`(
    _ own: String
  )
    async throws
  {
    let document = try await ExposureSurvey(try lone(own)).survey()
    let listener = try #require(document.listeners.first)
    #expect(listener.severity == .low && !listener.paths.contains { $0.from.kind == .internet })
    #expect(document.notes.contains { $0.contains("no public address is known") })
    // Who asks for the internet gets an answer: that it is not known.
    var scope = ExposureScope()
    scope.from = "internet"
    let asked = try await ExposureSurvey(try lone(own), scope).survey()
    #expect(asked.listeners.first?.severity == .unknown)
  }

  @Test func `a public address of the settings leads to the listener behind it`() async throws {
    var scope = ExposureScope()
    scope.publicAddresses = [try address("203.0.113.10"): try address("10.12.32.13")]
    let document = try await ExposureSurvey(try lone(), scope).survey()
    let path = try #require(document.listeners.first?.paths.first { $0.from.kind == .internet })
    let (own, outer) = (try endpoint("10.12.32.13:3129"), try address("203.0.113.10"))
    #expect(document.listeners.first?.severity == .high && path.destination == own && path.publicAddress == outer)
    // It stands for an address of another host.
    scope.publicAddresses = [try address("203.0.113.10"): try address("10.12.32.99")]
    #expect(try await ExposureSurvey(try lone(), scope).survey().listeners.first?.severity == .low)
  }

  @Test func `a public address of an interface is reached in its own family only`() async throws {
    let document = try await ExposureSurvey(try lone("2001:db8:7::13", length: 64, listens: "[::]:3129")).survey()
    let open = try #require(document.listeners.first).paths.filter { $0.from.kind == .internet }
    #expect(open.count == 1 && open.allSatisfy { !$0.from.address.isV4 })
    let v4 = try await ExposureSurvey(try lone("2001:db8:7::13", length: 64)).survey()
    #expect(v4.listeners.first?.severity != .high)
  }

  @Test func `rules that cannot be copied make every verdict unknown, with the reason`() async throws {
    var vantage = try lone("198.51.100.4", length: 24)
    vantage.decides = nil
    let document = try await ExposureSurvey(vantage).survey()
    let listener = try #require(document.listeners.first)
    #expect(listener.severity == .unknown && listener.paths.allSatisfy { $0.verdict == .unknown })
    #expect(listener.paths.allSatisfy { $0.factors.contains { $0.result.contains("the rules cannot be copied") } })
    #expect(document.notes.contains { $0.contains("the rules cannot be copied") })
  }

  @Test func `a rule for a part of the network makes a source of that part`() async throws {
    var vantage = try lone("198.51.100.4", length: 24)
    let office = try #require(Prefix("192.0.2.0/24"))
    vantage.ruled = ["192.0.2.0/24"]
    vantage.decides = { FirewallVerdict(office.contains($0.source) ? .reachable : .blocked) }
    let listener = try #require(try await ExposureSurvey(vantage).survey().listeners.first)
    #expect(listener.severity == .low)
    #expect(
      listener.paths.filter { $0.verdict == .reachable && $0.from.kind != .itself }.map(\.from.name) == ["192.0.2.0/24"]
    )
  }

  @Test func `where the outside comes in by one of two interfaces that fare differently, it is not known`() async throws
  {
    var vantage = try lone()
    vantage.recordedInventory.namespaces = [
      try place(Self.node, [("eth0", nil, "10.12.32.13", 20), ("eth1", nil, "198.51.100.4", 24)])
    ]
    vantage.decides = { FirewallVerdict($0.interface == "eth1" ? .reachable : .blocked) }
    let listener = try #require(try await ExposureSurvey(vantage).survey().listeners.first)
    let path = try #require(listener.paths.first { $0.from.kind == .internet })
    #expect(path.verdict == .unknown && path.factors.contains { $0.result.contains("eth1 or eth0") })
  }

  /// The node relays to a service on another host.
  private func relayed(isConnected: Bool) throws -> RecordedVantage {
    var vantage = try lone()
    vantage.recordedInventory.hosts = ["node", "service"]
    vantage.recordedInventory.publicAddresses = [[try address("203.0.113.10"): try address("10.12.32.13")], [:]]
    vantage.recordedInventory.namespaces.append(try place(Self.service, [("eth0", nil, "10.8.1.3", 16)]))
    vantage.listed.append(try socket(Self.service, 69, "python3", "0.0.0.0:3129"))
    if isConnected {
      vantage.listed.append(try socket(Self.node, 82, "haproxy", "172.16.248.22:40000", "10.8.1.3:3129"))
    }
    var answer = RelayAnswer(software: "haproxy", isRelay: true, isOneToOne: true)
    answer.frontends = [
      RelayFrontend(
        name: "in", listens: [.init(address: nil, ports: 3129...3129)], backends: ["out"], configuration: "h.cfg:1")
    ]
    answer.backends = [
      RelayBackend(
        name: "out",
        servers: [.init(name: "s1", address: try address("10.8.1.3"), port: 3129, configuration: "h.cfg:9")],
        configuration: "h.cfg:8")
    ]
    vantage.relays[82] = answer
    return vantage
  }

  @Test(arguments: [true, false]) func `what a proxy of another host leads to is exposed through it`(
    _ isConnected: Bool
  )
    async throws
  {
    let document = try await ExposureSurvey(try relayed(isConnected: isConnected)).survey()
    let service = try #require(document.listeners.first { $0.host == "service" })
    let path = try #require(service.paths.first { $0.from.kind == .internet })
    #expect(service.severity == .high && path.through?.map(\.process) == ["haproxy"])
    #expect(path.factors.last?.certainty == (isConnected ? .observed : .inferred))
    #expect(document.listeners.first { $0.host == "node" }?.leads?.map(\.host) == ["service"])
  }

  @Test
  func `what the service's own rules refuse is not exposed through the proxy, and what they refuse to some is unknown`()
    async throws
  {
    var vantage = try relayed(isConnected: false)
    vantage.decides = { FirewallVerdict($0.destination.address == IPAddress("10.8.1.3") ? .blocked : .reachable) }
    let closed = try await ExposureSurvey(vantage).survey()
    #expect(closed.listeners.first { $0.host == "service" }?.severity == ExposedListener.Severity.none)
    vantage.ruled = ["192.0.2.0/24"]
    vantage.routes[Self.service] = vantage.routes[Self.node]
    let office = try #require(Prefix("192.0.2.0/24"))
    vantage.decides = {
      FirewallVerdict(
        $0.destination.address == IPAddress("10.8.1.3") && !office.contains($0.source) ? .blocked : .reachable)
    }
    let some = try await ExposureSurvey(vantage).survey()
    #expect(some.listeners.first { $0.host == "service" }?.severity == .unknown)
  }

  @Test func `a port that only rules name is a listener if they send it elsewhere`() async throws {
    var vantage = try lone("198.51.100.4", length: 24)
    vantage.doors = [FirewallDoor(.tcp, 8080), FirewallDoor(.tcp, 9090)]
    let inner = try endpoint("172.17.0.2:80")
    vantage.decides = { attempt in
      guard attempt.destination.port == 8080, attempt.interface != nil else {
        return FirewallVerdict(.blocked, reason: "nothing listens there")
      }
      var verdict = FirewallVerdict(.reachable)
      verdict.translated = inner
      return verdict
    }
    let document = try await ExposureSurvey(vantage).survey()
    let doors = document.listeners.filter { $0.isRuleOnly == true }
    #expect(doors.map(\.endpoint.port) == [8080] && doors.first?.severity == .high)
    #expect(doors.first?.leads?.compactMap(\.endpoint) == [inner])
  }

  @Test func `the address that stands for a prefix is in none of its parts that rules name`() throws {
    let all = try #require(Prefix("192.0.2.0/24"))
    let half = try #require(Prefix("192.0.2.128/25"))
    let one = try #require(ExposureSources.address(in: all, except: [], [all, half]))
    #expect(all.contains(one) && !half.contains(one) && one != all.address)
    let other = try #require(Prefix("192.0.2.0/25"))
    #expect(ExposureSources.address(in: all, except: [], [half, other]) == nil)
    let v6 = try #require(Prefix("2001:db8::/120"))
    let part = try #require(Prefix("2001:db8::80/121"))
    let six = try #require(ExposureSources.address(in: v6, except: [], [v6, part]))
    #expect(v6.contains(six) && !part.contains(six))
  }
}

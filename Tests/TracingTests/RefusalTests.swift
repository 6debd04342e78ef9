import AddressSets
import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// What becomes of several hosts' answer when one of them does not answer a question.
@Suite struct RefusalTests {
  /// A host that answers all questions but translations, measurements or inventories, and counts how often it was asked.
  private final class Refusing: ScriptedAnswers {
    let base: RecordedVantage
    let code: VantageError.Code
    let refuses: Set<Question>
    private let log = Log()

    enum Question: Hashable { case inventory, measure, translation }

    private actor Log {
      var asked: [Question: Int] = [:]
      /// How often that was asked before.
      func add(_ question: Question) -> Int {
        defer { asked[question, default: 0] += 1 }
        return asked[question] ?? 0
      }
    }

    init(_ base: RecordedVantage, _ code: VantageError.Code, _ refuses: Set<Question>) {
      (self.base, self.code, self.refuses) = (base, code, refuses)
    }

    var host: String { base.host }
    func asked(_ question: Question) async -> Int { await log.asked[question] ?? 0 }

    private func mind(_ question: Question, _ words: String, onlyFirst: Bool = false) async throws {
      let before = await log.add(question)
      guard refuses.contains(question), before == 0 || !onlyFirst else { return }
      throw VantageError(code, host: host, words, cause: "no")
    }

    func inventory() async throws -> Inventory {
      try await mind(.inventory, "look around")
      return try await base.inventory()
    }
    func measured(for seconds: Double) async throws -> Interval {
      try await mind(.measure, "measure", onlyFirst: true)
      return try await base.measured(for: seconds)
    }
    func translation(_ flow: Flow, _ namespace: Place) async throws -> Translation? {
      try await mind(.translation, "look up a translation")
      return try await base.translation(flow, namespace)
    }
    func process(_ pid: Int32) async throws -> Process? { try await base.process(pid) }
    func socket(_ flow: Flow, _ namespace: Place) async throws -> SocketAnswer? {
      try await base.socket(flow, namespace)
    }
    func listedSockets() async throws -> [SocketListing] { [] }
    func owner(_ pid: Int32) async throws -> Owner? { nil }
    func route(_ address: IPAddress, _ namespace: Place) async throws -> RouteAnswer? {
      try await base.route(address, namespace)
    }
    func neighbour(_ address: IPAddress, _ namespace: Place) async throws -> NeighbourAnswer? { nil }
    func tunnel(_ address: IPAddress, _ interface: UInt32, _ namespace: Place) async throws
      -> TunnelAnswer?
    { nil }
    func relay(_ pid: Int32, _ namespace: Place) async throws -> RelayAnswer? { nil }
  }

  private let seen: Flow
  private let near: RecordedVantage
  private let far: RecordedVantage

  init() throws {
    func host(_ name: String, _ address: String) throws -> RecordedVantage {
      var host = RecordedVantage()
      (host.host, host.recordedInventory.host, host.interval.host) = (name, name, name)
      host.add(NamespaceDescription(id: .host, name: "host", isHost: true))
      try host.plug("eth0", 2, address, in: .host)
      return host
    }
    seen = try flow("10.0.0.2:40000", "10.0.0.1:443")
    var near = try host("near", "10.0.0.1/24")
    near.moved(seen.reversed, .responder, .process(1, "nginx"), out: 0, in: 700)
    var far = try host("far", "10.0.0.2/24")
    far.sockets[.host] = [seen: SocketAnswer(owner: .process(2, "curl"), state: "established")]
    (self.near, self.far) = (near, far)
  }

  private let place = Place.host.on(host: 1)

  @Test(arguments: [VantageError.Code.denied, .unsupported, .failed, .tooLarge, .busy])
  func `a question that is not answered costs that answer alone, and is said once`(_ code: VantageError.Code)
    async throws
  {
    let refusing = Refusing(far, code, [.translation])
    let hosts = CombinedVantage([.init(near), .init(refusing)])
    let document = try await Tracer(hosts).trace(":443", seconds: 1, sets: AddressSets()).document
    let chain = try #require(document.chains.first)
    #expect(chain.kinds == [.socket, .host, .socket] && chain.source.name == "curl", "\(chain)")
    for flow in [seen, seen.reversed] {
      await #expect(throws: VantageError.self) { _ = try await hosts.translation(of: flow, in: place) }
    }
    #expect(await refusing.asked(.translation) >= 3)
    #expect(hosts.failures.isEmpty)
    let reason = "not answered: far: look up \(seen) in connection tracking: no"
    #expect(document.coverage.reasons == [reason])
  }

  @Test(arguments: [VantageError.Code.slow, .disconnected, .malformed, .incompatible])
  func `a conversation that has ended is not gone on with`(_ code: VantageError.Code) async throws {
    let refusing = Refusing(far, code, [.translation])
    let hosts = CombinedVantage([.init(near), .init(refusing)])
    _ = try await hosts.inventory()
    for _ in 0..<3 {
      await #expect(throws: VantageError.self) { _ = try await hosts.translation(of: seen, in: place) }
    }
    await #expect(throws: VantageError.self) { _ = try await hosts.socket(of: seen, in: place) }
    #expect(await refusing.asked(.translation) == 1)
    #expect(hosts.failures == [HostFailure(host: "far", reason: "look up a translation: no")])
  }

  @Test func `a measurement that was refused is named, and the next one is asked for`() async throws {
    let hosts = CombinedVantage([.init(near), .init(Refusing(far, .busy, [.measure]))])
    let first = try await hosts.measure(seconds: 1)
    #expect(first.hosts?.map(\.failure) == [nil, "measure: no"] && first.notes.contains("far: measure: no"))
    #expect(hosts.failures == [HostFailure(host: "far", reason: "measure: no")])
    let second = try await hosts.measure(seconds: 1)
    #expect(second.hosts?.map(\.failure) == [nil, nil] && hosts.failures.isEmpty)
  }

  @Test func `the first host may refuse a question, but must describe itself`() async throws {
    let hosts = CombinedVantage([.init(Refusing(near, .denied, [.translation])), .init(far)])
    let refusal = await #expect(throws: VantageError.self) { _ = try await hosts.translation(of: seen, in: .host) }
    #expect(refusal?.host == "near" && refusal?.code == .denied)
    let blind = CombinedVantage([.init(Refusing(near, .denied, [.inventory])), .init(far)])
    await #expect(throws: VantageError.self) { _ = try await blind.inventory() }
    let lively = CombinedVantage(
      [.init(Refusing(near, .denied, [.inventory])), .init(far)], needsFirst: false)
    #expect(try await lively.inventory().namespaces.map(\.id) == [place])
  }

  @Test func `who withdraws a question blames nobody`() async throws {
    let hosts = CombinedVantage([.init(near), .init(Refusing(far, .cancelled, [.translation]))])
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await hosts.translation(of: seen, in: place)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(hosts.failures.isEmpty)
  }
}

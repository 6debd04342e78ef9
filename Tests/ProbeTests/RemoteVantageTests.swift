import Flows
import JSON
import LinuxSystem
import Probe
import Questions
import Testing

@Suite(.timeLimit(.minutes(5)))
struct RemoteVantageTests {
  private let place = Place(namespace: 4_026_531_833)

  @Test func `every question is answered with what the host's own vantage says`() async throws {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    let own = probe.vantage
    let address = IPAddress.v4(0x0808_0808)
    let flow = ScriptedVantage.flow(5)
    #expect(remote.host == "outer" && remote.hello == PipedProbe.hello)
    #expect(try await remote.process(ProcessID(pid: 811)) == own.process(ProcessID(pid: 811)))
    #expect(try await remote.process(ProcessID(pid: 5)) == nil)
    #expect(try await remote.translation(of: flow, in: place) == own.translation(of: flow, in: place))
    #expect(try await remote.translation(of: flow, in: Place(namespace: 0)) == nil)
    #expect(try await remote.socket(of: flow, in: place) == own.socket(of: flow, in: place))
    #expect(try await remote.sockets() == own.sockets())
    #expect(try await remote.owner(of: ProcessID(pid: 811)) == ScriptedVantage.owner)
    #expect(try await remote.route(to: address, in: place) == own.route(to: address, in: place))
    #expect(try await remote.neighbour(address, in: place) == own.neighbour(address, in: place))
    let tunnel = try await remote.tunnel(toward: address, through: 4_000_000_000, in: place)
    #expect(tunnel?.tunnel.interface == "tun4000000000" && tunnel?.tunnel.address == address)
    #expect(try await remote.relay(of: 1, in: place) == own.relay(of: 1, in: place))
    let counters = try await remote.counters(of: [3, -1], in: place)
    #expect(try await counters.sockets == own.counters(of: [], in: place).sockets && counters.notes == ["[-1, 3]"])
    #expect(counters.began == 1.5 && counters.ended == 2)
    var inventory = try await remote.inventory()
    #expect(inventory.host == "outer")
    inventory.host = "inner"
    #expect(try JSONValue(encoding: inventory.namespaces) == JSONValue(encoding: ScriptedVantage.inventory.namespaces))
    #expect(
      inventory.processNames == ["squid", "init"] && inventory.containers == ScriptedVantage.inventory.containers)
  }

  @Test func `a measurement comes whole, its owners sent once`() async throws {
    let remote = try await PipedProbe().connect()
    let before = remote.traffic.received
    let interval = try await remote.measure(seconds: 0.5)
    let bytes = remote.traffic.received - before
    #expect(interval.flows == ScriptedVantage.interval.flows && interval.ledger == ScriptedVantage.interval.ledger)
    #expect(interval.host == "outer" && interval.seconds == 2.5 && interval.notes == ["one"])
    let plain = try JSONValue(encoding: ScriptedVantage.interval).line.count
    #expect(bytes < plain * 2 / 3, "\(bytes) of \(plain)")
  }

  @Test func `a series of intervals is begun and goes on, and one that was withdrawn is asked for again`() async throws
  {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    try await remote.beginIntervals()
    #expect(probe.vantage.begun == 1)
    for seconds in [0, 0.25, 2] {
      let interval = try await remote.nextInterval(after: seconds)
      #expect(interval.host == "outer" && interval.seconds == seconds)
      #expect(interval.flows == ScriptedVantage.interval.flows)
    }
    let waiting = Task { try await remote.nextInterval(after: 1000) }
    try await eventually("the question") { probe.vantage.begun == 2 }
    #expect(await failure { _ = try await remote.measure(seconds: 1) }?.code == .busy)
    waiting.cancel()
    await #expect(throws: (any Error).self) { try await waiting.value }
    #expect(try await remote.nextInterval(after: 0).seconds == 0)
  }

  @Test func `a host that keeps an interval to itself is not waited for longer than was agreed`() async throws {
    var limits = WireLimits()
    limits.patience = 0.2
    let remote = try await PipedProbe().connect(client: limits)
    let begin = ContinuousClock.now
    #expect(await failure { _ = try await remote.nextInterval(after: ScriptedVantage.heldWindow) }?.code == .slow)
    #expect(ContinuousClock.now - begin < .seconds(5))
    #expect(try await remote.process(ProcessID(pid: 811)) != nil, "other questions are answered")
  }

  @Test func `files come as they are, text or not`() async throws {
    let remote = try await PipedProbe().connect()
    #expect(try await remote.files(of: [811, 3]) == ScriptedVantage.files)
    #expect(try await remote.files(of: [1]).isEmpty)
  }

  @Test func `answers come in any order to who asked`() async throws {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    async let held = remote.translation(of: ScriptedVantage.flow(1), in: place)
    try await eventually("the first question") { probe.vantage.begun == 1 }
    try await withThrowingTaskGroup(of: (UInt16, Translation?).self) { group in
      for port in UInt16(2)..<102 {
        group.addTask { (port, try await remote.translation(of: ScriptedVantage.flow(port), in: place)) }
      }
      for try await (port, answer) in group { #expect(answer?.original.source.port == port) }
    }
    probe.vantage.release()
    #expect(try await held?.original == ScriptedVantage.flow(1))
  }

  @Test func `a withdrawn question ends here and there, and others go on`() async throws {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    let place = place
    let task = Task { try await remote.measure(seconds: 1000) }
    try await eventually("the question") { probe.vantage.begun == 1 }
    task.cancel()
    let error = await failure { _ = try await task.value }
    #expect(error?.code == .cancelled && error?.host == "outer")
    try await eventually("it to be withdrawn there") { probe.vantage.withdrawn == 1 }
    // Another measurement is possible then.
    #expect(try await remote.measure(seconds: 1).seconds == 2.5)
    #expect(try await remote.route(to: .v4(1), in: place) != nil)
  }

  @Test func `a question asked by a cancelled task is not sent`() async throws {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    let sent = remote.traffic.sent
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try await remote.inventory()
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(remote.traffic.sent == sent)
  }

  @Test func `errors keep what kind they are, and name the host and the question`() async throws {
    let remote = try await PipedProbe().connect()
    let denied = await failure { _ = try await remote.owner(of: ProcessID(pid: 1)) }
    #expect(denied?.code == .denied && denied?.host == "outer" && denied?.operation == "find the owner of process 1")
    #expect(denied?.cause.contains("read /proc/1/stat: Permission denied") == true)
    let cancelled = await failure { _ = try await remote.owner(of: ProcessID(pid: 2)) }
    #expect(cancelled?.code == .cancelled)
    let large = await failure { _ = try await remote.counters(of: Set(0..<5000), in: Place(namespace: 1)) }
    #expect(large?.code == .malformed && large?.cause.contains("4096") == true)
  }

  @Test func `an answer larger than allowed is refused and the next one comes`() async throws {
    var limits = WireLimits()
    limits.answerBytes = 4096
    let remote = try await PipedProbe().connect(server: limits)
    let error = await failure { _ = try await remote.measure(seconds: 1) }
    #expect(error?.code == .tooLarge && error?.cause.contains("4096 are allowed") == true)
    #expect(try await remote.process(ProcessID(pid: 811)) == ScriptedVantage.owner.process)
  }

  @Test func `a second measurement at the same time is refused`() async throws {
    let probe = PipedProbe()
    let remote = try await probe.connect()
    async let first = remote.measure(seconds: 1000)
    try await eventually("the first") { probe.vantage.begun == 1 }
    let error = await failure { _ = try await remote.measure(seconds: 1) }
    #expect(error?.code == .busy)
    probe.vantage.release()
    _ = try await first
    _ = try await remote.measure(seconds: 1)
  }

  @Test func `more questions than may be under way are refused, not kept`() async throws {
    let probe = PipedProbe()
    var limits = WireLimits()
    limits.questions = 3
    let remote = try await probe.connect(client: limits)
    let place = place
    let held = (0..<3).map { _ in Task { try await remote.translation(of: ScriptedVantage.flow(1), in: place) } }
    try await eventually("three questions") { probe.vantage.begun == 3 }
    let error = await failure { _ = try await remote.inventory() }
    #expect(error?.code == .busy)
    probe.vantage.release()
    for task in held { #expect(try await task.value != nil) }
  }

  @Test func `a question that takes too long fails alone`() async throws {
    let probe = PipedProbe()
    var limits = WireLimits()
    limits.seconds = 3
    let remote = try await probe.connect(client: limits)
    let place = place
    let error = await failure { _ = try await remote.translation(of: ScriptedVantage.flow(1), in: place) }
    #expect(error?.code == .slow && error?.host == "outer" && error?.operation.contains("10.0.7.248:1") == true)
    probe.vantage.release()
    #expect(try await remote.inventory().processNames.count == 2)
  }

  @Test func `the clock of this host is no time away from itself`() async throws {
    let remote = try await PipedProbe().connect()
    let offset = try await remote.clockOffset()
    #expect(abs(offset.wall) <= offset.uncertainty + 0.001 && abs(offset.monotonic) <= offset.uncertainty + 0.001)
    #expect(offset.uncertainty < 1)
    let made = ClockOffset(
      asked: WireClock(wall: 1000, monotonic: 10), told: WireClock(wall: 1600.1, monotonic: 5.1),
      answered: WireClock(wall: 1000.2, monotonic: 10.2))
    #expect(abs(made.wall - 600) < 1e-6 && abs(made.monotonic + 5) < 1e-6 && abs(made.uncertainty - 0.1) < 1e-6)
  }

  @Test func `dropping the last reference ends the probe`() async throws {
    let probe = PipedProbe()
    var remote: RemoteVantage? = try await probe.connect()
    _ = try await remote?.process(ProcessID(pid: 811))
    remote = nil
    #expect(try await probe.ended() == .inputClosed)
  }
}

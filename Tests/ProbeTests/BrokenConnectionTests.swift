import Flows
import Glibc
import JSON
import LinuxSystem
import Probe
import Questions
import Testing

/// What a caller does with another side that says something else than it should.
@Suite(.timeLimit(.minutes(5)))
struct BrokenConnectionTests {
  private static let hello: [UInt8] = {
    let value = (try? JSONValue(encoding: ["hello": PipedProbe.hello])) ?? .null
    return value.line + [0x0A]
  }()

  /// A connection to a side that says `first`; then `say` says more, and `hangUp` ends it.
  private final class Other: Sendable {
    private let output: Int32
    private let input: Int32
    let answers: Int32
    let questions: Int32

    init(_ first: [UInt8]) throws {
      signal(SIGPIPE, SIG_IGN)
      (answers, output) = try pipe()
      (input, questions) = try pipe()
      try say(first)
    }

    deinit { close(input) }

    func say(_ bytes: [UInt8]) throws { try SharedStream.write(bytes, to: output, seconds: 5) }
    func say(_ text: String) throws { try say(Array(text.utf8)) }
    func hangUp() { close(output) }

    func remote(limits: WireLimits = WireLimits(), greeting: Double = 5) async throws -> RemoteVantage {
      try await RemoteVantage(
        host: "far", reading: Descriptor(owning: answers), writing: Descriptor(owning: questions), limits: limits,
        greeting: greeting)
    }
  }

  /// The error of a question while the other side says `text` and then, if asked, hangs up.
  private func error(
    saying text: [UInt8], thenHangUp: Bool = false, limits: WireLimits = WireLimits()
  ) async throws -> VantageError? {
    let other = try Other(Self.hello)
    let remote = try await other.remote(limits: limits)
    let asked = Task { try await remote.inventory() }
    try await eventually("the question to be sent") { remote.traffic.sent > 0 }
    try other.say(text)
    if thenHangUp { other.hangUp() }
    return await failure { _ = try await asked.value }
  }

  @Test func `a login's own words before the hello are passed over`() async throws {
    let other = try Other(Array("Welcome!\nLast login: \u{1}\n".utf8) + [0xFF, 0x0A] + Self.hello)
    #expect(try await other.remote().hello == PipedProbe.hello)
  }

  @Test func `without a hello the error says what came instead`() async throws {
    let other = try Other(Array("sudo: a password is required\n".utf8))
    other.hangUp()
    let error = await failure { _ = try await other.remote() }
    #expect(error?.code == .disconnected && error?.host == "far")
    #expect(error?.cause.contains("sudo: a password is required") == true)
  }

  @Test func `a side that says nothing is given up in time`() async throws {
    let other = try Other([])
    let error = await failure { _ = try await other.remote(greeting: 0.2) }
    #expect(error?.code == .slow)
  }

  @Test func `a side that never ends its first words is given up`() async throws {
    let other = try Other(Array(String(repeating: "noise and noise\n", count: 2000).utf8))
    let task = Task { try await other.remote(greeting: 20) }
    for _ in 0..<3 { try other.say(String(repeating: "noise and noise\n", count: 2000)) }
    let error = await failure { _ = try await task.value }
    #expect(error?.code == .malformed)
  }

  @Test func `a probe of another protocol version is refused`() async throws {
    var hello = PipedProbe.hello
    hello.version = 2
    let other = try Other(try JSONValue(encoding: ["hello": hello]).line + [0x0A])
    let error = await failure { _ = try await other.remote() }
    #expect(error?.code == .incompatible && error?.cause.contains("version 2") == true)
  }

  @Test(arguments: ["garbage", "{}", "[]", "{\"id\":1}", "{\"answer\":1}", "\u{0}\u{0}", "{\"id\":1,\"answer\":"])
  func `a line that is no answer ends the connection`(_ line: String) async throws {
    let error = try await error(saying: Array((line + "\n").utf8))
    #expect(error?.code == .malformed && error?.host == "far")
    #expect(error?.operation == "list namespaces, interfaces and containers")
  }

  @Test func `bytes that are not UTF-8 end the connection`() async throws {
    #expect(
      try await error(saying: Array("{\"id\":1,\"answer\":\"".utf8) + [0xC3, 0x28, 0x22, 0x7D, 0x0A])?.code
        == .malformed)
  }

  @Test func `an end in mid-answer is an error that says so`() async throws {
    let error = try await error(saying: Array("{\"id\":1,\"answer\":{\"host\":".utf8), thenHangUp: true)
    #expect(error?.code == .disconnected && error?.cause == "the connection has ended")
  }

  @Test func `a line longer than allowed ends the connection without being kept`() async throws {
    var limits = WireLimits()
    limits.answerBytes = 1000
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 60000) + [0x0A]
    #expect(try await error(saying: line, limits: limits)?.code == .malformed)
  }

  @Test func `an answer of the wrong type fails alone, and answers to nobody are passed over`() async throws {
    let other = try Other(Self.hello)
    let remote = try await other.remote()
    try other.say(
      "{\"id\":999,\"answer\":1}\n{\"id\":null,\"error\":{\"code\":\"x\",\"operation\":\"\",\"cause\":\"\"}}\n")
    let first = Task { try await remote.process(ProcessID(pid: 5)) }
    try await eventually("the question") { remote.traffic.sent > 0 }
    try other.say("{\"id\":1,\"answer\":{\"pid\":\"five\"}}\n")
    let error = await failure { _ = try await first.value }
    #expect(error?.code == .malformed && error?.cause.contains("pid") == true)
    let sent = remote.traffic.sent
    let second = Task { try await remote.process(ProcessID(pid: 6)) }
    try await eventually("the second question") { remote.traffic.sent > sent }
    try other.say("{\"id\":2,\"answer\":{\"pid\":6,\"name\":\"x\"},\"new\":1}\n{\"id\":2,\"answer\":null}\n")
    #expect(try await second.value?.name == "x")
  }

  @Test func `nothing is waited for after the end`() async throws {
    let other = try Other(Self.hello)
    let remote = try await other.remote()
    other.hangUp()
    for _ in 0..<3 {
      let before = MonotonicClock.seconds
      #expect(await failure { _ = try await remote.sockets() }?.code == .disconnected)
      // Not the ten seconds that an answer may take.
      #expect(MonotonicClock.seconds - before < 8)
    }
    remote.close()
    #expect(await failure { _ = try await remote.sockets() }?.code == .disconnected)
  }

  @Test func `closing fails who waits`() async throws {
    let other = try Other(Self.hello)
    let remote = try await other.remote()
    let asked = Task { try await remote.inventory() }
    try await eventually("the question") { remote.traffic.sent > 0 }
    remote.close()
    #expect(await failure { _ = try await asked.value }?.code == .disconnected)
  }
}

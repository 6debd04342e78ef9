import Glibc
import JSON
import LinuxSystem
import Probe
import Testing

/// A probe and callers that say anything.
@Suite(.timeLimit(.minutes(5)))
struct ProbeServerTests {
  /// A caller that writes bytes and reads lines.
  private final class Caller {
    let probe = PipedProbe()
    private let answers: Int32
    private var questions: Int32
    private var buffer = LineBuffer(limit: 1 << 20)
    private var lines: [JSONValue] = []

    init(_ limits: WireLimits = WireLimits(), stop: Int32? = nil) throws {
      signal(SIGPIPE, SIG_IGN)
      (answers, questions) = try probe.serve(limits, stop: stop)
      #expect(try next()["hello"]?["version"] == .unsigned(1))
    }

    deinit {
      close(answers)
      hangUp()
    }

    func say(_ bytes: [UInt8]) throws { try SharedStream.write(bytes, to: questions, seconds: 5) }
    func say(_ text: String) throws { try say(Array((text + "\n").utf8)) }

    func hangUp() {
      if questions >= 0 { close(questions) }
      questions = -1
    }

    /// The next line; it must come within 30 seconds.
    func next() throws -> JSONValue {
      while lines.isEmpty {
        try #require(Readiness.wait(readable: answers, seconds: 30), "no line came")
        let bytes = try SharedStream.read(from: answers)
        try #require(!bytes.isEmpty, "the probe has ended")
        for line in buffer.add(bytes) {
          guard case .whole(let line) = line else { continue }
          lines.append(try JSONValue(parsing: line))
        }
      }
      return lines.removeFirst()
    }

    func code() throws -> JSONValue? { try next()["error"]?["code"] }
  }

  @Test(arguments: [
    "garbage", "[]", "1", "{}", "{\"id\":-1,\"ask\":\"inventory\"}", "{\"id\":\"1\",\"ask\":\"inventory\"}",
    "{\"id\":1}", "{\"id\":1,\"ask\":5}", "{\"id\":1,\"ask\":\"process\"}",
    "{\"id\":1,\"ask\":\"process\",\"pid\":99999999999}",
    "{\"id\":1,\"ask\":\"measure\",\"seconds\":0}", "{\"id\":1,\"ask\":\"measure\",\"seconds\":1e9}",
    "{\"id\":1,\"ask\":\"route\",\"address\":\"1.2.3\",\"namespace\":1}", "\u{0}", "{\"id\":1,\"ask\":\"ping\"",
    "[[[[[[[[[[[[[[[[[[[[[[[[",
  ]) func `what is no question is refused, and the next one is answered`(_ line: String) throws {
    let caller = try Caller()
    try caller.say(line)
    #expect(try caller.code() == .text("malformed"))
    try caller.say("{\"id\":2,\"ask\":\"ping\"}")
    #expect(try caller.next()["id"] == .unsigned(2))
  }

  @Test func `a question of a newer caller is refused as unsupported`() throws {
    let caller = try Caller()
    try caller.say("{\"id\":7,\"ask\":\"weather\",\"where\":\"here\"}")
    let reply = try caller.next()
    #expect(reply["id"] == .unsigned(7) && reply["error"]?["code"] == .text("unsupported"))
    try caller.say("{\"id\":8,\"ask\":\"process\",\"pid\":811,\"new\":[1]}")
    #expect(try caller.next()["answer"]?["name"] == .text("squid"))
  }

  @Test func `bytes that are no text, and empty lines, do no harm`() throws {
    let caller = try Caller()
    try caller.say(
      [0x0A, 0x0A, 0xFF, 0xFE, 0x00, 0x0A] + Array("{\"id\":1,\"ask\":\"".utf8) + [0xC3, 0x28, 0x22, 0x7D, 0x0A])
    #expect(try caller.code() == .text("malformed"))
    #expect(try caller.code() == .text("malformed"))
  }

  @Test func `a line longer than allowed is passed over`() throws {
    var limits = WireLimits()
    limits.questionBytes = 1000
    let caller = try Caller(limits)
    for _ in 0..<100 { try caller.say([UInt8](repeating: UInt8(ascii: "["), count: 10000)) }
    try caller.say("")
    let reply = try caller.next()
    #expect(reply["error"]?["code"] == .text("too-large"))
    #expect(reply["error"]?["cause"] == .text("a line of 1000000 bytes; 1000 are allowed"))
    try caller.say("{\"id\":1,\"ask\":\"ping\"}")
    #expect(try caller.next()["answer"]?["wall"] != nil)
  }

  @Test func `a question may come in pieces`() throws {
    let caller = try Caller()
    for byte in Array("{\"id\":1,\"ask\":\"ping\"}\n".utf8) { try caller.say([byte]) }
    #expect(try caller.next()["id"] == .unsigned(1))
  }

  @Test func `a number that is in use is refused`() throws {
    let caller = try Caller()
    let held = #"{"id":1,"ask":"measure","seconds":1000}"#
    try caller.say(held)
    try caller.say("{\"id\":1,\"ask\":\"inventory\"}")
    #expect(try caller.code() == .text("malformed"))
    try caller.say("{\"cancel\":1}")
    #expect(try caller.code() == .text("cancelled"))
    try caller.say("{\"cancel\":1}\n{\"cancel\":5}\n{\"id\":1,\"ask\":\"ping\"}")
    #expect(try caller.next()["answer"]?["wall"] != nil)
  }

  @Test func `no more questions are taken on than allowed`() async throws {
    var limits = WireLimits()
    limits.questions = 2
    let caller = try Caller(limits)
    let held =
      #""ask":"translation","namespace":1,"flow":{"transport":"tcp","source":"1.1.1.1:1","destination":"1.1.1.1:2"}}"#
    for id in 1...3 { try caller.say("{\"id\":\(id),\(held)") }
    let refused = try caller.next()
    #expect(refused["id"] == .unsigned(3) && refused["error"]?["code"] == .text("busy"))
    let vantage = caller.probe.vantage
    try await eventually("both to be under way") { vantage.begun == 2 }
    vantage.release()
    #expect(try caller.next()["answer"] != nil)
    #expect(try caller.next()["answer"] != nil)
  }

  @Test func `a question that takes too long is answered with that`() throws {
    var limits = WireLimits()
    limits.seconds = 0.2
    let caller = try Caller(limits)
    try caller.say(
      #"{"id":4,"ask":"translation","namespace":1,"flow":{"transport":"tcp","source":"1.1.1.1:1","destination":"1.1.1.1:2"}}"#
    )
    let reply = try caller.next()
    #expect(reply["id"] == .unsigned(4) && reply["error"]?["code"] == .text("slow"))
  }

  @Test func `it ends after silence, but not while a question is under way`() async throws {
    var limits = WireLimits()
    limits.silence = 2
    let caller = try Caller(limits)
    try caller.say(#"{"id":1,"ask":"measure","seconds":1000}"#)
    try await Task.sleep(for: .seconds(3))
    #expect(caller.probe.end == nil)
    let before = MonotonicClock.seconds
    caller.probe.vantage.release()
    #expect(try caller.next()["id"] == .unsigned(1))
    #expect(try await caller.probe.ended() == .silence)
    #expect(MonotonicClock.seconds - before >= 2)
  }

  @Test func `the end of its input ends it and withdraws what is under way`() async throws {
    let caller = try Caller()
    try caller.say(#"{"id":1,"ask":"measure","seconds":1000}"#)
    let vantage = caller.probe.vantage
    try await eventually("the question") { vantage.begun == 1 }
    caller.hangUp()
    #expect(try await caller.probe.ended() == .inputClosed)
    try await eventually("it to be withdrawn") { vantage.withdrawn == 1 }
  }

  @Test func `a caller that does not read is not waited for`() async throws {
    var limits = WireLimits()
    limits.writing = 0.2
    let caller = try Caller(limits)
    // More answers than a pipe holds.
    for id in 0..<200 {
      try caller.say("{\"id\":\(id),\"ask\":\"measure\",\"seconds\":1}\n{\"id\":9\(id),\"ask\":\"inventory\"}")
    }
    #expect(try await caller.probe.ended(within: 10) == .outputClosed)
  }

  @Test func `it stops when told to`() async throws {
    let stop = try WakePipe()
    let caller = try Caller(stop: stop.descriptor)
    stop.wake()
    #expect(try await caller.probe.ended() == .stopped)
  }
}

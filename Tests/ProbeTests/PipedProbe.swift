import Glibc
import LinuxSystem
import Probe
import Questions
import Synchronization
import Testing

/// Both ends of a new pipe; whoever gets them closes them.
func pipe() throws -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [-1, -1]
  try #require(Glibc.pipe(&ends) == 0)
  return (ends[0], ends[1])
}

/// A probe's server on a thread of this process, at the other end of two pipes.
final class PipedProbe: Sendable {
  let vantage = ScriptedVantage()
  private let outcome = Mutex<ProbeServer.End?>(nil)

  static let hello = ProbeHello(
    program: "9.9", host: "inner", architecture: "x86_64", kernel: "6.1", bootID: "b", namespace: 5, pid: 77, uid: 0,
    capabilities: ["CAP_BPF"], missing: [], clock: WireClock(wall: 1, monotonic: 2))

  var end: ProbeServer.End? { outcome.withLock { $0 } }

  /// Serves; what is to be read and written by the caller.
  func serve(
    _ limits: WireLimits = WireLimits(), hello: ProbeHello = PipedProbe.hello, stop: Int32? = nil
  ) throws -> (answers: Int32, questions: Int32) {
    let (input, questions) = try pipe()
    let (answers, output) = try pipe()
    let vantage = vantage
    let server = try ProbeServer(host: "inner", output: output, limits: limits) { vantage }
    Companion.start {
      signal(SIGPIPE, SIG_IGN)
      let end = server.serve(hello, input: input, stop: stop)
      close(input)
      close(output)
      self.outcome.withLock { $0 = end }
    }
    return (answers, questions)
  }

  func connect(
    server: WireLimits = WireLimits(), client: WireLimits = WireLimits(), hello: ProbeHello = PipedProbe.hello
  ) async throws -> RemoteVantage {
    let ends = try serve(server, hello: hello)
    return try await RemoteVantage(
      host: "outer", reading: Descriptor(owning: ends.answers), writing: Descriptor(owning: ends.questions),
      limits: client)
  }

  /// The end of serving, which must come within `seconds`.
  func ended(within seconds: Double = 30) async throws -> ProbeServer.End {
    try await eventually("the probe's end", within: seconds) { end != nil }
    return try #require(end)
  }
}

/// Waits until `condition` holds.
func eventually(_ what: String, within seconds: Double = 30, _ condition: () throws -> Bool) async throws {
  let deadline = MonotonicClock.seconds + seconds
  while try !condition() {
    try #require(MonotonicClock.seconds < deadline, "still waiting for \(what)")
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// The error that `body` throws, if it is a vantage's.
func failure(of body: () async throws -> Void) async -> VantageError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? VantageError
  }
}

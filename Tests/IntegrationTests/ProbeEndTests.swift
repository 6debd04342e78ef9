import Flows
import Foundation
import Glibc
import Lab
import Questions
import Testing

/// How the probe ends, and that nothing stays behind.
@Suite(.requires(RunningProbe.needs + [.cgroup2]))
struct ProbeEndTests {
  private func cgroup(_ host: TestHost) throws -> String {
    try host.output(of: ["sh", "-c", "bpftool cgroup show $(findmnt -nt cgroup2 -o TARGET | head -n 1)"])
  }

  enum Ending: CaseIterable { case close, terminate, hangUp, kill }

  @Test(.requires(.program("bpftool"), .program("findmnt")), arguments: Ending.allCases)
  func `nothing stays attached after a measurement is ended by`(_ ending: Ending) async throws {
    let host = try TestHost("attached")
    defer { host.stop() }
    let empty = try cgroup(host)
    let probe = try await RunningProbe(on: host)
    let remote = probe.remote
    #expect(try await remote.ask(StartQuestion()).value.meter == "ebpf")
    #expect(try cgroup(host) != empty, "the meter attaches to the host's own cgroup")
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 60) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    _ = try await remote.clockOffset()
    let pid = try probe.pid()
    switch ending {
    case .close: remote.close()
    case .terminate: kill(pid, SIGTERM)
    case .hangUp: kill(pid, SIGHUP)
    case .kill: kill(pid, SIGKILL)
    }
    let result = try probe.process.wait(timeout: .seconds(30))
    #expect(result.status == (ending == .kill ? 128 + SIGKILL : 0) && result.stderr.isEmpty, "\(result)")
    do {
      _ = try await measured.value
      Issue.record("an answer came")
    } catch let error as VantageError {
      #expect(error.code == .disconnected && error.host == "attached" && error.operation == "measure for 60.0 s")
    }
    // The kernel frees what a process held a moment after its end.
    try waitUntil("the cgroup to be as before", detail: { (try? cgroup(host)) ?? "" }) { try cgroup(host) == empty }
  }

  @Test func `it ends after silence, and not while it measures`() async throws {
    let host = try TestHost("silent")
    defer { host.stop() }
    let probe = try await RunningProbe(on: host, environment: ["HEADWATER_PROBE_SILENCE": "0.5"])
    let interval = try await probe.remote.measure(seconds: 1.5)
    #expect(interval.seconds >= 1.5)
    let result = try probe.process.wait(timeout: .seconds(30))
    #expect(result.status == 0 && result.stderr.isEmpty)
    await #expect(throws: VantageError.self) { try await probe.remote.inventory() }
  }

  @Test(arguments: ["<&-", ">&-", "</dev/null", "| true", "</dev/null >/dev/full"])
  func `without anybody to talk to it ends at once and quietly`(_ redirection: String) throws {
    let host = try TestHost("alone")
    defer { host.stop() }
    let result = try host.run(["sh", "-c", "\"$0\" \(redirection)", Executables.probe], timeout: .seconds(30))
    #expect(!result.timedOut && result.status == 0 && result.stderr.isEmpty, "\(result)")
  }

  @Test func `a caller that breaks off in mid-question does no harm`() throws {
    let host = try TestHost("broken")
    defer { host.stop() }
    let script = #"printf '{"id":1,"ask":"measure","seconds":30}\n\000\377{"id":2,"as' | "$0""#
    let result = try host.run(["sh", "-c", script, Executables.probe], timeout: .seconds(30))
    #expect(!result.timedOut && result.status == 0 && result.stderr.isEmpty, "\(result)")
  }
}

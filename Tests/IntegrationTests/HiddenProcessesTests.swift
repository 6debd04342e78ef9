import Flows
import Foundation
import Lab
import Questions
import Testing
import Tracing

/// A host whose /proc is mounted with `hidepid`: what is hidden is said to be hidden, never to have ended.
@Suite(.requires(.cgroup2, .program("setpriv"), .program("unshare"), .built("headwater")), .serialized)
struct HiddenProcessesTests {
  /// A user with all capabilities but the one that shows other users' processes.
  private func headwater(_ host: TestHost) -> Headwater {
    let hiding = ["unshare", "-m", "sh", "-c", #"mount -t proc -o hidepid=2 proc /proc && exec "$@""#, "sh"]
    let capable = Headwater.capable(host, without: "sys_ptrace")
    return Headwater(machine: host, prefix: hiding + capable.prefix)
  }

  @Test(arguments: IPFamily.allCases)
  func `living processes are hidden, not ended`(_ family: IPFamily) throws {
    let host = try TestHost("hidden")
    defer { host.stop() }
    let address = family == .v4 ? "127.0.0.1" : "::1"
    let server = try host.start(Traffic.serverCommand(port: 4000, address: family.any))
    try server.waitFor("\"ready\"")
    let kind = Traffic.Kind.bulk(bytes: 3_600_000_000, rate: 1_000_000)
    let client = try host.start(Traffic.clientCommand(kind, to: address, port: 4000))
    try client.waitFor("\"ready\"")
    let own = Headwater(machine: host)
    let shown = try Headwater.decode(
      Interval.self, own.run("top", "--once", "--json", "--interval", "1", timeout: .seconds(60)))
    let pid = try #require(shown.flows.first { $0.flow.source.port == 4000 }?.owner.process?.pid)

    let headwater = headwater(host)
    let interval = try Headwater.decode(
      Interval.self, headwater.run("top", "--once", "--json", "--interval", "1", timeout: .seconds(60)))
    let flows = interval.flows.filter { $0.flow.source.port == 4000 || $0.flow.destination.port == 4000 }
    #expect(!flows.isEmpty && flows.allSatisfy { $0.owner.process?.ended != true }, "\(flows)")
    #expect(!flows.contains { $0.namespaceName.contains("gone") })
    #expect(interval.notes.contains { $0.contains("hidepid=2; CAP_SYS_PTRACE") }, "\(interval.notes)")

    let inspected = try headwater.run("inspect", "pid:\(pid)", "--for", "0.5", timeout: .seconds(60))
    let text = inspected.stdout + inspected.stderr
    #expect(text.contains("process \(pid) is hidden (hidepid=2; CAP_SYS_PTRACE)"), "\(text)")
    #expect(!text.contains("no such process"), "\(text)")
    let traced = try headwater.run("trace", "no-such-program")
    #expect(traced.stderr.contains("processes of others are hidden here"), "\(traced.stderr)")
    let doctor = try headwater.run("doctor", timeout: .seconds(60))
    let line = doctor.stdout.split(separator: "\n").first { $0.contains("processes' descriptors") }
    #expect(line?.contains("limited") == true && line?.contains("hidepid=2") == true, "\(doctor.stdout)")
  }
}

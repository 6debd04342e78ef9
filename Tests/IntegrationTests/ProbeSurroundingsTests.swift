import Flows
import Foundation
import Lab
import Testing
import Vantage

/// The probe where little else is: in an empty root, and without privileges.
@Suite(.requires(RunningProbe.needs + [.cgroup2]))
struct ProbeSurroundingsTests {
  @Test(.requires(.program("chroot"))) func `it works in a root that holds nothing but itself`() async throws {
    let host = try TestHost("bare")
    defer { host.stop() }
    let script = """
      set -e
      mkdir /run/bare && mount -t tmpfs tmpfs /run/bare && mkdir /run/bare/proc /run/bare/sys
      mount -t proc proc /run/bare/proc && mount -t sysfs sysfs /run/bare/sys
      cp "$0" /run/bare/headwater-probe
      """
    try host.output(of: ["sh", "-c", script, Executables.probe])
    #expect(try host.output(of: ["find", "/run/bare", "-xdev", "-type", "f"]) == "/run/bare/headwater-probe\n")
    let probe = try await RunningProbe(on: host, prefix: ["chroot", "/run/bare"], path: "/headwater-probe")
    let inventory = try await probe.remote.inventory()
    #expect(inventory.namespaces.contains { $0.isHost && $0.interfaces.contains { $0.name == "lo" } })
    #expect(inventory.processNames.contains("headwater-probe"))
    let sink = try Traffic.serve(on: host, port: 4000)
    #expect(try await probe.remote.startMeter().meter == "ebpf")
    let remote = probe.remote
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 2) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    _ = try await remote.inventory()
    let report = try Traffic.send(.bulk(bytes: 500_000), from: host, to: "127.0.0.1", port: 4000)
    let interval = try await measured.value
    _ = try sink.stop()
    let flows = interval.flows.filter { $0.flow.destination.port == 4000 }
    #expect(flows.reduce(0) { $0 + $1.traffic.bytesOut } > UInt64(report.sent))
    #expect(flows.contains { $0.owner.process?.name.hasPrefix("python3") == true }, "\(flows)")
  }

  @Test(.requires(.program("setpriv"))) func `without privileges it answers with what is missing`() async throws {
    let host = try TestHost("nobody")
    defer { host.stop() }
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"]
    // Where everybody may run it.
    try host.output(of: ["install", "-m", "755", Executables.probe, "/tmp/headwater-probe"])
    let probe = try await RunningProbe(on: host, prefix: nobody, path: "/tmp/headwater-probe")
    let hello = probe.remote.hello
    #expect(hello.uid == 65534 && hello.capabilities == [] && hello.missing.contains("CAP_BPF"))
    #expect(hello.missing.count == 7)
    let inventory = try await probe.remote.inventory()
    #expect(inventory.namespaces.contains { $0.interfaces.contains { $0.name == "lo" } })
    #expect(inventory.notes.contains { $0.contains("Permission denied") }, "\(inventory.notes)")
    let interval = try await probe.remote.measure(seconds: 0.2)
    #expect(interval.meter == "sockets" && interval.notes.contains { $0.contains("the eBPF meter cannot start") })
  }
}

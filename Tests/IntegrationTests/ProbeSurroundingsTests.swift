import Flows
import Foundation
import Lab
import Questions
import Testing

/// The probe where little else is: in an empty root, in containers without glibc, and without privileges.
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
    #expect(try await probe.remote.ask(StartQuestion()).value.meter == "ebpf")
    let remote = probe.remote
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 600) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    _ = try await remote.inventory()
    let report = try Traffic.send(.bulk(bytes: 500_000), from: host, to: "127.0.0.1", port: 4000)
    _ = try await remote.ask(EndQuestion())
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
    #expect(inventory.notes.contains { $0.contains("CAP_SYS_PTRACE") }, "\(inventory.notes)")
    let interval = try await probe.remote.measure(seconds: 0.2)
    #expect(interval.meter == "sockets" && interval.notes.contains { $0.contains("the eBPF meter cannot start") })
  }

  @Test(.requires(.program("file"))) func `it is one static executable under 16 MB`() throws {
    let host = try TestHost("look")
    defer { host.stop() }
    let said = try host.output(of: ["file", "-L", Executables.probe])
    #expect(said.contains("ELF 64-bit") && said.contains("statically linked"), "\(said)")
    let size = try host.output(of: ["stat", "-L", "-c", "%s", Executables.probe])
    let bytes = try #require(Int(size.filter(\.isNumber)))
    #expect(bytes < 16_000_000)
  }

  @Test(.requires(BareRoot.requirements), arguments: BareRoot.allCases)
  func `it answers in a container without glibc, over docker exec`(_ root: BareRoot) async throws {
    let host = try TestHost("bare")
    defer { host.stop() }
    let docker = try DockerHost(host)
    try root.makeImage(on: host)
    try host.output(of: [
      "docker", "run", "--detach", "--name", "small", "--hostname", "small", root.rawValue, "/bin/busybox", "httpd",
      "-f",
      "-p", "8080", "-h", "/www",
    ])
    try root.check(host)
    try host.output(of: ["docker", "cp", Executables.probe, "small:/headwater-probe"])
    let probe = try await RunningProbe(
      on: host, prefix: ["docker", "exec", "--interactive", "small"], path: "/headwater-probe")
    let remote = probe.remote
    #expect(remote.hello.uid == 0 && remote.hello.missing.contains("CAP_BPF"), "\(remote.hello)")
    let inventory = try await remote.inventory()
    let own = try #require(inventory.namespaces.first { $0.isHost })
    #expect(Set(own.interfaces.map(\.name)) == ["lo", "eth0"], "\(own)")
    #expect(own.owns(try #require(IPAddress("172.17.0.2"))))
    #expect(inventory.processNames.isSuperset(of: ["headwater-probe", "busybox"]), "\(inventory.processNames)")
    let listener = try await remote.sockets().first { $0.local.port == 8080 && $0.state == "listening" }
    #expect(
      listener?.owner.process?.pid == 1 && listener?.owner.process?.name == "busybox", "\(String(describing: listener))"
    )
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 600) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    _ = try await remote.inventory()
    // A page of a known size, fetched slowly enough to be seen while it is.
    let page = try host.output(of: [
      "docker", "exec", "small", "/bin/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/page",
    ])
    #expect(page.utf8.count == BareRoot.pageBytes)
    _ = try await remote.ask(EndQuestion())
    let interval = try await measured.value
    #expect(interval.meter == "sockets")
    let served = interval.flows.filter { [$0.flow.source.port, $0.flow.destination.port].contains(8080) }
    #expect(served.reduce(0) { max($0, $1.traffic.bytes) } > UInt64(BareRoot.pageBytes), "\(interval.flows)")
    _ = docker
  }
}

import Flows
import Foundation
import Glibc
import Lab
import Questions
import Testing

/// The static probe on a host of its own: the same answers as the program gives there, and how it ends.
@Suite(.requires(RunningProbe.needs + [.cgroup2]))
struct ProbeTests {
  /// Bytes and packets, in and out, of all rows of a port.
  private func total(_ flows: [FlowTraffic], port: UInt16) -> [UInt64] {
    flows.filter { $0.flow.source.port == port || $0.flow.destination.port == port }.reduce([0, 0, 0, 0]) { sum, row in
      let traffic = row.traffic
      return zip(sum, [traffic.bytesIn, traffic.bytesOut, traffic.packetsIn, traffic.packetsOut]).map(+)
    }
  }

  @Test(.requires(.built("headwater"))) func `it measures what the program measures`() async throws {
    let host = try TestHost("probed")
    defer { host.stop() }
    let probe = try await RunningProbe(on: host)
    #expect(try await probe.remote.ask(StartQuestion()).value.meter == "ebpf")
    let sink = try Traffic.serve(on: host, port: 4000)
    let top = try Headwater(machine: host).start("top", "--json", "--interval", "1")
    let remote = probe.remote
    let sent = remote.traffic.sent
    let measured = Task { try await remote.measure(seconds: 600) }
    try waitUntil("the question to be sent") { remote.traffic.sent > sent }
    // Answered behind it: the window has begun long before a client has started.
    _ = try await remote.inventory()
    let report = try Traffic.send(.bulk(bytes: 3_000_000), from: host, to: "127.0.0.1", port: 4000)
    _ = try await remote.ask(EndQuestion())
    let interval = try await measured.value
    top.process.send(SIGTERM)
    let rows = try top.intervals().flatMap(\.flows)
    _ = try sink.stop()
    #expect(interval.meter == "ebpf" && interval.host == "probed")
    let seen = total(interval.flows, port: 4000)
    #expect(seen[1] > UInt64(report.sent))
    #expect(seen == total(rows, port: 4000))
    let names = Set(interval.flows.filter { $0.flow.destination.port == 4000 }.compactMap(\.owner.process?.name))
    #expect(names.contains { $0.hasPrefix("python3") }, "\(names)")
  }

  @Test(arguments: IPFamily.allCases) func `it lists the neighbours of its host`(_ family: IPFamily) async throws {
    let (host, other) = (try TestHost("probed"), try TestHost("beside"))
    defer { [host, other].forEach { $0.stop() } }
    let (own, its) = family == .v4 ? ("10.66.0.1", "10.66.0.2") : ("fd66::1", "fd66::2")
    let length = family == .v4 ? 24 : 64
    try Wire(host.plug("eth0", "\(own)/\(length)"), other.plug("eth0", "\(its)/\(length)"))
    try Traffic.awaitEcho(of: its, from: host)
    let probe = try await RunningProbe(on: host)
    let inventory = try await probe.remote.inventory()
    let place = try #require(inventory.namespaces.first { $0.isHost })
    let told = try await probe.remote.ask(NeighboursQuestion(in: place.id))
    let address = try other.output(of: ["cat", "/sys/class/net/eth0/address"]).trimmingCharacters(
      in: .whitespacesAndNewlines)
    let found = told.value.filter { $0.address == IPAddress(its) }
    #expect(found.map(\.hardwareAddress) == [address], "\(told.value)")
    #expect(place.interface(found.first?.interface ?? 0)?.name == "eth0" && !told.evidence.isEmpty)
  }

  @Test(.requires(.built("headwater"), .program("iptables"))) func `it answers a translation as the program does`()
    async throws
  {
    let host = try TestHost("translated")
    defer { host.stop() }
    let rule = ["-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "5000", "-j", "REDIRECT", "--to-ports", "4000"]
    try host.output(of: ["iptables"] + rule)
    let sink = try Traffic.serve(on: host, port: 4000)
    let report = try Traffic.send(.bulk(bytes: 1000), from: host, to: "127.0.0.1", port: 5000)
    _ = try sink.stop()
    let client = try #require(report.endpoints.first.flatMap { Endpoint($0) })
    let target = try #require(Endpoint("127.0.0.1:5000"))
    let probe = try await RunningProbe(on: host)
    let place = try #require(try await probe.remote.inventory().namespaces.first { $0.isHost })
    let flow = Flow(.tcp, from: client, to: target)
    let answer = try await probe.remote.translation(of: flow, in: place.id)
    #expect(answer?.original == flow)
    #expect(answer?.translated == Endpoint("127.0.0.1:4000").map { Flow(.tcp, from: client, to: $0) })
    let told = try Headwater(machine: host).run("nat", "\(client)-\(target)", "--json")
    #expect(try Headwater.decode(Translation.self, told) == answer)
    let other = Flow(.tcp, from: client, to: Endpoint(client.address, 1))
    #expect(try await probe.remote.translation(of: other, in: place.id) == nil)
  }

  @Test func `its inventory has the host's own names, addresses and processes`() async throws {
    let host = try TestHost("listed")
    defer { host.stop() }
    try host.output(of: [
      "sh", "-c",
      "ip netns add inner; ip link add near type veth peer name far netns inner; ip address add 10.77.0.1/24 dev near",
    ])
    let probe = try await RunningProbe(on: host)
    let inventory = try await probe.remote.inventory()
    let place = try #require(inventory.namespaces.first { $0.isHost })
    let near = try #require(place.interfaces.first { $0.name == "near" })
    #expect(near.addresses.contains { "\($0.address)" == "10.77.0.1" && $0.prefixLength == 24 } && near.kind == "veth")
    let inner = try #require(inventory.namespaces.first { $0.id == near.peer?.namespace })
    #expect(inner.interfaces.contains { $0.name == "far" && $0.index == near.peer?.index })
    #expect(inventory.processNames.contains("headwater-probe") && inventory.host == "listed")
    let hello = probe.remote.hello
    #expect(hello.host == "listed" && hello.uid == 0 && hello.missing == [] && hello.pid == probe.process.pidInHost)
    let kernel = try host.output(of: ["uname", "-rm"]).split(separator: " ")
    #expect("\(hello.kernel) \(hello.architecture)\n" == kernel.joined(separator: " "))
    let identity = try host.output(of: ["stat", "-Lc", "%i", "/proc/1/ns/net"])
    #expect("\(hello.namespace)\n" == identity && place.id.namespace == hello.namespace)
    #expect(try await probe.remote.clockOffset().uncertainty < 0.5)
    // Asked only this, it is small: no eBPF program is there.
    #expect(try probe.memory() < 15_000_000)
  }

  @Test func `it is one static file under 16 MB`() throws {
    let file = try #require(FileManager.default.contents(atPath: Executables.probe))
    #expect(file.count < 16_000_000)
    // Elf64_Ehdr: e_phoff at 32, e_phentsize at 54, e_phnum at 56; Elf64_Phdr: p_type at 0.
    func number(_ offset: Int, _ width: Int) -> Int {
      (0..<width).reduce(0) { $0 | Int(file[offset + $1]) << ($1 * 8) }
    }
    #expect(Array(file.prefix(5)) == [0x7F, 0x45, 0x4C, 0x46, 2])
    let types = (0..<number(56, 2)).map { number(number(32, 8) + $0 * number(54, 2), 4) }
    #expect(types.contains(1) && !types.contains(3), "it loads, and names no interpreter (PT_INTERP): \(types)")
    #expect(file.range(of: Data("libicu".utf8)) == nil && file.range(of: Data("icudt".utf8)) == nil)
  }

  @Test func `it says its version and refuses what it does not know`() throws {
    let host = try TestHost("version")
    defer { host.stop() }
    let version = try host.run([Executables.probe, "--version"])
    #expect(version.status == 0 && version.stdout.split(separator: ".").count == 3)
    let refused = try host.run([Executables.probe, "--daemon"])
    #expect(refused.status == 2 && refused.stdout.isEmpty && refused.stderr.hasPrefix("headwater-probe: "))
  }
}

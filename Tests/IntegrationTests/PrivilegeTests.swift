import Documents
import Flows
import Lab
import Testing

/// The capabilities that are promised to be enough, held by nobody, beside root, on the same traffic.
@Suite(.requires(Requirement.docker + [.program("setpriv"), .built("headwater")]), .serialized)
struct PrivilegeTests {
  /// Without the start time, which differs by what the clocks were read apart.
  private func process(_ hop: Hop) -> Process? {
    var process = hop.process
    process?.startTime = nil
    return process
  }

  @Test func `seven capabilities see what root sees`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443)
    let near = try Traffic.serve(on: lab.host, port: 4000)
    let both = try [Headwater(machine: lab.host), .capable(lab.host)].map {
      try $0.start("trace", "198.51.100.0/24", "--json", "--for", Headwater.untilEnded)
    }
    try Traffic.send(.bulk(bytes: 2_000_000), from: lab.talker, to: "198.51.100.9", port: 443)
    try Traffic.send(.bulk(bytes: 1_000_000), from: lab.outside, to: "198.51.100.1", port: 4000)
    let (root, capable) = (try both[0].end().document(), try both[1].end().document())
    _ = try (far.stop(), near.stop())
    #expect(root.chains.count >= 2)
    #expect(capable.chains.count == root.chains.count)
    for (seen, wanted) in zip(capable.chains, root.chains) {
      #expect(seen.bytes == wanted.bytes)
      #expect(seen.hops.map(\.kind) == wanted.hops.map(\.kind))
      #expect(seen.hops.map(process) == wanted.hops.map(process))
      #expect(seen.hops.map(\.container) == wanted.hops.map(\.container))
      #expect(seen.hops.map(\.translated) == wanted.hops.map(\.translated))
      #expect(seen.source == wanted.source && seen.destination == wanted.destination)
    }
    #expect(capable.coverage == root.coverage)
    let doctor = try Headwater.capable(lab.host).run("doctor")
    #expect(doctor.stdout.contains("all seven capabilities"))
    #expect(!doctor.stdout.contains("missing  "), "\(doctor.stdout)")
  }

  @Test func `without eBPF the fallback names process and container of TCP`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443)
    // Root, but for what loads programs into the kernel.
    let lacking = "-bpf,-perfmon,-sys_admin"
    let headwater = Headwater(
      machine: lab.host, prefix: ["setpriv", "--inh-caps", lacking, "--bounding-set", lacking])
    let trace = try headwater.start("trace", "198.51.100.0/24", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(
      .short(count: 1, bytes: 5000, milliseconds: 2000), from: lab.host, to: "198.51.100.9", port: 443)
    let document = try trace.end().document()
    _ = try far.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"))
    #expect(document.coverage.reasons.contains { $0.contains("the eBPF meter cannot start") })
  }

  @Test(.requires(.program("capsh"))) func `a name that two containers have is an ambiguity`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let twin = try lab.daemon.docker.container(name: "twin")
    let nested = try lab.daemon.docker.nested(name: "outer")
    let inner = try nested.docker.container(name: "twin")
    let headwater = Headwater(machine: lab.host)
    let result = try headwater.run("trace", "twin")
    #expect(result.status == 1)
    #expect(result.stderr.contains("2 containers match; name one by its id"))
    for container in [twin, inner] {
      let id = String(container.id.prefix(12))
      #expect(result.stderr.contains(id))
      #expect(try headwater.run("trace", id, "--for", "0.2").stdout.contains("nothing moved for"))
    }
  }
}

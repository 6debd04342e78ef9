import Flows
import Foundation
import Lab
import Testing

/// Connections that `ssh -L` carries inside its own: both of its ends are relays.
@Suite(.requires(Requirement.ssh + [.built("headwater")]), .serialized)
struct SSHForwardTests {
  @Test func `a forwarded connection is followed through sshd to ssh's host, and through ssh to its client`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let keys = try SSHKeys()
    let server = try SSHServer(on: lab.proxy, keys: keys)
    defer { server.stop() }
    try lab.client.install([SSHAccess("gate", server, at: "198.51.100.1")], keys: keys)
    let sink = try Traffic.serve(on: lab.server, port: 80)
    let forward = try lab.client.start(["ssh", "-N", "-o", "BatchMode=yes", "-L", "127.0.0.1:9000:10.9.0.2:80", "gate"])
    defer { forward.stop() }
    try waitUntil("ssh to listen", detail: { forward.errors }) {
      try lab.client.output(of: ["ss", "-tlnH", "sport", "=", ":9000"]).contains("9000")
    }
    let there = try Headwater(machine: lab.proxy).start("trace", "10.9.0.2", "--json", "--for", Headwater.untilEnded)
    let here = try Headwater(machine: lab.client).start("trace", ":22", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 2_000_000, rate: 2_000_000), from: lab.client, to: "127.0.0.1", port: 9000)
    let (far, near) = (try there.end().document(), try here.end().document())
    _ = try sink.stop()

    let outward = try #require(far.chains.first)
    #expect(outward.hops.map(\.kind) == [.socket, .relay, .external])
    #expect(outward.source.name == "198.51.100.9")
    let daemon = try #require(outward.hops.first { $0.kind == .relay })
    #expect(daemon.relay?.software == "sshd" && daemon.certainty != .unknown, "\(daemon)")
    #expect(daemon.relay?.user == "root" && outward.source.summary.contains("session of root"), "\(outward.source)")

    let inward = try #require(near.chains.first)
    #expect(inward.hops.map(\.kind) == [.socket, .relay, .socket])
    let program = try #require(inward.hops.first { $0.kind == .relay })
    #expect(program.relay?.software == "ssh" && program.certainty != .unknown, "\(program)")
    #expect(program.relay?.method != RelayLink.Method.bytes.rawValue, "it encrypts")
    #expect(inward.source.kind == .process && inward.source.name.hasPrefix("python3"))
  }

  @Test func `what ssh -R brings here is not said to be ssh's own`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let keys = try SSHKeys()
    let server = try SSHServer(on: lab.proxy, keys: keys)
    defer { server.stop() }
    try lab.client.install([SSHAccess("gate", server, at: "198.51.100.1")], keys: keys)
    let sink = try Traffic.serve(on: lab.client, port: 8080)
    let tunnel = try lab.client.start([
      "ssh", "-N", "-o", "BatchMode=yes", "-R", "127.0.0.1:9300:127.0.0.1:8080", "gate",
    ])
    defer { tunnel.stop() }
    try waitUntil("sshd to listen", detail: { tunnel.errors }) {
      try lab.proxy.output(of: ["ss", "-tlnH", "sport", "=", ":9300"]).contains("9300")
    }
    let trace = try Headwater(machine: lab.client).start("trace", ":8080", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 2_000_000, rate: 2_000_000), from: lab.proxy, to: "127.0.0.1", port: 9300)
    try sink.awaitArrival(of: 2_000_000)
    let document = try trace.end().document()
    _ = try sink.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .unknown && chain.hops.contains { $0.process?.name == "ssh" }, "\(chain.source)")
    #expect(chain.source.summary.contains("tunnel to 198.51.100.1:22"), "\(chain.source)")
    #expect(document.coverage.unknown >= chain.bytes)
  }
}

import Documents
import Flows
import Foundation
import Lab
import Testing

@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements + [.program("conntrack"), .program("busybox"), .built("headwater")]),
  .serialized)
struct CollectTests {
  /// A file of one host, on another one.
  private func carry(_ path: String, from host: TestHost, to other: TestHost) throws {
    let text = try host.output(of: ["base64", "-w0", path])
    try other.write("\(path).64", text)
    try other.output(of: ["bash", "-c", "base64 -d < \(path).64 > \(path) && chmod 644 \(path) && chmod 755 /tmp"])
  }

  /// The lines of the private key in an OpenVPN configuration.
  private func keyLines(_ host: TestHost, _ file: String) throws -> [String] {
    let text = try host.output(of: ["sed", "-n", "/<key>/,/<\\/key>/p", file])
    return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("<") && !$0.hasPrefix("-----") }
  }

  @Test(arguments: [["sh"], ["busybox", "sh"]])
  func `the script's outputs lead to the VPN client, and hold no key`(_ shell: [String]) throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    let server = try OpenVPN.server(in: lab.docker)
    try server.assign("172.16.248.22", to: "tke-node1")
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    let container = try #require(server.container)
    try waitUntil("the client in the status file") {
      try container.run(["cat", "/tmp/openvpn-status.log"]).stdout.contains("tke-node1")
    }
    let sent = try Traffic.start(
      .bulk(bytes: 1_000_000, hold: 120), from: lab.node, to: "10.8.1.3", port: CloudLab.servicePort)
    try waitUntil("the connection") {
      try lab.dockerHost.output(of: ["conntrack", "-L", "-p", "tcp", "--dport", "3129"]).contains("10.8.1.3")
    }
    let script = try Headwater(machine: lab.dockerHost).run("collect", "--script").stdout
    try lab.dockerHost.write("/tmp/collect.sh", script)
    try lab.dockerHost.output(
      of: ["bash", "-c", "\(shell.joined(separator: " ")) /tmp/collect.sh > /tmp/script.tgz"], timeout: .seconds(60))
    sent.stop()
    _ = try service.stop()
    try carry("/tmp/script.tgz", from: lab.dockerHost, to: lab.other)
    let text = try Headwater.unprivileged(lab.other).run(
      "trace", "10.8.1.3:3129", "--bundle", "/tmp/script.tgz", "--json")
    let document = try Headwater.decode(TraceDocument.self, text)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(
      chain.hops.last?.tunnel?.interface == "tun0" && chain.hops.last?.tunnel?.address == IPAddress("172.16.248.22"))
    #expect(chain.hops.last?.process?.name == "openvpn" && chain.hops.allSatisfy { $0.host == "dockerhost" })
    #expect(chain.hops[0].evidence.contains { $0.detail.contains("dockerhost/conntrack") })
    #expect(chain.hops[2].evidence.contains { $0.detail.contains("dockerhost/containers/openvpn/conntrack") })
    // Nothing of the key, and nothing left behind.
    let whole = try lab.dockerHost.output(of: ["bash", "-c", "tar -xzOf /tmp/script.tgz"])
    let keys = try keyLines(lab.dockerHost, server.settings.configuration)
    #expect(!keys.isEmpty && whole.contains("tke-node1") && whole.contains("client-config-dir"))
    for line in keys { #expect(!whole.contains(line)) }
    #expect(try lab.dockerHost.run(["bash", "-c", "ls -d /tmp/headwater.*"]).stdout.isEmpty)
  }

  @Test func `a bundle gives the chain of the live trace on a host without any privilege, and holds no key`() throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    let server = try OpenVPN.server(in: lab.docker)
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    let container = try #require(server.container)
    try waitUntil("the client in the status file") {
      try container.run(["cat", "/tmp/openvpn-status.log"]).stdout.contains("tke-node1")
    }
    let live = try Headwater(machine: lab.dockerHost).start(
      "trace", "10.8.1.3:3129", "--json", "--for", Headwater.untilEnded)
    let recording = try Headwater(machine: lab.dockerHost).start(
      "collect", "--for", Headwater.untilEnded, "-o", "/tmp/bundle.tgz")
    try Traffic.send(.bulk(bytes: 3_000_000), from: lab.node, to: "10.8.1.3", port: CloudLab.servicePort)
    let wanted = try #require(try live.end().document().chains.first)
    let result = try recording.end().process.wait(timeout: .seconds(30))
    _ = try service.stop()
    #expect(result.status == 0 && result.stderr.contains("/tmp/bundle.tgz"))
    try carry("/tmp/bundle.tgz", from: lab.dockerHost, to: lab.other)
    let text = try Headwater.unprivileged(lab.other).run(
      "trace", "10.8.1.3:3129", "--bundle", "/tmp/bundle.tgz", "--json")
    let document = try Headwater.decode(TraceDocument.self, text)
    let chain = try #require(document.chains.first)
    #expect(
      document.chains.count == 1 && chain.source == wanted.source && chain.hops.map(\.kind) == wanted.hops.map(\.kind))
    #expect(chain.hops.map(\.flow) == wanted.hops.map(\.flow) && chain.hops.last?.tunnel?.client == "tke-node1")
    #expect(chain.bytes > 3_000_000 && document.coverage.unknown == 0)
    let whole = try lab.dockerHost.output(of: ["bash", "-c", "tar -xzOf /tmp/bundle.tgz"])
    let keys = try keyLines(lab.dockerHost, server.settings.configuration)
    #expect(!keys.isEmpty && whole.contains("client-config-dir"))
    for line in keys { #expect(!whole.contains(line)) }
  }

  @Test(.requires([.program("haproxy"), .program("socat")]), arguments: ["script", "bundle"])
  func `what the node's evidence says leads through HAProxy to the stranger`(_ way: String) throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    _ = try OpenVPN.server(in: lab.docker)
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    let haproxy = try lab.haproxy(global: "stats socket /run/haproxy.sock level operator")
    defer { haproxy.stop() }
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    // What is measured has to begin before the traffic; what is listed, while it lasts.
    let recording =
      way == "bundle"
      ? try Headwater(machine: lab.node).start("collect", "--for", Headwater.untilEnded, "-o", "/tmp/node.tgz") : nil
    let sent = try Traffic.start(
      .bulk(bytes: 1_000_000, hold: 120), from: lab.scanner, to: CloudLab.publicAddress, port: CloudLab.servicePort)
    try sent.awaitHolding()
    try waitUntil("the session") { try haproxy.ask("/run/haproxy.sock", "show sess all").contains("198.51.100.77") }
    if way == "script" {
      let script = try Headwater(machine: lab.node).run("collect", "--script").stdout
      try lab.node.write("/tmp/collect.sh", script)
      try lab.node.output(of: ["dash", "-c", ". /tmp/collect.sh > /tmp/node.tgz"], timeout: .seconds(60))
    }
    if let recording { #expect(try recording.end().process.wait(timeout: .seconds(30)).status == 0) }
    sent.stop()
    _ = try service.stop()
    try carry("/tmp/node.tgz", from: lab.node, to: lab.other)
    let text = try Headwater.unprivileged(lab.other).run(
      "trace", "--bundle", "/tmp/node.tgz", "--json", "10.8.1.3:3129")
    let chain = try #require(try Headwater.decode(TraceDocument.self, text).chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .relay, .external] && chain.source.name == "198.51.100.77")
    let relay = try #require(chain.hops.first { $0.kind == .relay }?.relay)
    #expect(relay.method == "show sess" && relay.frontend == "qcproxy" && relay.server == "qcserver")
    #expect(relay.configuration == "/etc/haproxy/haproxy.cfg:14")
    guard way == "script" else { return }
    #expect(chain.hops[1].evidence.contains { $0.detail.contains("node/sessions.txt:") })
    #expect(chain.hops[0].evidence.contains { $0.detail.contains("node/ss") })
  }
}

import Flows
import Foundation
import Lab
import Testing

/// The first story over SSH: nothing is installed on the other hosts.
@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements
      + [.program("haproxy"), .program("sshd"), .program("ssh"), .built("headwater"), .file(Executables.probe)]),
  .serialized)
struct HostsTraceTests {
  /// The cloud's hosts with sshd, the VPN and the proxy; the service's host is where somebody asks.
  private final class Story {
    let cloud: CloudLab
    let node: SSHServer
    private let dockerHost: SSHServer
    private let server: OpenVPN.Server
    private let client: OpenVPN.Client
    private let haproxy: HAProxy
    private let service: TrafficServer

    init() throws {
      cloud = try CloudLab()
      let keys = try SSHKeys()
      node = try SSHServer(on: cloud.node, keys: keys)
      dockerHost = try SSHServer(on: cloud.dockerHost, keys: keys)
      server = try OpenVPN.server(in: cloud.docker)
      client = try OpenVPN.client("tke-node1", on: cloud.node, server: CloudLab.vpnAddress)
      haproxy = try cloud.haproxy(global: "stats socket /run/haproxy.sock level operator")
      service = try Traffic.serve(on: cloud.service, port: CloudLab.servicePort)
      // The node is reached through the Docker host, as a jump host.
      try cloud.service.install(
        [
          SSHAccess("s750", dockerHost, at: "10.0.7.248"),
          SSHAccess("tke", node, at: "10.12.32.13", through: "s750"),
        ], keys: keys)
      try cloud.service.write(
        "/root/hosts.yaml",
        """
        hosts:
          - name: s750
            ssh: s750
          - name: tke
            ssh: tke
            public_addresses: { "\(CloudLab.publicAddress)": "10.12.32.13" }

        """)
    }

    func stop() {
      haproxy.stop()
      client.stop()
      cloud.stop()
    }

    /// What `headwater trace TARGET` on the service's host says of the stranger's traffic.
    func trace(_ target: String, _ more: String...) throws -> (document: TraceDocument, result: CommandResult) {
      let words =
        [Executables.path(), "trace", target, "--hosts", "/root/hosts.yaml", "--json", "--for", "2", "--verbose"] + more
      let process = try cloud.service.start(words, environment: ["HEADWATER_PROBE": Executables.probe])
      try process.waitFor("measuring", timeout: .seconds(30))
      try Traffic.send(
        .bulk(bytes: 3_000_000, rate: 2_000_000), from: cloud.scanner, to: CloudLab.publicAddress,
        port: CloudLab.servicePort)
      let result = try process.wait(timeout: .seconds(40))
      return (try Headwater.decode(TraceDocument.self, result), result)
    }
  }

  @Test func `one command on the service's host leads to the stranger over three hosts`() throws {
    let story = try Story()
    defer { story.stop() }
    let (document, result) = try story.trace(":3129")
    #expect(result.status == 0, "\(result.stderr)")
    let chain = try #require(document.chains.first)
    #expect(
      chain.hops.map(\.kind) == [.socket, .host, .nat, .container, .nat, .tunnel, .host, .socket, .relay, .external])
    #expect(
      chain.hops.compactMap(\.host) == ["service", "s750", "s750", "s750", "s750", "s750", "tke", "tke", "tke"])
    #expect(chain.source.kind == .external && chain.source.name == "198.51.100.77")
    #expect(chain.hops.first?.process?.name.hasPrefix("python3") == true)
    #expect(chain.hops.first { $0.kind == .container }?.container?.name == "openvpn")
    let tunnel = try #require(chain.hops.first { $0.kind == .tunnel }?.tunnel)
    #expect(tunnel.client == "tke-node1" && tunnel.realAddress?.hasPrefix("10.12.32.13:") == true)
    let relay = try #require(chain.hops.first { $0.kind == .relay })
    #expect(
      relay.relay?.frontend == "qcproxy" && relay.relay?.configuration?.hasPrefix("/etc/haproxy/haproxy.cfg:") == true)
    #expect(relay.flow?.source.address == IPAddress("198.51.100.77"))
    #expect(chain.hops.filter { $0.kind != .external }.allSatisfy { !$0.evidence.isEmpty })
    #expect(Double(document.coverage.explained) >= 0.95 * Double(document.coverage.bytes))
    // The probes end with the command.
    for host in [story.cloud.node, story.cloud.dockerHost] {
      try waitUntil("the probe to end on \(host.name)") {
        try host.run(["pgrep", "-f", "headwater-probe"]).status != 0
      }
    }
  }

  @Test func `a host that is down ends the chain at its VPN client, with status 4`() throws {
    let story = try Story()
    defer { story.stop() }
    story.node.stop()
    let (document, result) = try story.trace(":3129", "--host-timeout", "3")
    #expect(result.status == 4)
    #expect(result.stderr.contains("tke"))
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .host, .nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(chain.hops.last?.reason?.contains("tke") == true)
  }
}

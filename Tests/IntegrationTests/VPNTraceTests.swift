import Documents
import Flows
import Foundation
import Lab
import Testing

@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements + WireGuard.requirements + [.program("conntrack"), .built("headwater")]),
  .serialized)
struct VPNTraceTests {
  /// The service, as a person names it.
  private func target(_ plan: StoryPlan) -> String {
    StoryPlan.endpoint(plan.serviceAddress, plan.servicePort)
  }

  /// Waits until the server's status file, which is written every second, has these clients.
  private func awaitStatus(_ server: OpenVPN.Server, of clients: String...) throws {
    try waitUntil("\(clients) in the status file") {
      let status = try server.machine.run(["cat", "/tmp/openvpn-status.log"]).stdout
      return clients.allSatisfy(status.contains)
    }
  }

  /// The chain on the Docker host, from the service to the VPN client.
  private func checkChain(
    _ document: TraceDocument, _ plan: StoryPlan, client: String, address: String, type: String, inside: String
  ) throws {
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == client)
    #expect(chain.destination.endpoint == Endpoint(target(plan)))
    let outer = try #require(chain.hops.first)
    #expect(outer.translated?.source.address == IPAddress(plan.dockerHostAddress))
    #expect(outer.flow?.source.address == IPAddress(inside))
    let inner = chain.hops[2]
    #expect(inner.flow?.source.address == IPAddress(address))
    #expect(inner.translated?.source.address == IPAddress(inside))
    let hop = try #require(chain.hops.last)
    let tunnel = try #require(hop.tunnel)
    #expect(hop.certainty == .observed && tunnel.type == type && tunnel.client == client)
    #expect(tunnel.address == IPAddress(address) && hop.address == IPAddress(address))
    #expect(tunnel.realAddress?.hasPrefix("10.12.32.13:") == true)
    #expect(hop.container?.name == type && hop.process != nil)
    #expect(hop.evidence.allSatisfy { !$0.detail.isEmpty } && hop.evidence.contains { $0.source == type })
    #expect(document.coverage.unknown == 0)
    // The VPN's own flow is the carrier; its bytes are those of the inner flow and more, and what was lost within it.
    let carrier = try #require(tunnel.carrier)
    #expect(carrier.bytes > chain.bytes && carrier.bytes < chain.bytes * 2)
  }

  @Test(arguments: IPFamily.allCases)
  func `a flow from an OpenVPN client in a container ends in the client's common name`(_ family: IPFamily) throws {
    let lab = try CloudLab(StoryPlan(inside: family))
    defer { lab.stop() }
    let server = try OpenVPN.server(in: lab.docker, OpenVPN.Settings(lab.plan))
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    let idle = try OpenVPN.client("tke-node2", on: lab.other, server: CloudLab.vpnAddress)
    defer { [client, idle].forEach { $0.stop() } }
    let container = try #require(server.container)
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort, address: family.any)
    try awaitStatus(server, of: "tke-node1", "tke-node2")
    let trace = try Headwater(machine: lab.dockerHost).start(
      "trace", target(lab.plan), "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 5_000_000), from: lab.node, to: lab.plan.serviceAddress, port: CloudLab.servicePort)
    let document = try trace.end().document()
    try checkChain(
      document, lab.plan, client: "tke-node1", address: client.address(family), type: "openvpn",
      inside: container.address(family))
    let tunnel = try #require(document.chains.first?.hops.last?.tunnel)
    #expect(tunnel.statusFile == "/tmp/openvpn-status.log")
    #expect(document.chains.first?.hops.last?.process?.name == "openvpn")

    // All traffic of the host: the carrier stands apart, and nothing is counted twice.
    let all = try Headwater(machine: lab.dockerHost).start("trace", "--json", "--for", Headwater.untilEnded)
    let sent = try Traffic.send(
      .bulk(bytes: 5_000_000), from: lab.node, to: lab.plan.serviceAddress, port: CloudLab.servicePort)
    let whole = try all.end().document()
    #expect(whole.carriers?.first?.client == "tke-node1")
    #expect(whole.coverage.bytes < UInt64(sent.sent) * 112 / 100)
    #expect(whole.chains.first?.source.name == "tke-node1")
    _ = try service.stop()
  }

  @Test(.requires(.program("haproxy")), arguments: IPFamily.allCases)
  func `a proxy in a container behind a VPN in a container is followed through both`(_ family: IPFamily) throws {
    let lab = try CloudLab(StoryPlan(inside: family))
    defer { lab.stop() }
    var settings = try OpenVPN.Settings(lab.plan)
    settings.pushedRoutes.append(family == .v4 ? "172.17.0.0/16" : "fd00:d0c::/64")
    let server = try OpenVPN.server(in: lab.docker, settings)
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    try lab.dockerHost.write(
      "/root/haproxy.cfg",
      """
      global
        stats socket /tmp/haproxy.sock level operator
      defaults
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      listen inner
        bind \(family.any):3128
        server service \(target(lab.plan))

      """)
    let proxy = try lab.docker.docker.container(
      name: "proxy", command: ["haproxy", "-db", "-f", "/haproxy.cfg"],
      options: ["--volume", "/root/haproxy.cfg:/haproxy.cfg:ro"])
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort, address: family.any)
    try awaitStatus(server, of: "tke-node1")
    let address = try proxy.address(family)
    try waitUntil("the proxy") {
      try lab.dockerHost.run(["bash", "-c", "exec 3<>/dev/tcp/\(address)/3128"]).status == 0
    }
    let trace = try Headwater(machine: lab.dockerHost).start(
      "trace", target(lab.plan), "--json", "--for", Headwater.untilEnded)
    let sent = try Traffic.start(
      .bulk(bytes: 2_000_000, hold: 60), from: lab.node, to: address, port: 3128)
    defer { sent.stop() }
    try service.awaitArrival(of: 2_000_000)
    let document = try trace.end().document()
    _ = try service.stop()
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && document.coverage.unknown == 0)
    // Out of the proxy's container, through it, and into the VPN's.
    #expect(chain.hops.map(\.kind) == [.nat, .container, .socket, .relay, .container, .nat, .tunnel])
    #expect(chain.hops.compactMap { $0.kind == .container ? $0.container?.name : nil } == ["proxy", "openvpn"])
    let relay = try #require(chain.hops.first { $0.kind == .relay })
    #expect(relay.relay?.method == "show sess" && relay.relay?.configuration == "/haproxy.cfg:9")
    #expect(relay.flow?.source.address == IPAddress(try #require(server.container).address(family)))
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
  }

  @Test(arguments: IPFamily.allCases)
  func `a flow from a WireGuard client in a container ends in the peer's name`(_ family: IPFamily) throws {
    let lab = try CloudLab(StoryPlan(inside: family))
    defer { lab.stop() }
    let server = try WireGuard.server(in: lab.docker)
    let client = try WireGuard.client(
      "tke-node1", on: lab.node, of: server, at: CloudLab.vpnAddress,
      routes: [StoryPlan.network(lab.plan.service)])
    let idle = try WireGuard.client(
      "tke-node2", on: lab.other, of: server, at: CloudLab.vpnAddress,
      routes: [StoryPlan.network(lab.plan.service)])
    defer { [client, idle].forEach { $0.stop() } }
    let container = try #require(server.container)
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort, address: family.any)
    let trace = try Headwater(machine: lab.dockerHost).start(
      "trace", target(lab.plan), "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 5_000_000), from: lab.node, to: lab.plan.serviceAddress, port: CloudLab.servicePort)
    let document = try trace.end().document()
    _ = try service.stop()
    try checkChain(
      document, lab.plan, client: "tke-node1", address: client.address(family), type: "wireguard",
      inside: container.address(family))
    let tunnel = try #require(document.chains.first?.hops.last?.tunnel)
    #expect(tunnel.publicKey == String(client.publicKey.prefix(8)) && tunnel.lastHandshake != nil)
    // No key but the public ones, and of those only the beginning.
    let text = try lab.dockerHost.run(
      [Executables.path(), "trace", target(lab.plan), "--json", "--for", "0.2"], timeout: .seconds(20)
    ).stdout
    #expect(!text.contains(client.publicKey))
  }
}

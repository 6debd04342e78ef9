import Flows
import Foundation
import Lab
import Testing

@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements + WireGuard.requirements + [.program("conntrack"), .built("headwater")]),
  .serialized)
struct VPNTraceTests {
  /// The chain on the Docker host, from the service to the VPN client.
  private func checkChain(
    _ document: TraceDocument, client: String, address: String, type: String, inside: String
  ) throws {
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == client)
    #expect(chain.destination.endpoint == Endpoint("10.8.1.3:3129"))
    let outer = try #require(chain.hops.first)
    #expect(outer.translated?.source.address == IPAddress("10.0.7.248"))
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
    // The VPN's own flow is the carrier; its bytes are those of the inner flow and more.
    let carrier = try #require(tunnel.carrier)
    #expect(carrier.bytes > chain.bytes && carrier.bytes < chain.bytes * 13 / 10)
  }

  @Test func `a flow from an OpenVPN client in a container ends in the client's common name`() throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    let server = try OpenVPN.server(in: lab.docker)
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    let idle = try OpenVPN.client("tke-node2", on: lab.other, server: CloudLab.vpnAddress)
    defer { [client, idle].forEach { $0.stop() } }
    let container = try #require(server.container)
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    // The status file is written every second.
    try waitUntil("both clients in the status file") {
      let status = try container.run(["cat", "/tmp/openvpn-status.log"]).stdout
      return status.contains("tke-node1") && status.contains("tke-node2")
    }
    let trace = try Headwater(machine: lab.dockerHost).start("trace", "10.8.1.3:3129", "--json", "--for", "2")
    try Traffic.send(.bulk(bytes: 5_000_000), from: lab.node, to: "10.8.1.3", port: CloudLab.servicePort)
    let document = try trace.document()
    try checkChain(document, client: "tke-node1", address: client.address, type: "openvpn", inside: container.address())
    let tunnel = try #require(document.chains.first?.hops.last?.tunnel)
    #expect(tunnel.statusFile == "/tmp/openvpn-status.log")
    #expect(document.chains.first?.hops.last?.process?.name == "openvpn")

    // All traffic of the host: the carrier stands apart, and nothing is counted twice.
    let all = try Headwater(machine: lab.dockerHost).start("trace", "--json", "--for", "2")
    let sent = try Traffic.send(.bulk(bytes: 5_000_000), from: lab.node, to: "10.8.1.3", port: CloudLab.servicePort)
    let whole = try all.document()
    #expect(whole.carriers?.first?.client == "tke-node1")
    #expect(whole.coverage.bytes < UInt64(sent.sent) * 112 / 100)
    #expect(whole.chains.first?.source.name == "tke-node1")
    _ = try service.stop()
  }

  @Test func `a flow from a WireGuard client in a container ends in the peer's name`() throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    let server = try WireGuard.server(in: lab.docker)
    let client = try WireGuard.client(
      "tke-node1", on: lab.node, of: server, at: CloudLab.vpnAddress, routes: ["10.8.1.0/24"])
    let idle = try WireGuard.client(
      "tke-node2", on: lab.other, of: server, at: CloudLab.vpnAddress, routes: ["10.8.1.0/24"])
    defer { [client, idle].forEach { $0.stop() } }
    let container = try #require(server.container)
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    let trace = try Headwater(machine: lab.dockerHost).start("trace", "10.8.1.3:3129", "--json", "--for", "2")
    try Traffic.send(.bulk(bytes: 5_000_000), from: lab.node, to: "10.8.1.3", port: CloudLab.servicePort)
    let document = try trace.document()
    _ = try service.stop()
    try checkChain(
      document, client: "tke-node1", address: client.address, type: "wireguard", inside: container.address())
    let tunnel = try #require(document.chains.first?.hops.last?.tunnel)
    #expect(tunnel.publicKey == String(client.publicKey.prefix(8)) && tunnel.lastHandshake != nil)
    // No key but the public ones, and of those only the beginning.
    let text = try lab.dockerHost.run(
      [Executables.path(), "trace", "10.8.1.3:3129", "--json", "--for", "0.2"], timeout: .seconds(20)
    ).stdout
    #expect(!text.contains(client.publicKey))
  }
}

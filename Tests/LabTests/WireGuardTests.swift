import Lab
import Testing

@Suite(.requires(WireGuard.requirements)) struct WireGuardTests {
  @Test func `a client reaches what lies behind a server on a host`() throws {
    let gateway = try TestHost("gateway")
    let node = try TestHost("node")
    let service = try TestHost("service")
    defer { [gateway, node, service].forEach { $0.stop() } }
    try Wire(gateway.plug("eth0", "198.51.100.1/24"), node.plug("eth0", "198.51.100.9/24"))
    try Wire(gateway.plug("eth1", "10.8.1.1/24"), service.plug("eth0", "10.8.1.3/24"))
    let server = try WireGuard.server(on: gateway)
    let client = try WireGuard.client("node", on: node, of: server, at: "198.51.100.1", routes: ["10.8.1.0/24"])
    let sink = try Traffic.serve(on: service, port: 3129)
    let sent = try Traffic.send(.bulk(bytes: 300_000), from: node, to: "10.8.1.3", port: 3129)
    #expect(sent.endpoints.first?.hasPrefix("\(client.address):") == true)
    let seen = try sink.stop()
    #expect(seen.received == 300_000)
    try node.output(of: ["ping", "-c", "1", "-W", "5", server.addressV6])
  }

  @Test(.requires(Requirement.docker + [.program("conntrack")]))
  func `a server in a container masquerades its clients twice`() throws {
    let dockerHost = try TestHost("dockerhost")
    let node = try TestHost("node")
    let service = try TestHost("service")
    defer { [dockerHost, node, service].forEach { $0.stop() } }
    try Wire(dockerHost.plug("eth0", "10.0.7.248/24"), node.plug("eth0", "10.0.7.9/24"))
    try Wire(dockerHost.plug("eth1", "10.8.1.1/24"), service.plug("eth0", "10.8.1.3/24"))
    let docker = try DockerHost(dockerHost)
    let server = try WireGuard.server(in: docker)
    let client = try WireGuard.client("node", on: node, of: server, at: "10.0.7.248", routes: ["10.8.1.0/24"])
    let sink = try Traffic.serve(on: service, port: 3129)
    let sent = try Traffic.send(.bulk(bytes: 300_000), from: node, to: "10.8.1.3", port: 3129)
    #expect(try sink.stop().received == 300_000)
    // Translated twice: in the container and on its host.
    let port = try #require(sent.endpoints.first?.split(separator: ":").last)
    let container = try #require(server.container)
    let inside = try container.address()
    let within = try container.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-src", "\(port)"])
    #expect(within.contains("src=\(client.address) dst=10.8.1.3") && within.contains("dst=\(inside) "))
    let without = try dockerHost.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-dst", "3129"])
    #expect(without.contains("src=\(inside) dst=10.8.1.3") && without.contains("dst=10.8.1.1 "))
    #expect(try container.output(of: ["cat", "/etc/wireguard/wg0.conf"]).contains("# node\n[Peer]"))
  }
}

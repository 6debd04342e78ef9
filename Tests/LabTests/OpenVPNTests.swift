import Lab
import Testing

@Suite(.requires(OpenVPN.requirements)) struct OpenVPNTests {
  /// A gateway whose clients reach an inner server at 10.8.1.3 through the VPN: `gate` is 10.0.7.248 for both.
  private struct Place {
    let gate: TestHost
    let inner: TestHost
    let node: TestHost
    let idle: TestHost

    init() throws {
      gate = try TestHost("gate")
      inner = try TestHost("inner")
      node = try TestHost("node")
      idle = try TestHost("idle")
      try Wire(gate.plug("eth0", "10.0.7.248/24"), node.plug("eth0", "10.0.7.5/24"))
      try Wire(gate.plug("eth1", "10.8.1.1/24"), inner.plug("eth0", "10.8.1.3/24"))
      try Wire(gate.plug("eth2", "10.0.9.1/24"), idle.plug("eth0", "10.0.9.5/24"))
      try gate.forward()
    }
    func stop() { [gate, inner, node, idle].forEach { $0.stop() } }
  }

  @Test(arguments: [false, true]) func `two clients reach what lies behind a server on a host`(usesTCP: Bool) throws {
    let place = try Place()
    defer { place.stop() }
    var settings = OpenVPN.Settings()
    settings.usesTCP = usesTCP
    let server = try OpenVPN.server(on: place.gate, settings)
    try server.assign("172.16.248.22", to: "tke-node1")
    let node = try OpenVPN.client("tke-node1", on: place.node, server: "10.0.7.248", usesTCP: usesTCP)
    let idle = try OpenVPN.client("idle", on: place.idle, server: "10.0.9.1", usesTCP: usesTCP)
    #expect(node.address == "172.16.248.22")
    #expect(idle.address.hasPrefix("172.16.248.") && idle.address != node.address)
    try place.inner.route("172.16.248.0/24", via: "10.8.1.1")
    let far = try Traffic.serve(on: place.inner, port: 3129)
    let sent = try Traffic.send(.bulk(bytes: 100_000), from: place.node, to: "10.8.1.3", port: 3129)
    #expect(sent.endpoints.first?.hasPrefix("172.16.248.22:") == true)
    #expect(try far.stop().received == 100_000)
    #expect(try server.pid() != server.pidOnHost())
  }

  @Test(.requires(Requirement.docker + [.program("conntrack")]), arguments: [false, true])
  func `a server in a container masquerades its clients`(usesTCP: Bool) throws {
    let place = try Place()
    defer { place.stop() }
    let docker = try DockerHost(place.gate)
    var settings = OpenVPN.Settings()
    settings.usesTCP = usesTCP
    let server = try OpenVPN.server(in: docker, settings)
    try server.assign("172.16.248.22", to: "tke-node1")
    let node = try OpenVPN.client("tke-node1", on: place.node, server: "10.0.7.248", usesTCP: usesTCP)
    #expect(node.address == "172.16.248.22")
    // The inner server has no route to the VPN or to the container: it sees the gate alone.
    let far = try Traffic.serve(on: place.inner, port: 3129)
    let sent = try Traffic.send(.bulk(bytes: 100_000), from: place.node, to: "10.8.1.3", port: 3129)
    #expect(try far.stop().received == 100_000)
    let port = try #require(sent.endpoints.first?.split(separator: ":").last)
    let within = try #require(server.container).address()
    let entries = try place.gate.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-dst", "3129"])
    #expect(entries.contains("src=\(within)") && entries.contains("dst=10.8.1.1") && entries.contains("\(port)"))
  }
}

import Flows
import Foundation
import Lab
import Testing

@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements + Nginx.streamRequirements + [.program("haproxy"), .built("headwater")]),
  .serialized)
struct RelayTraceTests {
  /// The chain on the cloud node, from its proxy to the stranger.
  private func checkChain(
    _ document: TraceDocument, software: String, methods: Set<String>, comment: Comment
  ) throws -> Hop.Relay {
    let chain = try #require(document.chains.first, comment)
    #expect(document.chains.count == 1, comment)
    #expect(chain.hops.map(\.kind) == [.socket, .relay, .external], comment)
    #expect(chain.source.kind == .external && chain.source.name == "198.51.100.77", comment)
    let socket = try #require(chain.hops.first, comment)
    #expect(socket.process?.name == software && socket.flow?.destination == Endpoint("10.8.1.3:3129"), comment)
    let hop = chain.hops[1]
    #expect(hop.flow?.source.address == IPAddress("198.51.100.77"), comment)
    #expect(hop.flow?.destination == Endpoint("10.12.32.13:3129"), comment)
    let relay = try #require(hop.relay, comment)
    #expect(relay.software == software && methods.contains(relay.method) && relay.candidates == nil, comment)
    #expect(hop.certainty == .observed || hop.certainty == .matched, comment)
    #expect(document.coverage.unknown == 0, comment)
    return relay
  }

  private func trace(_ lab: CloudLab) throws -> TraceDocument {
    let trace = try Headwater(machine: lab.node).start("trace", "10.8.1.3:3129", "--json", "--for", "2")
    // It is still open when the window ends.
    let sent = try Traffic.start(
      .bulk(bytes: 2_000_000, hold: 3), from: lab.scanner, to: CloudLab.publicAddress, port: CloudLab.servicePort)
    let document = try trace.document()
    _ = try sent.finish()
    return document
  }

  @Test func `on the node the chain leads through the proxy and its configuration to the stranger`() throws {
    let lab = try CloudLab()
    defer { lab.stop() }
    _ = try OpenVPN.server(in: lab.docker)
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort)
    let known = try lab.haproxy(global: "stats socket /run/haproxy.sock level operator")
    let relay = try checkChain(try trace(lab), software: "haproxy", methods: ["show sess"], comment: "stats socket")
    #expect(relay.frontend == "qcproxy" && relay.backend == "qcbackend" && relay.server == "qcserver")
    let line = try lab.node.output(of: ["grep", "-n", "server qcserver", known.file]).split(separator: ":")[0]
    #expect(relay.configuration == "\(known.file):\(line)")
    known.stop()

    // Nobody may ask it: what its threads did tells the pair, the configuration still the names.
    for global in ["", "stats socket /run/haproxy.sock level user"] {
      let silent = try lab.haproxy(global: global)
      let relay = try checkChain(
        try trace(lab), software: "haproxy", methods: ["cause", "mirrored bytes"], comment: "global: \(global)")
      #expect(relay.frontend == "qcproxy" && relay.backend == "qcbackend" && relay.server == "qcserver")
      #expect(relay.configuration == "\(silent.file):\(line)")
      silent.stop()
    }

    let stream = Nginx.configuration(
      stream: """
        upstream qcbackend { server 10.8.1.3:3129; }
        server { listen 10.12.32.13:3129; proxy_pass qcbackend; }
        """)
    let nginx = try Nginx(stream, on: lab.node)
    let other = try checkChain(
      try trace(lab), software: "nginx", methods: ["cause", "mirrored bytes"], comment: "nginx stream")
    #expect(other.backend == "qcbackend" && other.configuration?.hasPrefix("\(nginx.file):") == true)
    nginx.stop()
    _ = try service.stop()
  }
}

import Documents
import Flows
import Foundation
import Lab
import Testing

@Suite(
  .requires(
    Requirement.docker + OpenVPN.requirements + Nginx.streamRequirements + [.program("haproxy"), .built("headwater")]),
  .serialized)
struct RelayTraceTests {
  private static let bytes = 2_000_000

  private func target(_ plan: StoryPlan) -> String { StoryPlan.endpoint(plan.serviceAddress, plan.servicePort) }
  private func proxy(_ plan: StoryPlan) -> String { StoryPlan.endpoint(plan.proxyAddress, plan.proxyPort) }

  /// The chain on the cloud node, from its proxy to the stranger.
  private func checkChain(
    _ document: TraceDocument, _ plan: StoryPlan, software: String, methods: Set<String>, comment: Comment
  ) throws -> Hop.Relay {
    let chain = try #require(document.chains.first, comment)
    #expect(document.chains.count == 1, comment)
    #expect(chain.hops.map(\.kind) == [.socket, .relay, .external], comment)
    #expect(chain.source.kind == .external && chain.source.name == plan.stranger.address, comment)
    let socket = try #require(chain.hops.first, comment)
    #expect(socket.process?.name == software && socket.flow?.destination == Endpoint(target(plan)), comment)
    let hop = chain.hops[1]
    let comment: Comment = "\(comment): \(hop)"
    #expect(hop.flow?.source.address == IPAddress(plan.stranger.address), comment)
    #expect(hop.flow?.destination == Endpoint(proxy(plan)), comment)
    let relay = try #require(hop.relay, comment)
    #expect(relay.software == software && methods.contains(relay.method) && relay.candidates == nil, comment)
    #expect(hop.certainty == .observed || hop.certainty == .matched, comment)
    #expect(document.coverage.unknown == 0, comment)
    return relay
  }

  private func trace(_ lab: CloudLab, _ family: IPFamily) throws -> TraceDocument {
    let service = try Traffic.serve(on: lab.service, port: CloudLab.servicePort, address: family.any)
    let trace = try Headwater(machine: lab.node).start(
      "trace", target(lab.plan), "--json", "--for", Headwater.untilEnded)
    // It is still open when the window ends, and all of it is through.
    let sent = try Traffic.start(
      .bulk(bytes: Self.bytes, hold: 60), from: lab.scanner, to: lab.plan.exposedAddress, port: CloudLab.servicePort)
    defer { sent.stop() }
    try service.awaitArrival(of: Self.bytes)
    let document = try trace.end().document()
    _ = try service.stop()
    return document
  }

  @Test(arguments: IPFamily.allCases)
  func `on the node the chain leads through the proxy and its configuration to the stranger`(_ family: IPFamily) throws
  {
    var plan = StoryPlan(inside: family)
    if family == .v6 { plan.letStrangersComeByIPv6() }
    let lab = try CloudLab(plan)
    defer { lab.stop() }
    let vpn = try OpenVPN.server(in: lab.docker, OpenVPN.Settings(plan))
    defer { vpn.stop() }
    let client = try OpenVPN.client("tke-node1", on: lab.node, server: CloudLab.vpnAddress)
    defer { client.stop() }
    let known = try lab.haproxy(global: "stats socket /run/haproxy.sock level operator")
    let relay = try checkChain(
      try trace(lab, family), plan, software: "haproxy", methods: ["show sess"], comment: "stats socket")
    #expect(relay.frontend == "qcproxy" && relay.backend == "qcbackend" && relay.server == "qcserver")
    let line = try lab.node.output(of: ["grep", "-n", "server qcserver", known.file]).split(separator: ":")[0]
    #expect(relay.configuration == "\(known.file):\(line)")
    known.stop()

    // Nobody may ask it: what its threads did tells the pair, the configuration still the names.
    for global in ["", "stats socket /run/haproxy.sock level user"] {
      let silent = try lab.haproxy(global: global)
      let relay = try checkChain(
        try trace(lab, family), plan, software: "haproxy", methods: ["cause", "mirrored bytes"],
        comment: "global: \(global)")
      #expect(relay.frontend == "qcproxy" && relay.backend == "qcbackend" && relay.server == "qcserver")
      #expect(relay.configuration == "\(silent.file):\(line)")
      silent.stop()
    }

    let stream = Nginx.configuration(
      stream: """
        upstream qcbackend { server \(target(plan)); }
        server { listen \(proxy(plan)); proxy_pass qcbackend; }
        """)
    let nginx = try Nginx(stream, on: lab.node)
    let other = try checkChain(
      try trace(lab, family), plan, software: "nginx", methods: ["cause", "mirrored bytes"], comment: "nginx stream")
    #expect(other.backend == "qcbackend" && other.configuration?.hasPrefix("\(nginx.file):") == true)
    nginx.stop()
  }
}

import Documents
import Flows
import Foundation
import Lab
import Testing

/// Public addresses that no settings name, told by the host's cloud. The cloud is a stand-in (`CloudMachine`): firmware and
/// metadata service of a real one can't be had here.
@Suite(.requires(StoryA.requirements + [.built("headwater")]), .serialized)
struct CloudMetadataTests {
  @Test func `the whole chain is found from the public address, which only the node's cloud knows`() throws {
    var plan = StoryPlan()
    plan.cloudTellsPublicAddress = true
    let story = try StoryA(plan)
    defer { story.stop() }
    #expect(try !story.cloud.service.output(of: ["cat", StoryA.settings]).contains("public_addresses"))
    // On the node it is written nowhere; nobody else knows the flow by it.
    let (document, result) = try story.trace("203.0.113.10:3129")
    #expect(result.status == 0, "\(result.stderr)")
    try story.checkWholeChain(document, asker: .service)
    let requests = try #require(story.metadata).requests
    #expect(
      requests.first == "PUT /latest/api/token 200" && requests.allSatisfy { $0.hasSuffix(" 200") }, "\(requests)")
    // Once for a probe's life, however many questions it is asked.
    #expect(requests.filter { $0.hasPrefix("PUT") }.count == 1)
  }

  @Test(.requires(.program("curl"))) func `a trace goes on at a public address that the host's cloud tells`() throws {
    let (scanner, router, node) = (try TestHost("scanner"), try TestHost("router"), try TestHost("node"))
    defer { for host in [scanner, router, node] { host.stop() } }
    try Wire(scanner.plug("eth0", "198.51.100.77/24"), router.plug("eth0", "198.51.100.1/24"))
    try Wire(node.plug("eth0", "10.12.32.13/24"), router.plug("eth1", "10.12.32.1/24"))
    try scanner.route("default", via: "198.51.100.1")
    try node.route("default", via: "10.12.32.1")
    try router.forward()
    try router.oneToOne("203.0.113.10", "10.12.32.13", out: "eth0")
    let keys = try SSHKeys()
    let server = try SSHServer(on: node, keys: keys)
    defer { server.process.stop() }
    try scanner.install([SSHAccess("cloud", server, at: "203.0.113.10")], keys: keys)
    try scanner.write(StoryA.settings, "hosts:\n  - name: cloud\n")
    let sink = try Traffic.serve(on: scanner, port: 4000)

    func trace() throws -> TraceDocument {
      let words = StoryA.command(["trace", ":4000", "--json", "--for", "8", "--verbose"])
      let process = try scanner.start(words, environment: StoryA.environment)
      try process.waitFor("measuring", timeout: .seconds(40))
      try Traffic.send(.bulk(bytes: 1_000_000, hold: 0.2), from: node, to: "198.51.100.77", port: 4000)
      let result = try process.wait(timeout: .seconds(40))
      #expect(result.status == 0, "\(result.stderr)")
      return try Headwater.decode(TraceDocument.self, result)
    }

    // Without the cloud's word the two hosts' sights are two chains.
    let blind = try trace().chains
    let sights = blind.map { "\($0.source.name) \($0.hops.map(\.kind))" }
    #expect(
      blind.contains { $0.source.name == "203.0.113.10" && $0.hops.map(\.kind) == [.socket, .external] }, "\(sights)")
    #expect(blind.allSatisfy { $0.hops.map(\.kind) != [.socket, .host, .socket] }, "\(sights)")

    let machine = try CloudMachine(node, outer: "203.0.113.10", own: "10.12.32.13")
    let chain = try #require(try trace().chains.first)
    _ = try sink.stop()
    #expect(chain.hops.map(\.kind) == [.socket, .host, .socket], "\(chain.source.summary)")
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"), "\(chain.source)")
    let hop = try #require(chain.hops.first { $0.kind == .host })
    #expect(hop.host == "cloud" && hop.certainty == .observed)
    let evidence = try #require(hop.evidence.first { $0.source == "cloud metadata (aws)" }, "\(hop.evidence)")
    #expect(evidence.detail == "203.0.113.10 is a public address of cloud: its 10.12.32.13")
    // The command shows the same to a person there.
    let asked = machine.requests.count
    let command = try #require(evidence.command)
    #expect(try node.output(of: ["sh", "-c", command]) == "10.12.32.13")
    #expect(machine.requests.count == asked + 2)
  }
}

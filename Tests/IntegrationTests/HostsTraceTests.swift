import Flows
import Foundation
import Lab
import Testing

/// The first story over SSH: nothing is installed on the other hosts.
@Suite(.requires(StoryA.requirements + [.built("headwater")]), .serialized)
struct HostsTraceTests {
  @Test func `one command on the service's host leads to the stranger over three hosts`() throws {
    let story = try StoryA()
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
    let story = try StoryA()
    defer { story.stop() }
    story.node.stop()
    let (document, result) = try story.trace(":3129", "--host-timeout", "8")
    #expect(result.status == 4)
    #expect(result.stderr.contains("tke"))
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .host, .nat, .container, .nat, .tunnel])
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
    #expect(chain.hops.last?.reason?.contains("tke") == true)
  }
}

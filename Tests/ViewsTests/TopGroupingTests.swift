import Flows
import Testing

@testable import Views

@Suite struct TopGroupingTests {
  let names = TopNames(
    prefixSet: { $0.integer % 2 == 0 ? "even" : nil }, service: { _, port in port == 443 ? "https" : nil })

  @Test(arguments: TopGrouping.allCases, 0..<20)
  func `the sum of the rows is the sum of the flows`(grouping: TopGrouping, seed: Int) {
    let flows = SyntheticTraffic.interval(seed: UInt64(seed), flows: 300).flows
    let rows = grouping.rows(flows, names)
    #expect(rows.reduce(into: Traffic()) { $0 += $1.traffic } == SyntheticTraffic.total(flows))
    #expect(rows.reduce(0) { $0 + $1.flows } == flows.count)
    #expect(Set(rows.map(\.key)).count == rows.count)
    #expect(rows.map(\.traffic.bytes) == rows.map(\.traffic.bytes).sorted(by: >))
  }

  private func item(_ role: FlowTraffic.Role, _ owner: Owner, from: String, to: String) throws -> FlowTraffic {
    let flow = Flow(.tcp, from: try #require(Endpoint(from)), to: try #require(Endpoint(to)))
    return FlowTraffic(
      namespace: NamespaceID(rawValue: 1), namespaceName: "host", role: role, flow: flow, owner: owner,
      traffic: Traffic(bytesIn: 1, bytesOut: 2), interface: "eth0")
  }

  @Test func `a forwarded flow belongs to its owner, or else to its two addresses`() throws {
    let nobody = try item(.forwarded, Owner(), from: "172.17.0.2:40142", to: "198.51.100.7:443")
    #expect(TopGrouping.process.rows([nobody]).map(\.title) == ["forwarded: 172.17.0.2 -> 198.51.100.7"])
    let container = Container(runtime: "docker", id: "0123456789abcdef", name: "openvpn")
    let owned = try item(.forwarded, Owner(container: container), from: "172.17.0.2:1", to: "198.51.100.7:443")
    for grouping in [TopGrouping.process, .container] { #expect(grouping.rows([owned]).map(\.title) == ["openvpn"]) }
  }

  @Test func `the remote of a forwarded flow is the stranger`() throws {
    let out = try item(.forwarded, Owner(), from: "172.17.0.2:1", to: "198.51.100.7:443")
    let into = try item(.forwarded, Owner(), from: "198.51.100.7:5", to: "10.0.0.2:443")
    #expect(out.remote == into.remote)
    #expect(out.remote?.description == "198.51.100.7")
  }

  @Test func `a reused pid is another row`() throws {
    let old = Owner(process: Process(pid: 7, startTime: 1, name: "a"))
    let new = Owner(process: Process(pid: 7, startTime: 2, name: "b"))
    let flows = try [old, new].map { try item(.initiator, $0, from: "10.0.0.1:1", to: "10.0.0.2:2") }
    #expect(TopGrouping.process.rows(flows).count == 2)
  }

  @Test func `an unknown owner's row says why`() throws {
    let flow = try item(.peer, Owner(reason: "socket closed before it was read"), from: "10.0.0.1:1", to: "10.0.0.2:2")
    #expect(TopGrouping.process.rows([flow]).map(\.title) == ["unknown: socket closed before it was read"])
    #expect(TopGrouping.process.key(flow).isUnknown)
  }

  @Test func `services are named by the responder's port`() throws {
    let client = try item(.initiator, Owner(), from: "10.0.0.1:51000", to: "10.0.0.2:443")
    let server = try item(.responder, Owner(), from: "10.0.0.1:443", to: "10.0.0.2:51000")
    #expect(TopGrouping.service.rows([client, server], names).map(\.title) == ["443/tcp https"])
  }
}

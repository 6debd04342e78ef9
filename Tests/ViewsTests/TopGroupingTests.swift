import Accounts
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
      namespace: Place(namespace: 1), namespaceName: "host", role: role, flow: flow, owner: owner,
      traffic: Traffic(bytesIn: 1, bytesOut: 2), interface: "eth0")
  }

  @Test func `a forwarded flow belongs to its owner, or else to its two addresses`() throws {
    let nobody = try item(.forwarded, Owner(), from: "172.17.0.2:40142", to: "198.51.100.7:443")
    #expect(TopGrouping.process.rows([nobody]).map(\.title) == ["forwarded: 172.17.0.2 -> 198.51.100.7"])
    let container = Container(runtime: "docker", id: "0123456789abcdef", name: "openvpn")
    let owned = try item(.forwarded, Owner(container: container), from: "172.17.0.2:1", to: "198.51.100.7:443")
    for grouping in [TopGrouping.process, .container] { #expect(grouping.rows([owned]).map(\.title) == ["openvpn"]) }
  }

  @Test func `what a capture saw without saying where is not said to be routed`() throws {
    var seen = try item(
      .forwarded, Owner(reason: "a.txt does not say which end is this host's"), from: "172.17.0.2:40142",
      to: "198.51.100.7:443")
    // Between two interfaces it was routed, whoever owns it.
    #expect(TopGrouping.process.rows([seen]).map(\.title) == ["forwarded: 172.17.0.2 -> 198.51.100.7"])
    seen.interface = nil
    #expect(TopGrouping.process.rows([seen]).map(\.title) == ["unknown: a.txt does not say which end is this host's"])
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

  @Test func `flows are put together by the names that were seen, and a guess is marked`() throws {
    let owner = Owner(process: Process(pid: 5, name: "curl"))
    let seen = try item(.initiator, owner, from: "10.0.0.1:51000", to: "192.0.2.1:443")
    let again = try item(.responder, owner, from: "192.0.2.1:443", to: "10.0.0.1:51000")
    let guessed = try item(.initiator, owner, from: "10.0.0.1:51001", to: "192.0.2.9:7000")
    let silent = try item(.initiator, owner, from: "10.0.0.1:51002", to: "192.0.2.8:7000")
    let question = try item(.initiator, owner, from: "10.0.0.1:51003", to: "10.0.0.53:53")
    var interval = Interval(
      host: "h", started: "", seconds: 1, meter: "ebpf", flows: [seen, again, guessed, silent, question], ledger: [],
      notes: [])
    let place = Place(namespace: 1)
    interval.names = [FlowName(namespace: place, flow: seen.flow, name: "git.example", kind: .tls, time: 1)]
    interval.answers = [
      NameAnswer(
        namespace: place, flow: question.flow, question: "dns.example", addresses: [guessed.flow.destination.address],
        lifetime: 1, time: 1)
    ]
    let rows = TopGrouping.name.rows(interval.flows, TopNames().naming(interval))
    #expect(Set(rows.map(\.title)) == ["git.example", "~dns.example", "(no name seen)"])
    #expect(rows.first { $0.title == "git.example" }?.flows == 2)
    #expect(rows.first { $0.title == "git.example" }?.detail == "TLS ClientHello")
    #expect(rows.first { $0.title == "~dns.example" }?.detail == "DNS answer, looked up by curl (5)")
  }

  @Test func `services are named by the responder's port`() throws {
    let client = try item(.initiator, Owner(), from: "10.0.0.1:51000", to: "10.0.0.2:443")
    let server = try item(.responder, Owner(), from: "10.0.0.1:443", to: "10.0.0.2:51000")
    #expect(TopGrouping.service.rows([client, server], names).map(\.title) == ["443/tcp https"])
  }
}

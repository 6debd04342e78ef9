import Documents
import Flows
import History
import Questions
import Testing

@testable import Watch

/// How measured rows become rows of the history.
@Suite struct MinuteRowsTests {
  private static let place = Place(namespace: 1)

  private static func interface(
    _ index: UInt32, _ name: String, _ kind: InterfaceKind? = nil, master: UInt32? = nil, peer: Interface.Peer? = nil
  ) -> Interface {
    Interface(index: index, name: name, kind: kind, master: master, peer: peer)
  }

  /// A host with an uplink in a bridge, a VLAN, a tunnel, and a container.
  private static func inventory() -> Inventory {
    let inside = Place(namespace: 2)
    let host = NamespaceDescription(
      id: place, name: "host", isHost: true,
      interfaces: [
        interface(1, "lo"), interface(2, "eth0", master: 3), interface(3, "br0", .bridge), interface(4, "eth1"),
        interface(5, "eth1.7", .vlan, peer: Interface.Peer(namespace: place, index: 4)), interface(6, "tun0", .tun),
        interface(7, "veth1", .veth, peer: Interface.Peer(namespace: inside, index: 2)),
        interface(8, "uplink", .veth, peer: Interface.Peer(namespace: Place(namespace: 99), index: 2)),
        interface(9, "wg0", .wireguard), interface(10, "docker0", .bridge),
      ])
    let container = NamespaceDescription(
      id: inside, name: "container web", isHost: false, interfaces: [interface(2, "eth0", .veth)])
    return Inventory(host: "h", namespaces: [container, host], containers: [], notes: [])
  }

  private static func row(
    _ role: FlowTraffic.Role, from interface: String?, to outInterface: String? = nil, below: [String] = []
  ) throws -> FlowTraffic {
    let flow = Flow(
      .tcp, from: try #require(Endpoint("10.0.0.2:40000")), to: try #require(Endpoint("203.0.113.5:443")))
    var row = FlowTraffic(
      namespace: place, namespaceName: "host", role: role, flow: flow, owner: Owner(),
      traffic: Traffic(bytesIn: 1000, bytesOut: 50, packetsIn: 10, packetsOut: 5), interface: interface,
      outInterface: outInterface)
    row.below = below.isEmpty ? nil : below.map { InterfacePlace($0, in: place) }
    return row
  }

  private static func rows() throws -> MinuteRows {
    let interval = Interval(host: "h", started: "", seconds: 60, meter: "ebpf", flows: [], ledger: [], notes: [])
    return MinuteRows(interval, try #require(Uplinks(inventory())))
  }

  @Test func `uplinks are what leads away from the host`() throws {
    #expect(try #require(Uplinks(Self.inventory())).names == ["eth0", "eth1", "uplink"])
    #expect(Uplinks(Inventory(host: "h", namespaces: [], containers: [], notes: [])) == nil)
  }

  @Test func `directions are those of the interface`() throws {
    let rows = try Self.rows()
    func passed(_ row: FlowTraffic, _ interface: String) -> [UInt64] {
      let traffic = rows.passage(of: row, at: interface)
      return [traffic.bytesIn, traffic.bytesOut]
    }
    // A socket's own traffic, also where it passes a bridge first.
    #expect(passed(try Self.row(.initiator, from: "eth1"), "eth1") == [1000, 50])
    #expect(passed(try Self.row(.responder, from: "br0", below: ["eth0"]), "eth0") == [1000, 50])
    // What is forwarded comes in on one side and goes out on the other.
    let through = try Self.row(.forwarded, from: "eth1", to: "uplink")
    #expect(passed(through, "uplink") == [1000, 50])
    #expect(passed(through, "eth1") == [50, 1000])
    #expect(passed(try Self.row(.forwarded, from: "br0", to: "eth1", below: ["eth0"]), "eth0") == [50, 1000])
    #expect(passed(try Self.row(.forwarded, from: "docker0", to: "br0", below: ["eth0"]), "eth0") == [1000, 50])
    #expect(passed(try Self.row(.forwarded, from: "docker0", to: "eth1.7", below: ["eth1"]), "eth1") == [1000, 50])
    // Back by the interface that it came from, and through a tunnel whose packets leave by the same one.
    #expect(passed(try Self.row(.forwarded, from: "eth1", to: "eth1"), "eth1") == [1050, 1050])
    #expect(passed(try Self.row(.forwarded, from: "tun0", to: "eth1", below: ["eth1"]), "eth1") == [1050, 1050])
  }

  @Test func `the parts of a row add up to it`() {
    let traffic = Traffic(bytesIn: 1001, bytesOut: 10, packetsIn: 7, packetsOut: 1)
    let parts = MinuteRows.split(traffic, by: [1, 1, 1])
    #expect(parts.count == 3 && parts.reduce(Traffic(), +) == traffic)
    #expect(parts.allSatisfy { (333...335).contains($0.bytesIn) })
    #expect(MinuteRows.split(traffic, by: [0, 0]).reduce(Traffic(), +) == traffic)
    #expect(MinuteRows.split(traffic, by: []) == [])
  }

  @Test func `intervals of a minute are one, flow by flow`() throws {
    var sum = MinuteSum()
    #expect(sum.interval == nil)
    for second in 0..<3 {
      var row = try Self.row(.initiator, from: "eth1")
      if second == 1 { row.owner = Owner(process: Process(pid: 5, name: "squid")) }
      if second == 2 { row.owner = Owner(reason: "it ended") }
      var entry = LedgerEntry(
        namespace: Self.place, namespaceName: "host", interface: "eth1", total: row.traffic, sockets: row.traffic)
      entry.headers = Traffic(bytesIn: 1)
      sum.add(
        Interval(
          host: "h", started: "s", seconds: 1, meter: "ebpf", flows: [row], ledger: [entry], notes: ["a note"]))
    }
    let interval = try #require(sum.interval)
    #expect(interval.seconds == 3 && interval.notes == ["a note"])
    #expect(interval.flows.reduce(0) { $0 + $1.traffic.bytes } == 3150)
    #expect(interval.ledger.map(\.total.bytesIn) == [3000])
    #expect(interval.ledger.first?.headers?.bytesIn == 3)
  }

  @Test func `a chain has no numbers that change`() throws {
    let process = Process(pid: 4711, name: "curl")
    let container = Container(runtime: "docker", id: "0123456789abcdef", name: "web")
    let hops = [
      Hop(.nat, certainty: .observed),
      Hop(.relay, certainty: .observed, relay: Hop.Relay(software: "HAProxy", method: "cause")),
      Hop(.socket, certainty: .observed, process: process, container: container),
    ]
    let chain = Chain(
      bytes: 1, bitsPerSecond: 8, share: 1, flows: 1, hops: hops,
      source: Chain.Source(kind: .process, name: "curl", summary: "curl (pid 4711) in web"),
      destination: Chain.Destination(endpoint: Endpoint("203.0.113.5:443")))
    let kept = HistoryChain(chain)
    #expect(kept.source == "curl in web" && kept.kind == "process")
    #expect(kept.hops == ["curl in web", "HAProxy"])
    let row = try Self.row(.forwarded, from: "docker0", to: "eth1")
    #expect(HistoryOwner(row, chain) == HistoryOwner(process: "curl", container: "web"))
    #expect(HistoryOwner(row, nil).reason != nil)
  }
}

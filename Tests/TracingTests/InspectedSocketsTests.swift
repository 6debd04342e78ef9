import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing
import VantageDoubles

/// What `inspect` says of sockets that several processes use, and of flows that only pass through.
@Suite struct InspectedSocketsTests {
  private static let place = Place(namespace: 7)

  /// A host where process 50 and its child 51 write to one socket, process 52 holds it as well, and a flow is routed.
  private struct Host: ScriptedAnswers {
    let host = "alpha"
    let isV6: Bool

    var own: Endpoint { Endpoint(isV6 ? .v6(1) : .v4(0x7F00_0001), 40000) }
    var other: Endpoint { Endpoint(isV6 ? .v6(1) : .v4(0x7F00_0001), 443) }
    var routed: Flow {
      get throws {
        let source = try #require(IPAddress(isV6 ? "2001:db8:1::2" : "10.1.1.2"))
        let destination = try #require(IPAddress(isV6 ? "2001:db8:2::2" : "10.1.2.2"))
        return Flow(.udp, from: Endpoint(source, 5000), to: Endpoint(destination, 7000))
      }
    }

    func inventory() async throws -> Inventory {
      var place = NamespaceDescription(id: InspectedSocketsTests.place, name: "host", isHost: true)
      place.interfaces = [Interface(index: 2, name: "eth0")]
      var inventory = Inventory(host: host, namespaces: [place], containers: [], notes: [])
      inventory.processNames = ["writer", "keeper"]
      return inventory
    }

    func owner(_ pid: Int32) async throws -> Owner? {
      Owner(process: Process(pid: pid, name: pid == 52 ? "keeper" : "writer"))
    }

    func measured(for seconds: Double) async throws -> Interval {
      var rows = [50, 51].map { pid in
        FlowTraffic(
          namespace: InspectedSocketsTests.place, namespaceName: "host", role: .initiator,
          flow: Flow(.tcp, from: own, to: other), owner: Owner(process: Process(pid: pid, name: "writer")),
          traffic: Traffic(bytesIn: 0, bytesOut: UInt64(pid) * 100, packetsIn: 0, packetsOut: 1), cookie: 3)
      }
      rows.append(
        FlowTraffic(
          namespace: InspectedSocketsTests.place, namespaceName: "host", role: .forwarded, flow: try routed,
          owner: Owner(), traffic: Traffic(bytesIn: 0, bytesOut: 900, packetsIn: 0, packetsOut: 1), interface: "eth0",
          outInterface: "eth1"))
      return Interval(
        host: host, started: "", seconds: seconds, meter: "ebpf", flows: rows,
        ledger: [
          LedgerEntry(
            namespace: InspectedSocketsTests.place, namespaceName: "host", interface: "eth0",
            total: Traffic(bytesIn: 900, bytesOut: 0, packetsIn: 1, packetsOut: 0),
            forwarded: Traffic(bytesIn: 900, bytesOut: 0, packetsIn: 1, packetsOut: 0))
        ], notes: [])
    }

    func listedSockets() async throws -> [SocketListing] {
      var listing = SocketListing(
        namespace: InspectedSocketsTests.place, namespaceName: "host", transport: .tcp, state: "established",
        local: own, remote: other, owner: Owner(process: Process(pid: 51, name: "writer")), receiveQueue: 0,
        sendQueue: 0, cookie: 3)
      listing.holders = [
        .init(pid: 50, name: "writer"), .init(pid: 51, name: "writer"), .init(pid: 52, name: "keeper"),
      ]
      return [listing]
    }
  }

  private func inspect(_ target: String, _ isV6: Bool) async throws -> Inspection {
    try await Inspector(Host(isV6: isV6)).inspect(target, seconds: 1, sets: AddressSets())
  }

  @Test(arguments: [false, true])
  func `what each process wrote to a shared socket is its own, and nothing is lost`(_ isV6: Bool) async throws {
    let byPort = try await inspect(":443", isV6)
    #expect(byPort.subjects.map(\.owner.process?.pid) == [51, 50])
    #expect(byPort.subjects.map(\.traffic.bytes) == [5100, 5000])
    #expect(byPort.subjects.allSatisfy { $0.flows.map(\.state) == ["established"] })
    #expect(try await inspect("pid:50", isV6).subjects.map(\.traffic.bytes) == [5000])
    #expect(try await inspect("writer", isV6).subjects.map(\.traffic.bytes) == [5100, 5000])
  }

  @Test(arguments: [false, true])
  func `a process that only holds a socket is shown with it, and with none of its bytes`(_ isV6: Bool) async throws {
    for target in ["pid:52", "keeper"] {
      let found = try await inspect(target, isV6)
      let subject = try #require(found.subjects.first)
      #expect(found.subjects.count == 1 && subject.owner.process?.pid == 52, "\(target)")
      #expect(subject.flows.count == 1 && subject.flows[0].traffic == nil && subject.traffic.isZero)
      #expect(subject.flows[0].holders?.map(\.pid) == [50, 51, 52] && subject.trafficReason == nil)
    }
  }

  @Test(arguments: [false, true])
  func `a flow that is only routed here is found by address, port and interface`(_ isV6: Bool)
    async throws
  {
    let flow = try Host(isV6: isV6).routed
    for target in ["\(flow.destination.address)", "\(flow.destination)", ":7000", "eth0"] {
      let found = try await inspect(target, isV6)
      #expect(!found.isEmpty && found.forwarded?.map(\.flow) == [flow], "\(target)")
      #expect(found.forwarded?[0].interfaces == ["eth0", "eth1"] && found.forwarded?[0].traffic.bytesOut == 900)
      #expect(found.trace?.coverage.bytes == 900 && found.trace?.chains.isEmpty == false)
      #expect((found.interface?.total.bytes == 900) == (target == "eth0"))
    }
    #expect(try await inspect(":443", isV6).forwarded == nil)
  }
}

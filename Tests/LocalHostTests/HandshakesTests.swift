import Flows
import Testing

@testable import LocalHost

@Suite struct HandshakesTests {
  private func row(
    _ local: String, _ remote: String, _ role: FlowTraffic.Role, _ traffic: Traffic, interface: String = "eth0",
    place: UInt64 = 1
  ) throws -> FlowTraffic {
    let flow = Flow(.tcp, from: try #require(Endpoint(local)), to: try #require(Endpoint(remote)))
    return FlowTraffic(
      namespace: Place(namespace: place), namespaceName: "host", role: role, flow: flow, owner: Owner(),
      traffic: traffic, interface: interface)
  }

  private let data = Traffic(bytesIn: 500, bytesOut: 2000, packetsIn: 5, packetsOut: 5)

  @Test(arguments: [("10.9.0.2:80", "0.0.0.0:0", "198.51.100.9:4"), ("[fd00:9::2]:80", "[::]:0", "[fd00:51::9]:4")])
  func `connections have their own handshakes, and nothing is left at the listener`(
    _ local: String, _ nobody: String, _ client: String
  ) throws {
    // Three of 60 + 60 in and 52 out, and one more byte in.
    var rows = [
      try row(local, nobody, .shared, Traffic(bytesIn: 361, bytesOut: 156, packetsIn: 6, packetsOut: 3))
    ]
    for port in 0..<3 { rows.append(try row(local, "\(client)000\(port)", .responder, data)) }
    Handshakes.settle(&rows, accepted: [1, 2, 3])
    #expect(rows.map(\.role) == [.responder, .responder, .responder])
    #expect(rows.map(\.traffic.bytesOut) == [2052, 2052, 2052])
    #expect(rows.map(\.traffic.bytesIn) == [620, 620, 621])
    #expect(rows.allSatisfy { $0.traffic.packetsIn == 7 && $0.traffic.packetsOut == 6 })
  }

  @Test func `what strangers sent without making a connection stays at the listener`() throws {
    let knocked = Traffic(bytesIn: 60 * 12, bytesOut: 52 * 11, packetsIn: 12, packetsOut: 11)
    var rows = [
      try row("10.9.0.2:80", "0.0.0.0:0", .shared, knocked),
      try row("10.9.0.2:80", "198.51.100.9:40000", .responder, data),
    ]
    Handshakes.settle(&rows, accepted: [1])
    #expect(rows.map(\.role) == [.shared, .responder])
    #expect(rows[0].traffic == Traffic(bytesIn: 600, bytesOut: 520, packetsIn: 10, packetsOut: 10))
    #expect(rows[1].traffic == Traffic(bytesIn: 620, bytesOut: 2052, packetsIn: 7, packetsOut: 6))
  }

  @Test func `a handshake goes to what was accepted there and within the interval, and to nothing else`() throws {
    let one = Traffic(bytesIn: 120, bytesOut: 52, packetsIn: 2, packetsOut: 1)
    let listener = try row("10.9.0.2:80", "0.0.0.0:0", .shared, one)
    var rows = [
      listener,
      try row("10.9.0.2:80", "198.51.100.9:40000", .responder, data),  // accepted before
      try row("10.9.0.2:81", "198.51.100.9:40001", .responder, data),
      try row("10.9.0.3:80", "198.51.100.9:40002", .responder, data),
      try row("10.9.0.2:80", "198.51.100.9:40003", .responder, data, place: 2),
      try row("10.9.0.2:80", "198.51.100.9:40004", .responder, data, interface: "eth1"),
    ]
    let before = rows
    Handshakes.settle(&rows, accepted: [2, 3, 4, 5])
    #expect(rows == before)
    Handshakes.settle(&rows, accepted: [])
    #expect(rows == before)
  }

  @Test func `more connections than handshakes have no more than there is`() throws {
    let one = Traffic(bytesIn: 120, bytesOut: 52, packetsIn: 2, packetsOut: 1)
    var rows = [
      try row("10.9.0.2:80", "0.0.0.0:0", .shared, one), try row("10.9.0.2:80", "198.51.100.9:40000", .responder, data),
      try row("10.9.0.2:80", "198.51.100.9:40001", .responder, data),
    ]
    let whole = rows.reduce(Traffic()) { $0 + $1.traffic }
    Handshakes.settle(&rows, accepted: [1, 2])
    #expect(rows.count == 2)
    #expect(rows.reduce(Traffic()) { $0 + $1.traffic } == whole)
  }
}

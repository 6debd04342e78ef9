import Flows
import Testing
import TestNumbers
import Tracing

@Suite struct TrafficPairingTests {
  private func row(
    _ role: FlowTraffic.Role, _ port: Int, in inward: UInt64, out outward: UInt64, payload: Bool = true,
    packets: UInt64 = 0
  ) throws -> FlowTraffic {
    let header = packets * 52
    return FlowTraffic(
      namespace: .host, namespaceName: "host", role: role, flow: try flow("10.0.0.1:\(port)", "10.0.0.2:80"),
      owner: .process(20, "relay"),
      traffic: Traffic(
        bytesIn: inward + header, bytesOut: outward + header, packetsIn: packets, packetsOut: packets),
      payloadIn: payload ? inward : nil, payloadOut: payload ? outward : nil, closed: true)
  }

  @Test func `closed connections with different payloads are paired by their sums`() throws {
    var rows: [FlowTraffic] = []
    for index in 0..<2000 {
      let bytes = UInt64(index)
      rows.append(try row(.responder, 1000 + index, in: 100 + bytes, out: 9000 - bytes))
      rows.append(try row(.initiator, 30000 + index, in: 9000 - bytes, out: 100 + bytes))
    }
    var numbers = SeededNumbers(6)
    rows.shuffle(using: &numbers)
    let links = TrafficPairing.pair(rows)
    #expect(links.count == 2000)
    for link in links {
      #expect(link.basis == .payload && link.candidates == 1)
      #expect(link.outbound?.flow.source.port == link.inbound.flow.source.port + 29000)
    }
  }

  @Test func `equal sums are ambiguous with their number, also where one side has fewer`() throws {
    let inbound = try (0..<3).map { try row(.responder, 1000 + $0, in: 100, out: 9000) }
    let outbound = try (0..<3).map { try row(.initiator, 2000 + $0, in: 9000, out: 100) }
    for count in 1...3 {
      for link in TrafficPairing.pair(inbound + outbound.prefix(count)) {
        #expect(link.basis == .several && link.outbound == nil && link.candidates == 3)
      }
    }
    #expect(TrafficPairing.pair(inbound).allSatisfy { $0.basis == .none && $0.candidates == 0 })
  }

  @Test func `sums that agree by chance, while others are left over that come near, are no pair`() throws {
    // Two SOCKS connections of clients that ask the same: each true pair differs by the handshake, or by an answer that was
    // under way when the window began.
    let rows = [
      try row(.responder, 1000, in: 100, out: 3000), try row(.initiator, 2000, in: 6000, out: 200),
      try row(.responder, 1001, in: 113, out: 3012), try row(.initiator, 2001, in: 3000, out: 100),
    ]
    let links = TrafficPairing.pair(rows)
    #expect(links.count == 2 && links.allSatisfy { $0.outbound == nil })
    #expect(links.contains { $0.basis == .several && $0.candidates == 2 })
    // Far away, what is left over takes nothing from it.
    let far = [
      try row(.responder, 1002, in: 5_000_000, out: 9_000_000), try row(.initiator, 2002, in: 7_000_000, out: 1),
    ]
    let sure = TrafficPairing.pair([rows[0], rows[3]] + far)
    #expect(sure.first { $0.inbound.flow.source.port == 1000 }?.outbound?.flow.source.port == 2001)
  }

  @Test func `what is spliced is paired by its packets, and called that`() throws {
    var rows: [FlowTraffic] = []
    for index in 0..<20 {
      let bytes = 10_000 * UInt64(index + 1)
      rows.append(try row(.responder, 1000 + index, in: 1000, out: bytes, payload: false, packets: 20))
      // A segment less, and the options of a handshake.
      rows.append(try row(.initiator, 2000 + index, in: bytes + 12, out: 1012, payload: false, packets: 19))
    }
    for link in TrafficPairing.pair(rows) {
      #expect(link.basis == .packets)
      #expect(link.outbound?.flow.source.port == link.inbound.flow.source.port + 1000)
    }
    rows.append(try row(.initiator, 3000, in: 10_005, out: 1000, payload: false, packets: 19))
    let first = try #require(TrafficPairing.pair(rows).first { $0.inbound.flow.source.port == 1000 })
    #expect(first.basis == .several && first.candidates == 2 && first.outbound == nil)
  }

  /// A relay's rows as they are: clients come to one port, and it connects to one server.
  private func relayed(_ role: FlowTraffic.Role, _ port: Int, in inward: UInt64, out outward: UInt64) throws
    -> FlowTraffic
  {
    var row = try row(role, port, in: inward, out: outward)
    row.flow =
      role == .responder ? try flow("10.0.0.2:80", "10.0.0.1:\(port)") : try flow("10.0.0.2:\(port)", "10.0.1.1:80")
    return row
  }

  @Test func `a relay that halves what passes is not paired by what one client's bytes have in common with another's`()
    throws
  {
    var rows: [FlowTraffic] = []
    for (index, bytes) in [8_000_000, 4_000_000, 2_000_000, 1_000_000].enumerated() {
      let bytes = UInt64(bytes)
      rows.append(try relayed(.responder, 1000 + index, in: bytes, out: 2 * bytes))
      rows.append(try relayed(.initiator, 2000 + index, in: bytes, out: bytes / 2))
    }
    #expect(TrafficPairing.pair(rows).allSatisfy { $0.outbound == nil })
    // One that passes on what it gets has pairs, though one of its clients had an answer of its own and it has a question of
    // its own.
    var faithful: [FlowTraffic] = []
    for index in 0..<8 {
      let bytes = UInt64(1_000_000 * (index + 1) + index)
      faithful.append(try relayed(.responder, 1000 + index, in: bytes, out: 2 * bytes))
      faithful.append(try relayed(.initiator, 2000 + index, in: 2 * bytes, out: bytes))
    }
    faithful.append(try relayed(.responder, 1100, in: 500, out: 40_000_000))
    faithful.append(try relayed(.initiator, 2100, in: 500, out: 20_000_000))
    let links = TrafficPairing.pair(faithful)
    #expect(links.count { $0.outbound != nil } == 8)
  }

  @Test func `a relay that changes bytes, and flows without payload, find no partner`() throws {
    let rows = [
      try row(.responder, 1000, in: 500, out: 9000), try row(.initiator, 2000, in: 8000, out: 400),
      try row(.responder, 1001, in: 0, out: 0), try row(.initiator, 2001, in: 0, out: 0),
    ]
    #expect(TrafficPairing.pair(rows).allSatisfy { $0.basis == .none && $0.outbound == nil })
  }
}

import Flows
import Testing

@testable import Meter

/// The sum of an interface's parts is checked, not filled up.
struct LedgerCheckTests {
  private let place = Place(namespace: 9)

  private func interface(
    _ index: UInt32, _ name: String, out: UInt64, packets: UInt64 = 100, master: UInt32? = nil,
    uppers: [InterfaceCounters.Upper] = [], isDetour: Bool = false
  ) -> InterfaceCounters {
    InterfaceCounters(
      namespace: place, namespaceName: "host", index: index, name: name,
      counted: Traffic(bytesOut: out, packetsOut: packets), linkHeader: 0, master: master, uppers: uppers,
      isDetour: isDetour)
  }

  private func reading(out: UInt64, by interface: UInt32) throws -> MeterReading {
    let (local, remote) = (try #require(Endpoint("10.0.0.1:5")), try #require(Endpoint("10.0.0.2:6")))
    var reading = MeterReading()
    reading.sockets = [
      SocketTraffic(
        cookie: 1, namespace: place, transport: .udp, local: local, remote: remote, role: .peer, holder: .kernel,
        traffic: Traffic(bytesOut: out, packetsOut: 100), surplus: Traffic(), inInterface: interface,
        outInterface: interface, closed: false, isSeeded: false)
    ]
    return reading
  }

  private func entry(_ name: String, _ interfaces: [InterfaceCounters], _ reading: MeterReading) throws -> LedgerEntry {
    try #require(Ledger(interfaces: interfaces, reading: reading).entries().first { $0.interface == name })
  }

  @Test func `parts that exceed the interface's own count explain little, and are said`() throws {
    let entry = try entry("eth0", [interface(2, "eth0", out: 40_000)], reading(out: 4_000_000, by: 2))
    #expect(entry.excess?.bytesOut == 3_960_000 && entry.explained < 0.02 && entry.needsExplanation)
    #expect(entry.reasons.contains { $0.contains("3960000 bytes more than the 40000") })
  }

  @Test func `what belongs to nothing is unknown with a reason`() throws {
    let entry = try entry("eth0", [interface(2, "eth0", out: 1_000_000)], reading(out: 400_000, by: 2))
    #expect(entry.unknown.bytesOut == 600_000 && abs(entry.explained - 0.4) < 0.001)
    #expect(
      entry.reasons == [
        "600000 of 1000000 bytes sent belong to no socket, no forwarded flow and no interface above that is known"
      ])
  }

  @Test func `counters that are read a moment apart need no reason`() throws {
    let entry = try entry("eth0", [interface(2, "eth0", out: 1_000_000)], reading(out: 1_010_000, by: 2))
    #expect(entry.excess == nil && entry.reasons.isEmpty && entry.explained == 1)
  }

  @Test func `a port carries no more than its bridge sent`() throws {
    let interfaces = [
      interface(2, "eth0", out: 1_000_000, master: 3), interface(3, "br0", out: 250_000, packets: 30),
    ]
    let entry = try entry("eth0", interfaces, MeterReading())
    #expect(entry.children.bytesOut == 250_000 && entry.unknown.bytesOut == 750_000)
    #expect(!entry.reasons.isEmpty)
  }

  @Test func `a tunnel's packets are longer below by its headers`() throws {
    let interfaces = [
      interface(2, "eth0", out: 1_005_000, uppers: [.init(namespace: place, index: 7, header: 50)]),
      interface(7, "vx0", out: 1_000_000),
    ]
    let entry = try entry("eth0", interfaces, reading(out: 1_000_000, by: 7))
    #expect(entry.children.bytesOut == 1_005_000 && entry.headers?.bytesOut == 5000)
    #expect(entry.unknown.isZero && entry.reasons.isEmpty)
  }

  @Test func `the amounts of several writers add up to the whole`() {
    for amount: UInt64 in [0, 1, 9_333_708, .max / 2] {
      for weights: [UInt64] in [[9_000_000, 10_000], [1, 1, 1], [0, 5], [7]] {
        #expect(SocketWriters.split(amount, by: weights).reduce(0, +) == amount)
      }
    }
    #expect(SocketWriters.split(1000, by: [999, 1]) == [999, 1])
  }
}

import Flows
import Testing

@testable import Meter

/// The sum of an interface's parts is checked, not filled up.
struct LedgerCheckTests {
  private let place = Place(namespace: 9)

  private func interface(
    _ index: UInt32, _ name: String, out: UInt64, packets: UInt64 = 100, master: UInt32? = nil,
    uppers: [InterfaceCounters.Upper] = [], isDetour: Bool = false, padding: UInt64 = 0
  ) -> InterfaceCounters {
    InterfaceCounters(
      namespace: place, namespaceName: "host", index: index, name: name,
      counted: Traffic(bytesOut: out, packetsOut: packets), linkHeader: 0, master: master, uppers: uppers,
      isDetour: isDetour, padding: padding)
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

  @Test(arguments: [("10.0.0.2:443", "10.0.0.9:4000"), ("[fd00::2]:443", "[fd00::9]:4000")])
  func `what a container got that is gone came in once`(_ server: String, _ container: String) throws {
    // By the bridge, and by the container's port 9, which nobody has any more.
    let rows = try [4, 9].map { try passed(server, container, to: $0) }
    var eth = interface(2, "eth0", out: 0, packets: 0)
    (eth.counted.bytesIn, eth.counted.packetsIn) = (100_000, 100)
    let bridge = interface(4, "br0", out: 100_000)
    var reading = MeterReading()
    for list in [rows, rows.reversed()] {
      reading.forwarded = list
      let entry = try entry("eth0", [eth, bridge], reading)
      #expect(entry.forwarded.bytesIn == 100_000 && entry.excess == nil, "\(entry)")
      #expect(try self.entry("br0", [eth, bridge], reading).forwarded.bytesOut == 100_000)
    }
    // The bridge is gone as well.
    reading.forwarded = try [4, 9].map { try passed(server, container, to: $0) }
    #expect(try entry("eth0", [eth], reading).forwarded.bytesIn == 100_000)
    // Two ports that are there may have had different packets.
    reading.forwarded = try [4, 5].map { try passed(server, container, to: $0) }
    let both = try entry("eth0", [eth, bridge, interface(5, "eth1", out: 100_000)], reading)
    #expect(both.excess?.bytesIn == 100_000)
  }

  @Test(arguments: [("10.0.0.2:5", "239.1.2.3:5"), ("[fd00::2]:5", "[ff05::77]:5")])
  func `what a bridge floods came in once`(_ source: String, _ group: String) throws {
    var port = interface(2, "port0", out: 0, packets: 0)
    (port.counted.bytesIn, port.counted.packetsIn) = (100_000, 100)
    var reading = MeterReading()
    reading.forwarded = try [4, 5, 6].map { try passed(source, group, to: $0) }
    let others = [UInt32](4...6).map { interface($0, "port\($0)", out: 100_000) }
    let entry = try entry("port0", [port] + others, reading)
    #expect(entry.forwarded.bytesIn == 100_000 && entry.excess == nil && entry.explained == 1, "\(entry)")
    for other in others { #expect(try self.entry(other.name, [port] + others, reading).forwarded.bytesOut == 100_000) }
  }

  @Test(arguments: [true, false])
  func `what macvlans send to each other did not pass the interface below`(reachesSiblings: Bool) throws {
    // One sends 900,000 bytes to the other and 100,000 outside; the other gets 50,000 from outside as well.
    var eth = interface(2, "eth0", out: 100_000)
    (eth.counted.bytesIn, eth.counted.packetsIn) = (50_000, 50)
    eth.uppers = [5, 6].map { .init(namespace: place, index: $0, reachesSiblings: reachesSiblings) }
    var (one, other) = (interface(5, "mv1", out: 1_000_000, packets: 1000), interface(6, "mv2", out: 0, packets: 0))
    (other.counted.bytesIn, other.counted.packetsIn) = (950_000, 950)
    one.counted.packetsOut = 1000
    let entry = try entry("eth0", [eth, one, other], MeterReading())
    #expect((entry.excess == nil) == reachesSiblings, "\(entry)")
    guard reachesSiblings else { return }
    #expect(entry.children.bytesIn == 50_000 && entry.children.bytesOut == 100_000 && entry.explained == 1, "\(entry)")
  }

  /// 100 packets, 100,000 bytes, that came in by interface 2.
  private func passed(_ source: String, _ destination: String, to outward: UInt32) throws -> ForwardedTraffic {
    ForwardedTraffic(
      namespace: place, inInterface: 2, outInterface: outward,
      flow: Flow(.udp, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination))), bytes: 100_000,
      packets: 100, surplusBytes: 0, surplusPackets: 0)
  }

  @Test(arguments: [true, false])
  func `what an interface may fill up its packets by is a reason, but no more than that`(mayBe: Bool) throws {
    // 140,000 bytes are missing: so many are padding of 10,000 packets at most, but not of 6,000.
    let count: UInt64 = mayBe ? 10_000 : 6_000
    let wire = interface(2, "wg0", out: 1_000_000, packets: count, padding: 15)
    let entry = try entry("wg0", [wire], reading(out: 860_000, by: 2))
    #expect(entry.unknown.bytesOut == 140_000 && !entry.reasons.isEmpty)
    #expect(entry.reasons.contains { $0.contains("fills up its packets") } == mayBe, "\(entry.reasons)")
  }

  @Test func `segments that the interface counted as one packet have one header`() throws {
    // 1,000 segments of 1,500 bytes, of which the interface saw 40: 960 headers of 52 bytes less.
    func entry(_ total: UInt64, countsSegments: Bool) throws -> LedgerEntry {
      var reading = try reading(out: 1_500_000, by: 2)
      reading.sockets[0].traffic.packetsOut = 1000
      reading.countsSegments = countsSegments
      return try self.entry("eth0", [interface(2, "eth0", out: total, packets: 40)], reading)
    }
    let merged = try entry(1_450_080, countsSegments: true)
    #expect(merged.excess == nil && merged.sockets.bytesOut == 1_450_080 && merged.explained == 1)
    // An exact meter knows better.
    #expect(try entry(1_450_080, countsSegments: false).excess?.bytesOut == 49_920)
    // And no header is as long as what is too much here.
    let wrong = try entry(400_000, countsSegments: true)
    #expect((wrong.excess?.bytesOut ?? 0) > 1_000_000 && !wrong.reasons.isEmpty, "\(wrong)")
  }

  @Test func `little in each direction and much in both has a reason`() throws {
    var eth = interface(2, "eth0", out: 8000)
    (eth.counted.bytesIn, eth.counted.packetsIn) = (8000, 50)
    var reading = try reading(out: 7000, by: 2)
    (reading.sockets[0].traffic.bytesIn, reading.sockets[0].traffic.packetsIn) = (7000, 50)
    let entry = try entry("eth0", [eth], reading)
    #expect(entry.unknown.bytes == 2000 && entry.needsExplanation)
    #expect(entry.reasons.contains { $0.contains("2000 of 16000 bytes") }, "\(entry.reasons)")
  }

  @Test func `what nothing listens to was dropped, and how much that explains is kept`() throws {
    var eth = interface(2, "eth0", out: 0, packets: 0)
    (eth.counted.bytesIn, eth.counted.packetsIn) = (1_000_000, 1000)
    var reading = MeterReading()
    reading.leftovers = [
      LeftoverTraffic(
        namespace: place, interface: 2, kind: .dropped(reason: "NO_SOCKET"), isOutward: false, bytes: 980_000,
        packets: 980)
    ]
    let entry = try entry("eth0", [eth], reading)
    #expect(entry.dropped?.bytesIn == 980_000 && entry.unknown.bytesIn == 1_000_000)
    #expect(
      entry.reasons.first
        == "980000 bytes in 980 packets received and dropped by the kernel: NO_SOCKET (nothing listens there)")
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

  // MARK: What is counted once

  private func received(
    _ local: String, cookie: UInt64, bytes: UInt64, closed: Bool = false
  ) throws -> SocketTraffic {
    SocketTraffic(
      cookie: cookie, namespace: place, transport: .udp, local: try #require(Endpoint(local)),
      remote: Endpoint("10.0.0.2:6"), role: .peer, holder: .kernel,
      traffic: Traffic(bytesIn: bytes, packetsIn: 100), surplus: Traffic(), inInterface: 2, outInterface: 0,
      closed: closed, isSeeded: false)
  }

  private func explained(_ rows: [SocketTraffic], in total: UInt64) throws -> LedgerEntry {
    var reading = MeterReading()
    reading.sockets = rows
    var eth = interface(2, "eth0", out: 0, packets: 0)
    eth.counted = Traffic(bytesIn: total, packetsIn: 100)
    return try entry("eth0", [eth], reading)
  }

  @Test(arguments: ["239.1.2.3:5", "255.255.255.255:5", "10.0.0.255:5"])
  func `copies of a datagram for several sockets came in once`(group: String) throws {
    let rows = [
      try received(group, cookie: 1, bytes: 50_000), try received(group, cookie: 2, bytes: 50_000),
      try received(group, cookie: 3, bytes: 20_000),
    ]
    let entry = try explained(rows, in: 50_000)
    #expect(entry.sockets.bytesIn == 50_000 && entry.excess == nil && entry.explained == 1)
  }

  @Test func `sockets that had the same two ends one after the other both count`() throws {
    let rows = [
      try received("10.0.0.1:5", cookie: 1, bytes: 50_000, closed: true),
      try received("10.0.0.1:5", cookie: 2, bytes: 50_000),
    ]
    #expect(try explained(rows, in: 100_000).sockets.bytesIn == 100_000)
  }

  @Test func `what a socket beside it sent to a group never came in`() throws {
    var sender = try received("10.0.0.2:6", cookie: 9, bytes: 0)
    sender.remote = Endpoint("239.1.2.3:5")
    (sender.traffic, sender.outInterface) = (Traffic(bytesOut: 50_000, packetsOut: 100), 2)
    let entry = try explained([sender, try received("239.1.2.3:5", cookie: 1, bytes: 50_000)], in: 0)
    #expect(entry.sockets.bytesIn == 0)
  }

  @Test func `what is taken aside to be shaped is held against what was taken`() throws {
    var aside = interface(5, "ifb0", out: 300_000, isDetour: true)
    aside.counted.bytesIn = 400_000
    aside.counted.packetsIn = 130
    var reading = MeterReading()
    let flow = Flow(.udp, from: try #require(Endpoint("10.0.0.2:6")), to: try #require(Endpoint("10.0.0.1:5")))
    reading.forwarded = [
      ForwardedTraffic(
        namespace: place, inInterface: 2, outInterface: 5, flow: flow, bytes: 400_000, packets: 130, surplusBytes: 0,
        surplusPackets: 0)
    ]
    let whole = try entry("ifb0", [aside], reading)
    #expect(whole.children.bytesIn == 400_000 && whole.children.bytesOut == 300_000 && whole.explained == 1)
    // Nobody knows what else it hands on.
    aside.counted.bytesIn = 4_000_000
    #expect(try entry("ifb0", [aside], reading).unknown.bytesIn == 3_600_000)
  }

  @Test func `an interface that counts what it received without its link header needs no more for it`() throws {
    let bridge = InterfaceCounters(
      namespace: place, namespaceName: "host", index: 2, name: "br0",
      counted: Traffic(bytesIn: 60_000, bytesOut: 61_400, packetsIn: 100, packetsOut: 100), linkHeader: 14,
      receivedLinkHeader: 0, master: nil, uppers: [])
    let entry = try entry("br0", [bridge], MeterReading())
    #expect(entry.total.bytesIn == 60_000 && entry.total.bytesOut == 60_000)
  }
}

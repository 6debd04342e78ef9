import Flows
import Packets
import Testing

/// Whose a packet is, by the rows that a meter counted.
@Suite struct PacketAttributionTests {
  private static let host = Place(namespace: 1)
  private static let container = Place(namespace: 2)
  private static let stranger = Place(namespace: 3)

  private func row(
    _ source: String, _ destination: String, at place: Place = host, pid: Int32? = nil,
    role: FlowTraffic.Role = .initiator, translated: Flow? = nil, transport: Transport = .tcp
  ) throws -> FlowTraffic {
    let owner = pid.map { Owner(process: Process(pid: $0, startTime: 10, name: "p\($0)")) } ?? Owner()
    return FlowTraffic(
      namespace: place, namespaceName: "", role: role, flow: try flow(source, destination, transport),
      translated: translated, owner: owner, traffic: Traffic(bytesIn: 1))
  }

  private func flow(_ source: String, _ destination: String, _ transport: Transport = .tcp) throws -> Flow {
    Flow(transport, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
  }

  private func pid(_ finding: PacketAttribution.Finding, _ attribution: PacketAttribution) -> Int32? {
    finding.owner.flatMap { attribution.owners[$0].process?.pid }
  }

  @Test(arguments: [("192.0.2.1:40000", "192.0.2.2:443"), ("[2001:db8::1]:40000", "[2001:db8::2]:443")])
  func `a packet is the sender's, or else the receiver's`(ends: (String, String)) throws {
    var attribution = PacketAttribution()
    attribution.add([try row(ends.0, ends.1, pid: 7)], from: 100, to: 101, isOfTarget: { _ in true })
    let sent = attribution.find(try flow(ends.0, ends.1), at: Self.host, time: 100.5)
    #expect(pid(sent, attribution) == 7 && sent.isSender == true && sent.isOfTarget)
    let received = attribution.find(try flow(ends.1, ends.0), at: Self.host, time: 100.5)
    #expect(pid(received, attribution) == 7 && received.isSender == false)
    // On loopback both ends are here.
    attribution.add([try row(ends.1, ends.0, pid: 8, role: .responder)], from: 100, to: 101, isOfTarget: { _ in false })
    #expect(pid(attribution.find(try flow(ends.0, ends.1), at: Self.host, time: 100.5), attribution) == 7)
    #expect(pid(attribution.find(try flow(ends.1, ends.0), at: Self.host, time: 100.5), attribution) == 8)
  }

  @Test func `another transport with the same ports, or another place, is another flow`() throws {
    var attribution = PacketAttribution()
    attribution.add(
      [try row("192.0.2.1:40000", "192.0.2.2:443", pid: 7)], from: 100, to: 101, isOfTarget: { _ in false })
    attribution.join([[Self.host], [Self.stranger]])
    let udp = attribution.find(try flow("192.0.2.1:40000", "192.0.2.2:443", .udp), at: Self.host, time: 100.5)
    #expect(udp.owner == nil && udp.reason != nil)
    let elsewhere = attribution.find(try flow("192.0.2.1:40000", "192.0.2.2:443"), at: Self.stranger, time: 100.5)
    #expect(elsewhere.owner == nil)
  }

  @Test func `a tuple that two processes had at the same time is nobody's`() throws {
    var attribution = PacketAttribution()
    attribution.add(
      [
        try row("192.0.2.1:40000", "192.0.2.2:443", pid: 7), try row("192.0.2.1:40000", "192.0.2.2:443", pid: 8),
      ], from: 100, to: 101, isOfTarget: { _ in false })
    let finding = attribution.find(try flow("192.0.2.1:40000", "192.0.2.2:443"), at: Self.host, time: 100.5)
    #expect(finding.owner == nil && finding.reason == "2 owners had sockets with this tuple")
  }

  @Test func `a tuple that was used again is each process's at its time`() throws {
    var attribution = PacketAttribution()
    let flow = try flow("192.0.2.1:40000", "192.0.2.2:443")
    let rows = try [Int32(7), 8].map { try row("192.0.2.1:40000", "192.0.2.2:443", pid: $0) }
    attribution.add([rows[0]], from: 100, to: 100.5, isOfTarget: { _ in false })
    attribution.add([], from: 100.5, to: 101, isOfTarget: { _ in false })
    attribution.add([rows[1]], from: 101, to: 101.5, isOfTarget: { _ in false })
    let owner = { (time: Double) in pid(attribution.find(flow, at: Self.host, time: time), attribution) }
    #expect(owner(100.25) == 7 && owner(101.25) == 8)
    #expect(owner(100.75) == nil && owner(103) == nil && owner(99) == nil)
    // Where one interval ends and another begins, it may be either's.
    attribution.add([rows[0]], from: 101.5, to: 102, isOfTarget: { _ in false })
    #expect(owner(101.5) == nil && owner(101.8) == 7 && owner(101.2) == 8)
  }

  @Test func `a forwarded packet leads by its translation to the sockets of linked places`() throws {
    var attribution = PacketAttribution()
    attribution.join([[Self.host, Self.container], [Self.stranger]])
    let behind = try flow("198.51.100.1:40000", "203.0.113.9:443")
    attribution.add(
      [
        try row("172.17.0.2:40000", "203.0.113.9:443", at: Self.container, pid: 7),
        try row("172.17.0.2:40000", "203.0.113.9:443", at: Self.stranger, pid: 9),
        try row("172.17.0.2:40000", "203.0.113.9:443", role: .forwarded, translated: behind),
      ], from: 100, to: 101, isOfTarget: { $0.owner.process?.pid == 7 })
    for flow in [try flow("172.17.0.2:40000", "203.0.113.9:443"), behind] {
      let sent = attribution.find(flow, at: Self.host, time: 100.5)
      #expect(pid(sent, attribution) == 7 && sent.isSender == true && sent.isOfTarget, "\(flow)")
      let answered = attribution.find(flow.reversed, at: Self.host, time: 100.5)
      #expect(pid(answered, attribution) == 7 && answered.isSender == false && answered.isOfTarget, "\(flow)")
    }
  }

  @Test func `a socket's packet behind its own host's translation is the socket's`() throws {
    var attribution = PacketAttribution()
    let (inside, outside) = (
      try flow("10.0.0.1:40000", "203.0.113.9:443"), try flow("198.51.100.1:40000", "203.0.113.9:443")
    )
    attribution.add(
      [try row("10.0.0.1:40000", "203.0.113.9:443", pid: 7)], from: 100, to: 101, isOfTarget: { _ in false })
    #expect(attribution.mayBeTranslated(outside, at: Self.host) && !attribution.mayBeTranslated(inside, at: Self.host))
    attribution.add((original: inside, translated: outside), of: outside, at: Self.host)
    #expect(pid(attribution.find(outside, at: Self.host, time: 100.5), attribution) == 7)
    #expect(attribution.find(outside.reversed, at: Self.host, time: 100.5).isSender == false)
  }
}

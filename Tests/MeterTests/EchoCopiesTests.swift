import Flows
import Testing

@testable import Meter

/// Raw sockets, each of which gets a copy of every echo answer.
@Suite struct EchoCopiesTests {
  private func row(_ cookie: UInt64, _ address: String, _ identifier: Int, out: UInt64, in inward: UInt64) throws
    -> SocketTraffic
  {
    let isV6 = address.contains(":")
    func end(_ address: String) throws -> Endpoint {
      try #require(Endpoint(isV6 ? "[\(address)]:\(identifier)" : "\(address):\(identifier)"))
    }
    return SocketTraffic(
      cookie: cookie, namespace: Place(namespace: 1), transport: isV6 ? .icmp6 : .icmp,
      local: try end(isV6 ? "fd00::1" : "10.0.0.1"), remote: try end(address), role: .peer, holder: .kernel,
      traffic: Traffic(bytesIn: inward * 100, bytesOut: out * 100, packetsIn: inward, packetsOut: out),
      surplus: Traffic(), payloadIn: nil, payloadOut: nil, inInterface: 2, outInterface: 2, closed: false,
      isSeeded: false)
  }

  @Test(arguments: ["10.0.0.2", "fd00::2"])
  func `an answer belongs to who asked, also if that was in an interval before`(_ far: String) throws {
    var copies = EchoCopies()
    var rows = [
      try row(1, far, 70, out: 5, in: 5), try row(2, far, 70, out: 0, in: 5), try row(2, far, 80, out: 5, in: 5),
      try row(1, far, 80, out: 0, in: 5),
    ]
    copies.takeOut(of: &rows)
    #expect(rows.map(\.cookie) == [1, 2] && rows.allSatisfy { $0.traffic.bytes == 1000 })
    rows = [try row(2, far, 70, out: 0, in: 1), try row(1, far, 70, out: 0, in: 1)]
    copies.takeOut(of: &rows)
    #expect(rows.map(\.cookie) == [1])
  }

  @Test(arguments: ["10.0.0.2", "fd00::2"])
  func `answers that nobody was seen to ask for count once and have no owner`(_ far: String) throws {
    var copies = EchoCopies()
    var rows = [try row(1, far, 70, out: 0, in: 5), try row(2, far, 70, out: 0, in: 5)]
    copies.takeOut(of: &rows)
    #expect(rows.count == 1)
    if case .unknown = rows[0].holder {} else { Issue.record("\(rows[0].holder)") }
    // Other ICMP packets have no identifier.
    rows = [try row(1, far, 0, out: 0, in: 5), try row(2, far, 0, out: 0, in: 5)]
    copies.takeOut(of: &rows)
    #expect(rows.count == 2)
  }
}

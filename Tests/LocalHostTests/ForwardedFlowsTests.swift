import Flows
import Testing

@testable import LocalHost
@testable import Meter

/// How the packets that pass a namespace become flows.
@Suite struct ForwardedFlowsTests {
  private let place = Place(namespace: 7)

  private func row(
    _ source: String, _ destination: String, from inward: UInt32, to outward: UInt32, bytes: UInt64 = 100_000,
    firstSeen: UInt64? = nil
  ) throws -> ForwardedTraffic {
    ForwardedTraffic(
      namespace: place, inInterface: inward, outInterface: outward,
      flow: Flow(.tcp, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination))), bytes: bytes,
      packets: bytes / 1000, surplusBytes: 0, surplusPackets: 0, firstSeen: firstSeen)
  }

  private func joined(_ rows: [ForwardedTraffic], ports: Set<UInt32> = []) throws -> ForwardedFlows.Joined {
    let flows = ForwardedFlows.join(rows, isPort: { _, index in ports.contains(index) }, lookUp: { _, _ in nil })
    try #require(flows.count == 1)
    return flows[0]
  }

  @Test(arguments: [("10.0.0.2:4000", "10.0.0.9:443"), ("[fd00::2]:4000", "[fd00::9]:443")])
  func `a flow that passes two bridges has all interfaces that it passed, and counts once`(
    _ client: String, _ server: String
  ) throws {
    // The guest's port 5, a cable 6-7 between the bridges, the uplink 8.
    let flow = try joined(
      [
        row(client, server, from: 5, to: 6), row(client, server, from: 7, to: 8),
        row(server, client, from: 8, to: 7, bytes: 4000), row(server, client, from: 6, to: 5, bytes: 4000),
      ], ports: [5, 6, 7, 8])
    #expect(flow.passed == [5, 6, 7, 8])
    #expect(flow.traffic.bytesOut == 100_000 && flow.traffic.bytesIn == 4000)
  }

  @Test(arguments: [("10.0.0.2:4000", "10.0.0.9:443"), ("[fd00::2]:4000", "[fd00::9]:443")])
  func `what a macvtap's program sends comes from it, and who began is not concluded from what is not seen`(
    _ client: String, _ server: String
  ) throws {
    let asked = try joined([row(client, server, from: 0, to: 5)])
    #expect(asked.original.destination.port == 443 && asked.isInferred)
    #expect(asked.inInterface == 5 && asked.outInterface == 0 && asked.traffic.bytesOut == 100_000)
    // A guest that serves: its answers are all that is seen.
    let answered = try joined([row(server, client, from: 0, to: 5)])
    #expect(answered.original.destination.port == 443 && answered.isInferred)
    #expect(answered.inInterface == 0 && answered.outInterface == 5 && answered.traffic.bytesIn == 100_000)
  }
}

import Documents
import Flows
import Testing
import Tracing

/// What the chains of an interface have, beside what it counted itself.
@Suite struct InterfaceSumTests {
  private func trace(_ family: Family, counted: UInt64) async throws -> TraceDocument {
    var host = try RecordedVantage.dockerHost()
    let flow = try flow(family.host(5000), family.outside(514), .udp)
    host.moved(flow, .initiator, .process(20, "flood"), out: 1_000_000, in: 0, interface: "eth0")
    host.interval.ledger = [
      LedgerEntry(
        namespace: .host, namespaceName: "host", interface: "eth0", total: Traffic(bytesOut: counted),
        sockets: Traffic(), forwarded: Traffic(), children: Traffic(bytesOut: counted), nonIP: Traffic(),
        unknown: Traffic())
    ]
    return try await host.trace("eth0")
  }

  @Test(arguments: Family.allCases)
  func `chains with more than the interface counted are never shown without that`(_ family: Family) async throws {
    let document = try await trace(family, counted: 100_000)
    #expect(document.coverage.bytes == 1_000_000 && document.coverage.unknown == 900_000)
    #expect(document.coverage.reasons.contains { $0.contains("900000 bytes more than the 100000 that eth0 counted") })
  }

  @Test(arguments: Family.allCases)
  func `headers of segments that an interface counts as one packet are not too much`(_ family: Family) async throws {
    let document = try await trace(family, counted: 964_000)
    #expect(document.coverage.unknown == 0, "\(document.coverage.reasons)")
    #expect(!document.coverage.reasons.contains { $0.contains("more than") }, "\(document.coverage.reasons)")
  }
}

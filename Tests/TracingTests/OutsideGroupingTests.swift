import Documents
import Flows
import Questions
import Testing
import Tracing

/// Strangers put together by what their addresses are in.
@Suite struct OutsideGroupingTests {
  private func hops(_ address: String, relay: String = "web", pid: Int32 = 55) throws -> [Hop] {
    let stranger = Endpoint(try #require(IPAddress(address)), 40000)
    let client = Flow(.tcp, from: stranger, to: try #require(Endpoint("10.0.0.1:80")))
    return [
      Hop(.socket, host: "edge", certainty: .observed, process: Process(pid: pid, name: "haproxy")),
      Hop(
        .relay, host: "edge", certainty: .observed, flow: client,
        relay: .init(software: "haproxy", method: "show sess", names: RelayNames(frontend: relay))),
      Hop(
        .external, certainty: .observed, address: IPAddress(address),
        evidence: [Evidence("conntrack", "of \(address)")]),
    ]
  }

  private func chain(_ address: String, bytes: UInt64, relay: String = "web", pid: Int32 = 55) throws -> Chain {
    Chain(
      bytes: bytes, bitsPerSecond: bytes * 4, share: Double(bytes) / 1000, flows: 2,
      hops: try hops(address, relay: relay, pid: pid),
      source: .init(kind: .external, name: address, summary: "\(address) through haproxy frontend \(relay) on edge"),
      destination: .init(host: "svc", endpoint: Endpoint("10.8.1.3:3129")))
  }

  private func document(_ chains: [Chain]) -> TraceDocument {
    TraceDocument(
      target: ":80", started: "2025-04-20T14:57:17Z", seconds: 2,
      coverage: Coverage(bytes: 1000, explained: 1000, unknown: 0, reasons: []), chains: chains, findings: [])
  }

  private func name(_ address: IPAddress) -> String? {
    let text = "\(address)"
    return text.hasPrefix("203.0.113.") ? "scanners" : text.hasPrefix("198.51.100.") ? "office" : nil
  }

  @Test func `chains that differ only in the address outside become one, and everything adds up`() throws {
    var chains = try (1...9).map { try chain("203.0.113.\($0)", bytes: UInt64($0)) }
    chains.append(try chain("198.51.100.7", bytes: 500))
    chains.append(try chain("192.0.2.1", bytes: 20))
    chains.append(try chain("2001:db8::1", bytes: 10))
    let grouped = document(chains).groupingOutside(by: .set, name)
    #expect(grouped.chains.map(\.source.name) == ["office", "scanners", "no set"])
    #expect(grouped.chains.map(\.bytes) == [500, 45, 30])
    #expect(grouped.chains.map(\.flows) == [2, 18, 4])
    #expect(grouped.chains.map(\.bitsPerSecond) == [2000, 180, 120])
    #expect(abs(grouped.chains.map(\.share).reduce(0, +) - 0.575) < 1e-9)
    let scanners = grouped.chains[1]
    #expect(scanners.source.summary == "scanners (9 addresses) through haproxy frontend web on edge")
    #expect(scanners.source.kind == .external)
    let hop = try #require(scanners.hops.last)
    #expect(hop.address == nil && hop.evidence.isEmpty)
    #expect(hop.outside?.by == "set" && hop.outside?.addresses == 9)
    #expect(hop.outside?.busiest.map { "\($0)" } == (5...9).reversed().map { "203.0.113.\($0)" })
    let office = try #require(grouped.chains[0].hops.last)
    #expect(office.address == IPAddress("198.51.100.7") && office.outside?.addresses == 1)
    #expect(office.evidence.count == 1)
  }

  @Test func `another way in, another site or another end stays apart`() throws {
    var elsewhere = try chain("203.0.113.4", bytes: 4)
    elsewhere.destination.endpoint = Endpoint("10.8.1.3:443")
    let grouped = document([
      try chain("203.0.113.1", bytes: 1), try chain("203.0.113.2", bytes: 2, relay: "admin"),
      try chain("203.0.113.3", bytes: 3, pid: 56), elsewhere,
    ]).groupingOutside(by: .network, name)
    #expect(grouped.chains.count == 4)
    #expect(grouped.chains.allSatisfy { $0.source.name == "scanners" })
  }

  @Test func `chains that don't end outside are as they were`() throws {
    var own = try chain("203.0.113.1", bytes: 7)
    own.source = .init(kind: .process, name: "curl", summary: "curl (pid 5) on edge")
    var blind = try chain("203.0.113.1", bytes: 6)
    blind.hops[2].address = nil
    let grouped = document([own, blind]).groupingOutside(by: .country) { _ in "Nowhere" }
    #expect(grouped.chains.map(\.source.name) == ["curl", "203.0.113.1"])
    #expect(grouped.chains.map(\.hops) == [own.hops, blind.hops])
    #expect(document([]).groupingOutside(by: .set, name).chains.isEmpty)
  }

  @Test func `strangers of a recorded host add up to what the host saw`() async throws {
    var host = try RecordedVantage.dockerHost()
    for number in 0..<400 {
      let flow = Flow(
        .tcp, from: Endpoint(try #require(IPAddress("203.0.113.\(number % 200 + 1)")), UInt16(20000 + number)),
        to: try #require(Endpoint("198.51.100.1:80")))
      host.moved(flow.reversed, .responder, .process(20, "nginx"), out: 90, in: 10)
    }
    let document = try await host.trace()
    let grouped = document.groupingOutside(by: .network) { _ in "AS64500 Example" }
    #expect(grouped.chains.reduce(0) { $0 + $1.bytes } == 40000)
    #expect(grouped.chains.filter { $0.source.name == "AS64500 Example" }.count == 1)
    #expect(grouped.chains.first?.hops.last?.outside?.addresses == 200)
    #expect(grouped.coverage == document.coverage)
  }
}

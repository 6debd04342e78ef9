import Documents
import Flows
import Questions
import Testing

@Suite struct SumTests {
  /// 300 flows of every kind; the same traffic is often seen twice.
  private func busyHost() throws -> (vantage: RecordedVantage, distinct: UInt64) {
    var host = try RecordedVantage.dockerHost()
    let containers = try (2...6).map { try host.container("c\($0)", UInt64($0)) }
    var distinct: UInt64 = 0
    for number in 0..<300 {
      let bytes = UInt64(number) * 37 % 1000 + 1
      distinct += bytes
      let (id, container) = containers[number % 5]
      let family = Family.allCases[number % 2]
      switch number % 3 {
      case 0:
        let own = try flow(family.container(number % 5 + 2, 20000 + number), family.outside(443))
        let seen = try flow(family.host(20000 + number), family.outside(443))
        host.translate(own, to: seen)
        host.moved(
          own, .initiator, .process(Int32(number % 7 + 1), "p\(number % 7)", in: container), out: bytes, in: 0, at: id)
        host.moved(own, .forwarded, out: bytes, in: 0, translated: seen)
      case 1:
        let own = try flow(family.loopback(20000 + number), family.loopback(5432))
        host.moved(own, .initiator, .process(Int32(number % 3 + 10), "q\(number % 3)"), out: bytes, in: 0)
        host.moved(own.reversed, .responder, .process(20, "postgres"), out: 0, in: bytes)
      default:
        host.moved(try flow(family.outside(20000 + number), family.stranger(80)), .forwarded, out: 0, in: bytes)
      }
    }
    return (host, distinct)
  }

  @Test func `chains add up to what distinct flows moved`() async throws {
    let (host, distinct) = try busyHost()
    let document = try await host.trace()
    #expect(document.coverage.bytes == distinct)
    #expect(document.chains.reduce(0) { $0 + $1.bytes } == distinct)
    #expect(document.chains.reduce(0) { $0 + $1.flows } == 300)
    #expect(abs(document.chains.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(document.chains.map(\.bytes) == document.chains.map(\.bytes).sorted(by: >))
    #expect(document.chains.allSatisfy { $0.bitsPerSecond == $0.bytes * 4 })
  }

  @Test func `flows that pass the same hops are one chain`() async throws {
    let (host, _) = try busyHost()
    let document = try await host.trace()
    let keys = document.chains.map { chain in
      // A translation to IPv4 is not one to IPv6.
      [chain.source.summary]
        + chain.hops.map {
          "\($0.kind) \($0.namespace ?? "") \($0.process?.pid ?? 0) \($0.container?.id ?? "") \($0.address.map { "\($0)" } ?? "")"
        }
    }
    #expect(Set(keys).count == keys.count)
    #expect(keys.count < 100)
  }

  @Test func `a chain names the far endpoint only if its flows share it`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow("198.51.100.1:40000", "198.51.100.9:443"), .initiator, .process(3, "curl"), out: 2000)
    host.moved(try flow("198.51.100.1:40001", "198.51.100.9:443"), .initiator, .process(3, "curl"))
    #expect(try await host.trace().chains.map { $0.destination.endpoint?.description } == ["198.51.100.9:443"])
    host.moved(try flow("198.51.100.1:40002", "9.9.9.9:443"), .initiator, .process(3, "curl"))
    let joined = try #require(try await host.trace().chains.first)
    #expect(joined.flows == 3 && joined.destination.endpoint == nil)
  }

  @Test func `a tuple that was used twice in the window counts twice`() async throws {
    var host = try RecordedVantage.dockerHost()
    let own = try flow("198.51.100.1:40000", "198.51.100.9:443")
    host.moved(own, .initiator, .process(3, "curl"), out: 1000, in: 0, cookie: 1)
    host.moved(own, .initiator, .process(4, "wget"), out: 500, in: 0, cookie: 2)
    let document = try await host.trace("198.51.100.9")
    #expect(document.coverage.bytes == 1500)
    #expect(document.chains.map(\.source.name) == ["curl", "wget"])
  }

  @Test func `an interface's own count is the whole, and its reasons are told`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(
      try flow("198.51.100.1:40000", "198.51.100.9:443"), .initiator, .process(3, "curl"), out: 900, in: 0,
      interface: "eth0")
    host.moved(try flow("127.0.0.1:40000", "127.0.0.1:443"), .initiator, .process(3, "curl"), interface: "lo")
    host.interval.ledger = [
      LedgerEntry(
        namespace: .host, namespaceName: "host", interface: "eth0", total: Traffic(bytesIn: 100, bytesOut: 900),
        reasons: ["dropped: no socket"])
    ]
    let document = try await host.trace("eth0")
    #expect(document.coverage == Coverage(bytes: 1000, explained: 900, unknown: 100, reasons: ["dropped: no socket"]))
    #expect(document.chains.count == 1)
  }

  @Test func `connections beyond the limit are counted as unknown, and said`() async throws {
    var host = try RecordedVantage.dockerHost()
    for number in 0..<4003 {
      host.moved(
        try flow("198.51.100.1:\(20000 + number)", "198.51.100.9:443"), .initiator, .process(3, "scan"),
        out: number < 4000 ? 2 : 1, in: 0)
    }
    let document = try await host.trace("198.51.100.9")
    #expect(document.coverage.bytes == 8003 && document.coverage.explained == 8000)
    #expect(document.coverage.reasons == ["3 smaller connections were not followed"])
  }

  @Test func `a symptom that nothing matches gives an empty document`() async throws {
    let document = try await RecordedVantage.dockerHost().trace("192.0.2.1")
    #expect(document.chains.isEmpty && document.coverage.bytes == 0 && document.target == "192.0.2.1")
  }
}

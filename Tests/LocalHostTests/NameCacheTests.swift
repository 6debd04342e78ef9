import Flows
import Testing

@testable import LocalHost

@Suite struct NameCacheTests {
  private let place = Place(namespace: 1)

  private func flow(_ number: Int) -> Flow {
    Flow(
      .tcp, from: Endpoint(.v4(0x0A00_0000 + UInt32(number >> 14)), UInt16(1024 + number & 0x3FFF)),
      to: Endpoint(.v4(0xC000_0201), 443))
  }

  private func name(_ number: Int, _ text: String = "a.example", time: Double) -> FlowName {
    FlowName(namespace: place, flow: flow(number), name: text, kind: .http, time: time)
  }

  private func row(_ flow: Flow) -> FlowTraffic {
    FlowTraffic(
      namespace: place, namespaceName: "host", role: .responder, flow: flow, owner: Owner(), traffic: Traffic())
  }

  @Test func `an interval has what came within it, and older names of flows that move`() {
    var book = NameCache()
    book.add([name(1, time: 1), name(2, time: 1), name(3, time: 11)], [])
    let (names, _) = book.known(of: [row(flow(1).reversed)], since: 10)
    #expect(names.map(\.flow) == [flow(1), flow(3)])
  }

  @Test func `answers are kept for flows to their addresses`() throws {
    let address = try #require(IPAddress("192.0.2.1"))
    func answer(_ question: String, _ address: IPAddress, time: Double) -> NameAnswer {
      NameAnswer(
        namespace: place, flow: flow(9), question: question, addresses: [address], lifetime: 1, time: time)
    }
    var book = NameCache()
    book.add([], [answer("one.example", address, time: 1), answer("two.example", .v4(1), time: 1)])
    book.add([], [answer("three.example", .v4(2), time: 12), answer("three.example", .v4(2), time: 13)])
    let (_, answers) = book.known(of: [row(flow(1))], since: 10)
    #expect(answers.map(\.question) == ["one.example", "three.example"])
    #expect(answers.map(\.time) == [1, 13])
  }

  @Test func `several hosts of one connection are kept, up to four`() {
    var book = NameCache()
    book.add((0..<10).map { name(1, "\($0).example", time: Double($0)) }, [])
    let (names, _) = book.known(of: [], since: 0)
    #expect(names.compactMap(\.name) == ["6.example", "7.example", "8.example", "9.example"])
  }

  @Test func `however much comes, the newest is kept and memory is bounded`() {
    var book = NameCache()
    for start in stride(from: 0, to: 200_000, by: 1000) {
      book.add((start..<start + 1000).map { name($0, time: Double($0)) }, [])
    }
    let (names, _) = book.known(of: [], since: 0)
    #expect(names.count <= 32_768)
    #expect(names.last?.time == 199_999)
    // Of equal age, too: a flood within one moment.
    var flood = NameCache()
    for start in stride(from: 0, to: 200_000, by: 50_000) {
      flood.add((start..<start + 50_000).map { name($0, time: 1) }, [])
    }
    #expect(flood.known(of: [], since: 0).0.count <= 32_768)
  }
}

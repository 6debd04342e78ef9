import Flows
import Testing

@Suite struct AnswerIndexTests {
  private let flow = Flow(.tcp, from: Endpoint(.v4(0x0A00_0001), 40_000), to: Endpoint(.v4(0xC000_0250), 443))

  private func answer(_ question: String, by asker: UInt32, at time: Double, in namespace: UInt64? = nil) -> NameAnswer
  {
    NameAnswer(
      namespace: namespace.map { Place(namespace: $0) },
      flow: Flow(.udp, from: Endpoint(.v4(asker), 999), to: Endpoint(.v4(0x0A00_0035), 53)), question: question,
      addresses: [.v4(0xC000_0250)], lifetime: 60, time: time)
  }

  @Test("The latest answer before the flow that its initiator got itself goes first")
  func order() {
    let index = AnswerIndex([
      answer("late.example", by: 0x0A00_0001, at: 20), answer("resolver.example", by: 0x7F00_0001, at: 9),
      answer("own.example", by: 0x0A00_0001, at: 5), answer("older.example", by: 0x0A00_0001, at: 2),
      answer("other.example", by: 0x0A00_0009, at: 9), answer("own.example", by: 0x0A00_0001, at: 1),
    ])
    #expect(
      index.candidates(for: flow, at: 10).map(\.question) == ["own.example", "older.example", "resolver.example"])
    #expect(index.name(for: flow, at: 10)?.kind == .dns && index.name(for: flow, at: 10)?.name == "own.example")
    // Another host's answer counts only where it is known to be the same host.
    #expect(index.candidates(for: flow, at: 10, own: [.v4(0x0A00_0009)]).last?.question == "resolver.example")
    #expect(index.candidates(for: flow, at: 10, own: [.v4(0x0A00_0009)]).map(\.question).contains("other.example"))
    #expect(index.name(for: flow, at: 0.5) == nil)
    #expect(index.name(for: flow.reversed, at: 10) == nil)
  }

  @Test("Answers of one place say nothing of another")
  func places() {
    let index = AnswerIndex([answer("a.example", by: 0x0A00_0001, at: 1, in: 7)])
    #expect(index.name(for: flow, at: 2) == nil)
    #expect(index.name(for: flow, at: 2, in: Place(namespace: 8)) == nil)
    #expect(index.name(for: flow, at: 2, in: Place(namespace: 7))?.name == "a.example")
  }
}

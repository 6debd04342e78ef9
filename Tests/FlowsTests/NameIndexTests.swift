import Flows
import Testing

@Suite struct NameIndexTests {
  private let host = Place(namespace: 1)
  private let container = Place(namespace: 2)

  private func flow(_ source: String, _ destination: String, _ transport: Transport = .tcp) throws -> Flow {
    Flow(transport, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
  }

  private func row(
    _ role: FlowTraffic.Role, _ flow: Flow, in namespace: Place, _ pid: Int32 = 5, translated: Flow? = nil
  ) -> FlowTraffic {
    FlowTraffic(
      namespace: namespace, namespaceName: "place", role: role, flow: flow, translated: translated,
      owner: role == .forwarded ? Owner() : Owner(process: Process(pid: pid, name: "program\(pid)")),
      traffic: Traffic(bytesIn: 1, bytesOut: 1))
  }

  private func name(
    _ text: String?, _ flow: Flow, in namespace: Place, _ kind: FlowName.Kind = .tls, time: Double = 1
  ) -> FlowName {
    FlowName(namespace: namespace, flow: flow, name: text, kind: kind, time: time, reason: text == nil ? "why" : nil)
  }

  private func answer(_ question: String, _ address: String, by flow: Flow, in namespace: Place, time: Double = 1)
    throws -> NameAnswer
  {
    NameAnswer(
      namespace: namespace, flow: flow, question: question, aliases: ["alias.\(question)"],
      addresses: [try #require(IPAddress(address))], lifetime: 60, time: time)
  }

  private func index(_ rows: [FlowTraffic], _ names: [FlowName], _ answers: [NameAnswer] = []) throws -> NameIndex {
    var interval = Interval(host: "h", started: "", seconds: 1, meter: "ebpf", flows: rows, ledger: [], notes: [])
    (interval.names, interval.answers) = (names, answers)
    return try #require(NameIndex(interval))
  }

  @Test func `an interval in which names were not watched has no index`() {
    #expect(NameIndex(Interval(host: "h", started: "", seconds: 1, meter: "", flows: [], ledger: [], notes: [])) == nil)
  }

  @Test func `both ends of a flow and what passes it on have its name`() throws {
    let before = try flow("172.17.0.2:5000", "192.0.2.1:443")
    let after = try flow("198.51.100.1:5000", "192.0.2.1:443")
    let client = row(.initiator, before, in: container)
    let server = row(.responder, after.reversed, in: host)
    let passing = row(.forwarded, before, in: host, translated: after)
    let stranger = row(.initiator, try flow("172.17.0.2:5001", "192.0.2.1:443"), in: container)
    let index = try index(
      [client, server, passing, stranger],
      [name("a.example", before, in: container), name("a.example", after, in: host)])
    #expect([client, server, passing].allSatisfy { index.name(of: $0)?.name == "a.example" })
    #expect(index.name(of: stranger) == nil)
  }

  @Test func `the same tuple elsewhere names a flow unless places disagree, and loopback never does`() throws {
    let far = try flow("172.17.0.2:5000", "192.0.2.1:443")
    let inside = try flow("127.0.0.1:5000", "127.0.0.1:443")
    let rows = [row(.initiator, far, in: container), row(.initiator, inside, in: container)]
    let one = try index(rows, [name("a.example", far, in: host), name("b.example", inside, in: host)])
    #expect(rows.map { one.name(of: $0)?.name } == ["a.example", nil])
    let other = Place(namespace: 3)
    let two = try index(rows, [name("a.example", far, in: host), name("b.example", far, in: other)])
    #expect(two.name(of: rows[0]) == nil)
  }

  @Test func `a handshake goes before the DNS, and the DNS before a handshake without a name`() throws {
    let flow = try flow("10.0.0.1:5000", "192.0.2.1:443")
    let asked = try self.flow("10.0.0.1:6000", "10.0.0.53:53", .udp)
    let rows = [row(.initiator, flow, in: host), row(.initiator, asked, in: host)]
    let answers = [
      try answer("dns.example", "192.0.2.1", by: asked, in: host),
      try answer("server.example", "10.0.0.53", by: asked, in: host),
    ]
    let seen = try index(rows, [name("tls.example", flow, in: host)], answers)
    #expect(seen.names(of: rows[0]).map(\.name) == ["tls.example"])
    let hidden = try index(rows, [name(nil, flow, in: host)], answers)
    #expect(hidden.names(of: rows[0]).map(\.kind) == [.dns, .tls])
    #expect(hidden.name(of: rows[0])?.shown == "~dns.example")
    #expect(hidden.name(of: rows[1]) == nil)
    #expect(hidden.candidates(for: rows[0]).first.flatMap(hidden.asker)?.process?.pid == 5)
  }

  @Test func `of several names with one address the process's own question is believed`() throws {
    let flow = try flow("10.0.0.1:5000", "192.0.2.1:443")
    let mine = try self.flow("10.0.0.1:6000", "10.0.0.53:53", .udp)
    let theirs = try self.flow("10.0.0.1:6001", "10.0.0.53:53", .udp)
    let rows = [
      row(.initiator, flow, in: host, 5), row(.initiator, mine, in: host, 5), row(.initiator, theirs, in: host, 6),
    ]
    let index = try index(
      rows, [],
      [
        try answer("mine.example", "192.0.2.1", by: mine, in: host, time: 1),
        try answer("theirs.example", "192.0.2.1", by: theirs, in: host, time: 2),
      ])
    #expect(index.name(of: rows[0])?.name == "mine.example")
    #expect(index.asks(rows[0], for: "mine.example") && !index.asks(rows[0], for: "theirs.example"))
    #expect(index.asks(rows[0], for: "alias.mine.example"))
  }

  @Test func `what is asked for is a name or what is below it, and a handshake refutes the DNS`() throws {
    let flow = try flow("10.0.0.1:5000", "192.0.2.1:443")
    let asked = try self.flow("10.0.0.1:6000", "10.0.0.53:53", .udp)
    let rows = [row(.initiator, flow, in: host), row(.initiator, asked, in: host)]
    let index = try index(
      rows, [name("git.one.example", flow, in: host)], [try answer("two.example", "192.0.2.1", by: asked, in: host)])
    let wanted = ["git.one.example", "one.example", "example", "ne.example", "it.one.example", "two.example"]
    #expect(wanted.map { index.asks(rows[0], for: $0) } == [true, true, true, false, false, false])
    #expect(!index.asks(row(.shared, flow, in: host), for: "one.example"))
  }
}

import Documents
import Flows
import Testing
import Views

@Suite struct RelayTableTests {
  private func flow(_ source: String, _ destination: String) throws -> Flow {
    Flow(.tcp, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
  }

  /// HAProxy with 300 clients of 100 addresses, of whose flows the last is ambiguous.
  private func document() throws -> RelayDocument {
    var ways: [RelayReport.Way] = []
    for number in 0..<300 {
      let isKnown = number < 299
      ways.append(
        RelayReport.Way(
          inbound: try flow("198.51.100.\(number % 100 + 1):\(20000 + number)", "10.12.32.13:3129"),
          outbound: isKnown ? try flow("10.8.1.1:\(30000 + number)", "10.8.1.3:3129") : nil,
          names: RelayNames(frontend: "qcproxy", backend: "qcbackend", server: "s1"),
          method: isKnown ? "show sess" : "several flows match", certainty: isKnown ? .observed : .unknown,
          candidates: isKnown ? nil : 2, bytes: UInt64(number + 1) * 1000))
    }
    let relay = RelayReport(
      software: "haproxy", owner: Owner(process: Process(pid: 55, name: "haproxy", user: "haproxy")), inbound: 300,
      outbound: 302, bytes: ways.reduce(0) { $0 + $1.bytes }, ways: ways,
      own: [try flow("10.8.1.1:1", "10.8.1.9:80"), try flow("10.8.1.1:2", "10.8.1.9:80")],
      notes: ["its sessions are \u{1B}[31mnot known"])
    return RelayDocument(host: "tke", started: "2025-04-20T14:57:17Z", seconds: 2, relays: [relay], notes: ["a note"])
  }

  @Test func `300 clients are a page, with what is left out said`() throws {
    let lines = RelayTable(width: 80).lines(try document()).map(\.text)
    #expect(lines.count < 30)
    #expect(lines[2..<23].allSatisfy { $0.count <= 80 })
    #expect(lines[0].hasPrefix("haproxy (pid 55, user haproxy)  300 inbound flows, 302 outbound flows"))
    #expect(lines[1].contains("299 by show sess") && lines[1].contains("1 ambiguous"))
    // 199 and 299 are of the address that moved most.
    #expect(lines[3].contains("198.51.100.100") || lines[3].contains("198.51.100.99"))
    #expect(lines.contains { $0.contains("and 80 more") })
    #expect(lines.contains { $0.contains("2 outbound flows without a client") && $0.contains("10.8.1.9:80") })
    #expect(lines.last == "note: a note")
    #expect(!lines.joined().contains("\u{1B}"))
  }

  @Test func `frontends and backends sum up their clients`() throws {
    for grouping in [RelayTable.Grouping.frontend, .backend] {
      let lines = RelayTable(grouping, width: 120).lines(try document()).map(\.text)
      let rows = lines.filter { $0.hasPrefix("  qc") }
      // What is ambiguous goes to no server.
      #expect(rows.count == (grouping == .frontend ? 1 : 2))
      let counts = rows[0].split(separator: " ").map(String.init)
      #expect(counts.contains("100") && counts.contains(grouping == .frontend ? "300" : "299"))
    }
  }

  @Test func `every connection is a row that names both of its sides`() throws {
    let lines = RelayTable(.connection, limit: .max).lines(try document()).map(\.text)
    let rows = lines.filter { $0.hasPrefix("  198.51.100.") }
    #expect(rows.count == 300)
    let known = try #require(rows.first { $0.contains(":20298") })
    #expect(known.contains("10.8.1.1:30298") && known.contains("10.8.1.3:3129") && known.contains("show sess"))
    let open = try #require(rows.first { $0.contains(":20299") })
    #expect(open.contains("one of 2") && !open.contains("10.8.1.3"))
  }
}

import Documents
import Flows
import Foundation
import Questions
import Testing

@testable import HeadwaterCommands

/// `headwater.trace/1` as programs of others read it: by its keys, not by our types.
@Suite struct DocumentTests {
  private func document() async throws -> TraceDocument {
    var host = try RecordedVantage.dockerHost()
    try host.route("0.0.0.0/0", interface: 2, via: "198.51.100.254", in: .host)
    var web = try host.container("web", 2).container
    web.labels = ["com.docker.compose.projectName": "shop", "A_b": "c"]
    web.address = IPAddress("172.17.0.2")
    host.change(Place(namespace: 102)) { $0.container = web }
    let asked = try flow("9.9.9.9:50000", "198.51.100.1:8080")
    let inside = try flow("9.9.9.9:50000", "172.17.0.2:80")
    host.translate(asked, to: inside)
    let owner = Owner(
      process: Process(
        pid: 811, startTime: 1.5, name: "squid", executable: "/usr/sbin/squid", command: ["squid", "-N"], uid: 13,
        user: "proxy",
        parents: [.init(pid: 1, name: "init")]), container: web)
    host.moved(inside.reversed, .responder, owner, at: Place(namespace: 102))
    host.moved(try flow("[2001:db8:51::1]:40000", "[2001:db8:51::9]:443"), .initiator, Owner(reason: "it closed"))
    return try await host.trace()
  }

  private func generic(_ document: TraceDocument, isPretty: Bool = true) throws -> [String: Any] {
    let text = try Document(document, isPretty: isPretty).text
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `the document has the keys that were promised`() async throws {
    let json = try generic(await document())
    #expect(Set(json.keys) == ["schema", "target", "started", "seconds", "coverage", "chains", "findings"])
    #expect(json["schema"] as? String == "headwater.trace/1")
    #expect(json["started"] as? String == "2025-04-20T14:57:17Z" && json["seconds"] as? Double == 2)
    let coverage = try #require(json["coverage"] as? [String: Any])
    #expect(Set(coverage.keys) == ["bytes", "explained", "unknown", "reasons"])
    #expect(coverage["reasons"] as? [String] == ["it closed"])

    let chains = try #require(json["chains"] as? [[String: Any]])
    let chain = try #require(chains.first { ($0["source"] as? [String: Any])?["kind"] as? String == "external" })
    #expect(Set(chain.keys) == ["bytes", "bits_per_second", "share", "flows", "hops", "source", "destination"])
    #expect(chain["bits_per_second"] as? Int == 4400 && chain["bytes"] as? Int == 1100)
    #expect(Set(try #require(chain["source"] as? [String: Any]).keys) == ["kind", "name", "summary"])
    let destination = try #require(chain["destination"] as? [String: Any])
    #expect(Set(destination.keys) == ["host", "container", "process", "endpoint"])
    #expect(destination["endpoint"] as? String == "172.17.0.2:80")

    let hops = try #require(chain["hops"] as? [[String: Any]])
    #expect(hops.compactMap { $0["kind"] as? String } == ["socket", "container", "nat", "external"])
    #expect(
      Set(hops[0].keys) == ["kind", "host", "namespace", "certainty", "flow", "process", "container", "evidence"])
    #expect(hops[0]["certainty"] as? String == "observed" && hops[0]["host"] as? String == "here")
    let flow = try #require(hops[0]["flow"] as? [String: String])
    #expect(flow == ["transport": "tcp", "source": "9.9.9.9:50000", "destination": "172.17.0.2:80"])
    let process = try #require(hops[0]["process"] as? [String: Any])
    #expect(Set(process.keys) == ["pid", "start_time", "name", "executable", "command", "uid", "user", "parents"])
    #expect(process["command"] as? [String] == ["squid", "-N"] && process["pid"] as? Int == 811)
    let container = try #require(hops[1]["container"] as? [String: Any])
    #expect(Set(container.keys) == ["runtime", "id", "name", "image", "labels", "address"])
    #expect(container["address"] as? String == "172.17.0.2")
    // A label is somebody's own name: its spelling stays.
    #expect(container["labels"] as? [String: String] == ["com.docker.compose.projectName": "shop", "A_b": "c"])
    #expect(
      hops[2]["flow"] as? [String: String] == [
        "transport": "tcp", "source": "9.9.9.9:50000", "destination": "198.51.100.1:8080",
      ])
    #expect(hops[2]["translated"] as? [String: String] == ["source": "9.9.9.9:50000", "destination": "172.17.0.2:80"])
    #expect(hops[3]["address"] as? String == "9.9.9.9")
    for hop in hops {
      for evidence in try #require(hop["evidence"] as? [[String: String]]) {
        #expect(Set(evidence.keys).isSubset(of: ["source", "detail", "command"]))
        #expect(evidence["source"] != nil && evidence["detail"] != nil)
      }
    }
    let unknown = try #require(chains.first { ($0["source"] as? [String: Any])?["kind"] as? String == "unknown" })
    #expect((unknown["destination"] as? [String: Any])?["endpoint"] as? String == "[2001:db8:51::9]:443")
    let findings = try #require(json["findings"] as? [[String: String]])
    #expect(findings.count == 1)
    #expect(Set(findings[0].keys).subtracting(["command"]) == ["kind", "severity", "summary", "remedy"])
  }

  @Test func `no key holds a null`() async throws {
    let text = try Document(await document(), isPretty: false).text
    #expect(!text.contains("null") && !text.contains("\n"))
  }

  @Test func `a document that was written can be read again`() async throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let document = try await document()
    let text = try Document(document, isPretty: true).text
    let again = try decoder.decode(TraceDocument.self, from: Data(text.utf8))
    #expect(try Document(again, isPretty: true).text == text)
    #expect(again.chains.map(\.hops) == document.chains.map(\.hops))
  }

  @Test func `an interval that was written can be read again`() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var host = try RecordedVantage.dockerHost()
    host.moved(
      try flow("10.0.0.2:40000", "198.51.100.9:443"), .forwarded, Owner(isKernel: true), payloadOut: 3,
      translated: try flow("198.51.100.1:40000", "198.51.100.9:443"), cookie: 7, interface: "docker0",
      outInterface: "eth0")
    let parts = Traffic(bytesIn: 1, bytesOut: 2, packetsIn: 3, packetsOut: 4)
    host.interval.ledger = [
      LedgerEntry(
        namespace: .host, namespaceName: "host", interface: "eth0", total: parts, sockets: parts, forwarded: parts,
        children: parts, nonIP: parts, unknown: parts, reasons: ["one"])
    ]
    let text = try Document(host.interval, isPretty: false).text
    #expect(text.contains("\"non_ip\""))
    let again = try decoder.decode(Interval.self, from: Data(text.utf8))
    #expect(again.flows == host.interval.flows && again.ledger == host.interval.ledger)
  }

  @Test func `names that a stranger chose stay inside their strings`() async throws {
    var host = try RecordedVantage.dockerHost()
    let name = "a\"}],\n\u{1B}[31m\u{0}\u{202E}"
    host.moved(try flow("198.51.100.1:40000", "198.51.100.9:443"), .initiator, .process(3, name))
    let json = try generic(await host.trace(), isPretty: false)
    let chain = try #require((json["chains"] as? [[String: Any]])?.first)
    #expect((chain["source"] as? [String: Any])?["name"] as? String == name)
  }
}

import Documents
import Flows
import Lab
import Testing

/// Web servers and proxies of several kinds on one host, each asked for a site: who is found, and by which name.
@Suite(.requires(ServersLab.requirements), .serialized) struct ServersTests {
  @Test func `logs finds all of them by itself, and trace names the site of each`() throws {
    let lab = try ServersLab()
    defer { lab.stop() }
    try lab.awaitLines(12)
    let headwater = Headwater(machine: lab.host)
    let document = try Headwater.decode(LogsDocument.self, headwater.run("logs", "--json"))
    for site in ["nginx.example.com", "apache.example.com", "haproxy.example.com", "caddy.example.com"] {
      #expect(
        document.sites.contains { $0.name == site && $0.requests >= 10 }, "\(site): \(document.sites.map(\.name))")
    }
    for log in ["nginx.log", "apache.any", "balancer.out", "console.out", "squid.log"] {
      #expect(document.files.contains { $0.path.hasSuffix("/var/log/lab/\(log)") }, "\(log)")
    }
    // A log of two sites whose lines name none is neither's.
    #expect(!document.sites.contains { ["one.example.com", "other.example.com"].contains($0.name) })
    #expect(document.sites.contains { $0.name == "shared.log" && $0.requests >= 10 })
    // What only its lines tell from an access log, and what is none, is not said to be missing.
    #expect(!document.notes.contains { $0.contains("has no access log") }, "\(document.notes)")

    for (port, software, name) in ServersLab.served where software != "squid" {
      let trace = try Headwater.decode(TraceDocument.self, headwater.run("trace", ":\(port)", "--for", "1", "--json"))
      let sites = trace.chains.compactMap(\.destination.site)
      let site = try #require(sites.first, "\(name)")
      #expect(site.name == name && site.software == software && site.certainty == .observed, "\(site)")
      guard !["nameless.example.com", "one.example.com"].contains(name) else {
        #expect(site.requestsPerSecond == nil, "\(site)")
        continue
      }
      #expect((1...20).contains(site.requestsPerSecond ?? 0), "\(site)")
      #expect(site.log?.hasPrefix("/var/log/lab/") == true, "\(site)")
    }
  }
}

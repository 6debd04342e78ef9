import Documents
import Flows
import Foundation
import Lab
import Testing

/// Proxies whose connections to the server serve many clients, one request after the other.
@Suite(.requires(Nginx.requirements + [.program("haproxy"), .built("headwater")]), .serialized)
struct SharedUpstreamTests {
  /// Two clients of one host, 198.51.100.9 with 90 requests and 198.51.100.10 with 30, on connections that stay open.
  private static let clients = """
    import http.client, ssl, sys, threading, time
    port, secure = int(sys.argv[1]), sys.argv[2] == "tls"
    def ask(address, count):
        source = (address, 0)
        context = ssl._create_unverified_context()
        link = (http.client.HTTPSConnection("198.51.100.1", port, source_address=source, context=context) if secure
                else http.client.HTTPConnection("198.51.100.1", port, source_address=source))
        for _ in range(count):
            link.request("GET", "/")
            assert len(link.getresponse().read()) == 2000
            time.sleep(0.01)
    threads = [threading.Thread(target=ask, args=who) for who in (("198.51.100.9", 90), ("198.51.100.10", 30))]
    [t.start() for t in threads]; [t.join() for t in threads]
    """

  private func check(_ document: TraceDocument, software: String) throws {
    let sources = document.chains.filter { $0.hops.contains { $0.kind == .relay } }
    let bytes = Dictionary(sources.map { ($0.source.name, $0.bytes) }, uniquingKeysWith: +)
    let total = Double(bytes.values.reduce(0, +))
    // Three of four requests are the first client's, each with the same answer.
    let share = Double(bytes["198.51.100.9"] ?? 0) / total
    #expect(share > 0.70 && share < 0.80, "\(bytes)")
    #expect(Set(bytes.keys).isSubset(of: ["198.51.100.9", "198.51.100.10"]), "\(bytes)")
    for chain in sources {
      let hop = try #require(chain.hops.first { $0.kind == .relay })
      #expect(hop.relay?.software == software && hop.relay?.method == "cause" && hop.certainty == .observed)
      #expect(hop.relay?.backend == "app")
    }
    #expect(document.coverage.unknown == 0)
  }

  private func trace(_ lab: ProxyLab, port: Int, tls: Bool) throws -> TraceDocument {
    try lab.client.output(of: ["ip", "address", "add", "198.51.100.10/24", "dev", "eth0"])
    let server = try Traffic.serve(on: lab.server, port: 80, mode: .http, bytes: 2000)
    defer { _ = try? server.stop() }
    let (document, result) = try lab.trace("10.9.0.2") {
      try lab.client.run(["python3", "-c", Self.clients, "\(port)", tls ? "tls" : "plain"], timeout: .seconds(120))
    }
    #expect(result.status == 0, "\(result.stderr)")
    return document
  }

  @Test func `HAProxy in HTTP mode with reused connections parts the bytes by requests`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let haproxy = try HAProxy(
      ProxyLab.defaults + """
        frontend web
          mode http
          bind :8080
          default_backend app
        backend app
          mode http
          http-reuse always
          server one 10.9.0.2:80

        """, on: lab.proxy)
    defer { haproxy.stop() }
    try check(try trace(lab, port: 8080, tls: false), software: "haproxy")
  }

  @Test func `nginx with TLS and kept upstream connections parts the bytes by requests`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let (certificate, key) = try Nginx.certificate(for: "web.example", on: lab.proxy)
    let http = """
      upstream app { server 10.9.0.2:80; keepalive 4; }
      server {
        listen 8443 ssl;
        server_name web.example;
        ssl_certificate \(certificate); ssl_certificate_key \(key);
        location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
      """
    let nginx = try Nginx(Nginx.configuration(http: http), on: lab.proxy)
    defer { nginx.stop() }
    try check(try trace(lab, port: 8443, tls: true), software: "nginx")
  }
}

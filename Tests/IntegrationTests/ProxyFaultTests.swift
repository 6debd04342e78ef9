import Documents
import Flows
import Foundation
import Lab
import Testing

/// Proxies that do not say what they know, or change while they are asked.
@Suite(.requires(Requirement.host + [.program("haproxy"), .program("socat"), .built("headwater")]), .serialized)
struct ProxyFaultTests {
  private func configuration(_ global: String = "", port: Int = 8080) -> String {
    """
    global
      \(global)
    \(ProxyLab.defaults)
    listen web
      mode tcp
      bind :::\(port) v4v6
      server one 10.9.0.2:80

    """
  }

  /// The relay hop of the one chain that leads to the client.
  private func relay(_ document: TraceDocument) throws -> Hop {
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1)
    #expect(chain.source.kind == .external && chain.source.name == "198.51.100.9")
    return try #require(chain.hops.first { $0.kind == .relay })
  }

  @Test func `a stats socket that hangs costs two seconds and no more`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let server = try Traffic.serve(on: lab.server, port: 80)
    let haproxy = try HAProxy(configuration("stats socket /run/haproxy.sock level admin"), on: lab.proxy)
    defer { haproxy.stop() }
    // A stand-in for a HAProxy that is stuck: what accepts at its path never answers.
    try lab.proxy.output(of: ["rm", "/run/haproxy.sock"])
    let silent = try lab.proxy.start(["socat", "UNIX-LISTEN:/run/haproxy.sock,fork", "EXEC:sleep 60"])
    defer { silent.stop() }
    try waitUntil("the silent socket") { try lab.proxy.run(["test", "-S", "/run/haproxy.sock"]).status == 0 }
    let clock = ContinuousClock()
    let began = clock.now
    let (document, sent) = try lab.trace("10.9.0.2") { try lab.held(through: server) }
    // Two seconds for the socket, one of watching counters, and a slow machine; the stand-in would hang for a minute.
    #expect(clock.now - began < .seconds(40))
    sent.stop()
    let hop = try relay(document)
    #expect(["cause", "mirrored bytes"].contains(hop.relay?.method))
    #expect(hop.relay?.frontend == "web" && hop.relay?.server == "one")
    _ = try server.stop()
  }

  @Test func `a connection that outlives a reload is asked of the old worker`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let server = try Traffic.serve(on: lab.server, port: 80)
    let haproxy = try HAProxy(configuration(), on: lab.proxy, isMaster: true)
    defer { haproxy.stop() }
    let old = haproxy.workers
    let sent = try Traffic.start(
      .bulk(bytes: 300_000_000, rate: 5_000_000), from: lab.client, to: "198.51.100.1", port: 8080)
    try waitUntil("a connection through the proxy") {
      try lab.proxy.output(of: ["ss", "-tnH", "state", "established", "dst", "10.9.0.2:80"]).contains("10.9.0.2")
    }
    try haproxy.reload()
    let document = try Headwater(machine: lab.proxy).start("trace", "10.9.0.2", "--json", "--for", "1").document()
    let hop = try relay(document)
    #expect(hop.relay?.method == "show sess" && hop.certainty == .observed)
    #expect(hop.relay?.frontend == "web" && hop.relay?.server == "one")
    let pid = try #require(hop.process?.pid)
    #expect(try old.contains(lab.proxy.machinePid(of: pid)))
    sent.stop()
    _ = try server.stop()
  }

  @Test func `a proxy whose other side is a proxy is followed through both`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let server = try Traffic.serve(on: lab.server, port: 80)
    let haproxy = try HAProxy(configuration("stats socket /run/haproxy.sock", port: 8081), on: lab.proxy)
    defer { haproxy.stop() }
    let socat = try lab.proxy.start(["socat", "TCP-LISTEN:8080,fork,reuseaddr", "TCP:127.0.0.1:8081"])
    defer { socat.stop() }
    try waitUntil("socat") { try lab.proxy.output(of: ["ss", "-tlnH", "sport", "=", ":8080"]).contains("8080") }
    let (document, sent) = try lab.trace("10.9.0.2") { try lab.held(through: server) }
    sent.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .relay, .socket, .relay, .external])
    #expect(chain.hops.compactMap { $0.relay?.software } == ["haproxy", "socat"])
    #expect(chain.source.name == "198.51.100.9")
    #expect(
      chain.hops.filter { $0.kind == .relay }.allSatisfy { $0.certainty == .observed || $0.certainty == .matched })
    #expect(document.coverage.unknown == 0)
    _ = try server.stop()
  }

  @Test func `IPv6 clients of an IPv4 server`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    let server = try Traffic.serve(on: lab.server, port: 80)
    let haproxy = try HAProxy(configuration("stats socket /run/haproxy.sock"), on: lab.proxy)
    defer { haproxy.stop() }
    let (document, sent) = try lab.trace(":80") { try lab.held(to: "fd00:51::1", through: server) }
    sent.stop()
    let chain = try #require(document.chains.first { $0.hops.contains { $0.kind == .relay } })
    #expect(chain.source.name == "fd00:51::9" && chain.destination.endpoint == Endpoint("10.9.0.2:80"))
    let hop = try #require(chain.hops.first { $0.kind == .relay })
    #expect(hop.relay?.method == "show sess" && hop.flow?.destination == Endpoint("[fd00:51::1]:8080"))
    _ = try server.stop()
  }
}

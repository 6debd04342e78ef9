import Flows
import Foundation
import Lab
import Testing

/// Where an interface's bytes went, under mixed load: at least 98 % of them are explained.
@Suite(.requires(Requirement.docker + [.program("ping"), .built("headwater")]), .serialized)
struct LedgerTests {
  /// Runs `load` within one window of `headwater top` on `host`; its ledger's lines for the host's own namespace.
  private func ledger(_ host: TestHost, _ load: () throws -> Void) throws -> [String: LedgerEntry] {
    let top = try Headwater(machine: host)
      .start("top", "--json", "--for", Headwater.untilEnded, "--interval", Headwater.untilEnded)
    try load()
    let intervals = try top.end().intervals()
    let interval = try #require(intervals.first)
    #expect(intervals.count == 1 && interval.meter == "ebpf")
    let own = interval.ledger.filter { $0.namespaceName == "host" || $0.namespaceName.hasPrefix("namespace of pid") }
    return Dictionary(own.map { ($0.interface, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What the kernel counted on `interface` so far, in both directions.
  private func counted(_ host: TestHost, _ interface: String) throws -> Int {
    let folder = "/sys/class/net/\(interface)/statistics"
    let numbers = try host.output(of: ["cat", "\(folder)/rx_bytes", "\(folder)/tx_bytes"]).split(separator: "\n")
    return numbers.compactMap { Int($0) }.reduce(0, +)
  }

  private func check(_ entry: LedgerEntry, _ what: String, truth: Int) {
    let parts = [entry.sockets, entry.forwarded, entry.children, entry.nonIP].reduce(0) { $0 + $1.bytes }
    let share = Double(parts) / Double(entry.total.bytes)
    print("ledger, \(what): \(share * 100) % of \(entry.total.bytes) bytes: \(entry)")
    #expect(entry.explained >= 0.98, "\(what): \(entry)")
    // The unknown can't be less than nothing, so parts that exceed the whole must be looked for.
    #expect(share >= 0.98 && share <= 1.02, "\(what): \(entry)")
    #expect(entry.unknown.bytes == 0 || !entry.reasons.isEmpty || entry.explained > 0.999 || share > 0.98)
    // The whole is the interface's own count: with 14 bytes more per packet for the link's header.
    let headers = Int(entry.total.packets) * 14
    #expect(abs(Double(truth - headers) / Double(entry.total.bytes) - 1) < 0.01, "\(what): \(truth) \(entry)")
  }

  @Test(arguments: [false, true])
  func `mixed load on a Docker host's uplink is explained`(_ isV6: Bool) throws {
    let host = try TestHost("dockerhost")
    let outside = try TestHost("outside")
    defer { [host, outside].forEach { $0.stop() } }
    try Wire(
      host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
    let daemon = try DockerHost(
      host, options: DockerHost.speakingIPv6())
    let talker = try daemon.docker.container(name: "talker")
    let (far, near) = isV6 ? ("fd00:51::9", "fd00:51::1") : ("198.51.100.9", "198.51.100.1")
    let any = isV6 ? "::" : "0.0.0.0"
    let servers = try [
      Traffic.serve(on: outside, port: 5001, address: any),
      Traffic.serve(on: outside, port: 5002, udp: true, address: any),
      Traffic.serve(on: host, port: 5003, address: any),
      Traffic.serve(on: outside, port: 5004, mode: .source, address: any, bytes: 10_000_000),
    ]
    // Once before, so that neighbours are known and nothing is lost to their discovery.
    try Traffic.send(.ping(count: 1, size: 8), from: talker, to: far)

    let before = try counted(host, "eth0")
    var payload = (own: 0, container: 0, datagrams: 0)
    let entries = try ledger(host) {
      // At once: bulk both ways, a flood of datagrams, short connections, and containers' traffic through NAT.
      let own = try [
        Traffic.start(.bulk(bytes: 20_000_000), from: host, to: far, port: 5001),
        Traffic.start(.udp(count: 20_000, size: 400, rate: 10_000), from: host, to: far, port: 5002),
        Traffic.start(.short(count: 40, bytes: 2000, milliseconds: 5), from: host, to: far, port: 5001),
        Traffic.start(.bulk(bytes: 10_000_000), from: outside, to: near, port: 5003),
        Traffic.start(.ping(count: 20, size: 1000), from: host, to: far),
        Traffic.start(.ping(count: 20, size: 1000), from: outside, to: near),
      ]
      let containers = try [
        Traffic.start(.bulk(bytes: 15_000_000), from: talker, to: far, port: 5001),
        Traffic.start(.bulk(bytes: 0), from: talker, to: far, port: 5004),
        Traffic.start(.udp(count: 5_000, size: 1200, rate: 5_000), from: talker, to: far, port: 5002),
        Traffic.start(.short(count: 20, bytes: 2000, milliseconds: 5), from: talker, to: far, port: 5001),
      ]
      for client in own {
        let report = try client.finish()
        payload.own += report.sent
        payload.datagrams += report.datagrams_sent
      }
      for client in containers {
        let report = try client.finish()
        payload.container += report.sent + report.received
        payload.datagrams += report.datagrams_sent
      }
    }
    let truth = try counted(host, "eth0") - before
    let arrived = try servers.map { try $0.stop() }
    // Datagrams may find a queue full on their way from the container, before they come to eth0.
    payload.container -= (payload.datagrams - arrived[1].datagrams_received) * 1200
    let entry = try #require(entries["eth0"])
    check(entry, isV6 ? "eth0 of a Docker host, IPv6" : "eth0 of a Docker host, IPv4", truth: truth)
    #expect(entry.sockets.bytes > payload.own && entry.forwarded.bytes > payload.container)
    #expect(payload.own > 38_000_000 && payload.container > 25_000_000)
  }

  @Test(arguments: [false, true])
  func `what a router passes on is explained on both of its interfaces`(_ isV6: Bool) throws {
    let inside = try TestHost("inside")
    let router = try TestHost("router")
    let outside = try TestHost("outside")
    defer { [inside, router, outside].forEach { $0.stop() } }
    try Wire(inside.plug("eth0", "192.168.7.2/24", "fd07::2/64"), router.plug("lan", "192.168.7.1/24", "fd07::1/64"))
    try Wire(router.plug("wan", "203.0.113.1/24", "fd03::1/64"), outside.plug("eth0", "203.0.113.9/24", "fd03::9/64"))
    try inside.route("default", via: "192.168.7.1")
    try inside.route("default", via: "fd07::1")
    try outside.route("fd07::/64", via: "fd03::1")
    try router.forward()
    try router.masquerade(out: "wan")
    let (far, any) = isV6 ? ("fd03::9", "::") : ("203.0.113.9", "0.0.0.0")
    let servers = try [
      Traffic.serve(on: outside, port: 5001, address: any),
      Traffic.serve(on: outside, port: 5002, udp: true, address: any),
    ]
    try Traffic.send(.ping(count: 1, size: 8), from: inside, to: far)

    let before = try (counted(router, "lan"), counted(router, "wan"))
    var payload = 0
    let entries = try ledger(router) {
      let clients = try [
        Traffic.start(.bulk(bytes: 30_000_000), from: inside, to: far, port: 5001),
        Traffic.start(.udp(count: 10_000, size: 500, rate: 5_000), from: inside, to: far, port: 5002),
        Traffic.start(.short(count: 40, bytes: 2000, milliseconds: 5), from: inside, to: far, port: 5001),
        Traffic.start(.ping(count: 20, size: 1000), from: inside, to: far),
      ]
      for client in clients { payload += try client.finish().sent }
    }
    let truth = try (counted(router, "lan") - before.0, counted(router, "wan") - before.1)
    _ = try servers.map { try $0.stop() }
    for (name, truth) in [("lan", truth.0), ("wan", truth.1)] {
      let entry = try #require(entries[name])
      check(entry, "\(name) of a router, \(isV6 ? "IPv6" : "IPv4")", truth: truth)
      #expect(Double(entry.forwarded.bytes) >= 0.98 * Double(entry.total.bytes))
      #expect(entry.forwarded.bytes > payload)
    }
  }
}

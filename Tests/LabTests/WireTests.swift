import Lab
import Testing

@Suite(.requires(Requirement.host + [.program("ping"), .program("nft"), .program("conntrack")])) struct WireTests {
  @Test func `two hosts reach each other over IPv4 and IPv6`() throws {
    let one = try TestHost("one")
    let two = try TestHost("two")
    defer { [one, two].forEach { $0.stop() } }
    try Wire(one.plug("eth0", "10.1.0.1/24", "fd01::1/64"), two.plug("eth0", "10.1.0.2/24", "fd01::2/64"))
    for address in ["10.1.0.2", "fd01::2"] {
      let report = try Traffic.send(.ping(count: 5, size: 56), from: one, to: address)
      #expect((report.datagrams_sent, report.datagrams_received, report.received) == (5, 5, 5 * 64))
    }
  }

  @Test func `a router translates sources and destinations`() throws {
    let inside = try TestHost("inside")
    let router = try TestHost("router")
    let outside = try TestHost("outside")
    defer { [inside, router, outside].forEach { $0.stop() } }
    try Wire(inside.plug("eth0", "192.168.7.2/24"), router.plug("lan", "192.168.7.1/24"))
    try Wire(router.plug("wan", "203.0.113.1/24"), outside.plug("eth0", "203.0.113.9/24"))
    try inside.route("default", via: "192.168.7.1")
    try router.forward()
    try router.accountConnections()
    try router.masquerade(out: "wan")
    try router.destinationNAT(to: "203.0.113.1", port: 8080, target: "192.168.7.2", targetPort: 80)

    let far = try Traffic.serve(on: outside, port: 5001)
    let sent = try Traffic.send(.bulk(bytes: 3_000_000), from: inside, to: "203.0.113.9", port: 5001)
    #expect(sent.sent == 3_000_000)
    #expect(try far.stop().received == 3_000_000)
    let port = try #require(sent.endpoints.first?.split(separator: ":").last)
    let entry = try router.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-src", "\(port)"])
    #expect(entry.contains("src=192.168.7.2") && entry.contains("dst=203.0.113.1 ") && entry.contains("bytes="))

    let near = try Traffic.serve(on: inside, port: 80, mode: .http, bytes: 500)
    let asked = try Traffic.send(.http(count: 3), from: outside, to: "203.0.113.1", port: 8080)
    #expect(asked.requests == 3)
    #expect(try near.stop().sent == asked.received)
  }

  @Test func `a one-to-one address works both ways`() throws {
    let node = try TestHost("node")
    let cloud = try TestHost("cloud")
    let stranger = try TestHost("stranger")
    defer { [node, cloud, stranger].forEach { $0.stop() } }
    try Wire(node.plug("eth0", "10.12.32.13/24"), cloud.plug("in", "10.12.32.1/24"))
    try Wire(cloud.plug("out", "203.0.113.10/24"), stranger.plug("eth0", "203.0.113.77/24"))
    try node.route("default", via: "10.12.32.1")
    try cloud.forward()
    try cloud.oneToOne("203.0.113.10", "10.12.32.13", out: "out")
    let server = try Traffic.serve(on: node, port: 3129, mode: .echo)
    let report = try Traffic.send(.bulk(bytes: 100_000), from: stranger, to: "203.0.113.10", port: 3129)
    #expect((report.sent, report.received) == (100_000, 100_000))
    _ = try server.stop()
  }

  @Test func `a bridge joins several hosts`() throws {
    let middle = try TestHost("switch")
    let hosts = try (1...3).map { try TestHost("h\($0)") }
    defer { (hosts + [middle]).forEach { $0.stop() } }
    for (number, host) in hosts.enumerated() {
      try Wire(host.plug("eth0", "10.2.0.\(number + 1)/24"), middle.plug("port\(number)"))
    }
    try middle.bridge("br0", ["port0", "port1", "port2"], "10.2.0.254/24")
    for address in ["10.2.0.2", "10.2.0.3", "10.2.0.254"] {
      #expect(try Traffic.send(.ping(count: 1, size: 10), from: hosts[0], to: address).datagrams_received == 1)
    }
  }

  @Test(.requires(.netem)) func `a wire can be slow`() throws {
    let one = try TestHost("one")
    let two = try TestHost("two")
    defer { [one, two].forEach { $0.stop() } }
    try Wire(one.plug("eth0", "10.1.0.1/24"), two.plug("eth0", "10.1.0.2/24")).delay(milliseconds: 20)
    let clock = ContinuousClock()
    let took = try clock.measure { try Traffic.send(.ping(count: 5, size: 56), from: one, to: "10.1.0.2") }
    #expect(took > .milliseconds(200))
  }
}

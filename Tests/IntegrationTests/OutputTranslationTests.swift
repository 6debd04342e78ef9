import Documents
import Flows
import Foundation
import Lab
import Testing

/// Translation of what a host itself sends: a cluster's service address, a published port used from the host itself.
/// Packets that leave have other addresses than the answers that come, but it is one connection of one socket.
@Suite(.requires(Requirement.host + [.program("nft"), .built("headwater")]), .serialized)
struct OutputTranslationTests {
  /// A service's address, and the namespace's address that it leads to.
  struct Service: Sendable, CustomTestStringConvertible {
    let client, web, service: Endpoint
    let any: String
    var testDescription: String { "\(service)" }

    static let both = [
      Service(client: "10.9.0.1:0", web: "10.9.1.2:80", service: "10.96.0.10:80", any: "0.0.0.0"),
      Service(client: "[fd00:9::1]:0", web: "[fd00:9:1::2]:80", service: "[fd00:96::10]:80", any: "::"),
    ].compactMap(\.self)

    private init?(client: String, web: String, service: String, any: String) {
      guard let client = Endpoint(client), let web = Endpoint(web), let service = Endpoint(service) else { return nil }
      (self.client, self.web, self.service, self.any) = (client, web, service, any)
    }
  }

  /// A host with the namespace `web`, whose own packets to `service` are translated.
  private func node(_ service: Service, _ transport: String = "tcp") throws -> (host: TestHost, outside: TestHost) {
    let (host, outside) = (try TestHost("node"), try TestHost("outside"))
    try Wire(
      host.plug("eth0", "10.9.0.1/24", "fd00:9::1/64"), outside.plug("eth0", "10.9.0.254/24", "fd00:9::254/64"))
    try host.output(of: [
      "sh", "-ec",
      """
      ip netns add web
      ip link add toweb type veth peer name eth0 netns web
      ip address add 10.9.1.1/24 dev toweb
      ip address add fd00:9:1::1/64 dev toweb nodad
      ip link set toweb up
      ip -n web address add 10.9.1.2/24 dev eth0
      ip -n web address add fd00:9:1::2/64 dev eth0 nodad
      ip -n web link set eth0 up
      ip -n web link set lo up
      ip -n web route add default via 10.9.1.1
      ip -n web route add default via fd00:9:1::1
      ip route add default via 10.9.0.254
      ip route add default via fd00:9::254
      """,
    ])
    try host.destinationNAT(
      transport, to: "\(service.service.address)", port: 80, target: "\(service.web.address)", targetPort: 80)
    return (host, outside)
  }

  private func serve(_ service: Service, on host: TestHost, udp: Bool = false) throws -> BackgroundProcess {
    let words = Traffic.serverCommand(port: 80, mode: .echo, udp: udp, address: service.any)
    let process = try host.start(["ip", "netns", "exec", "web"] + words)
    try process.waitFor("\"ready\"")
    return process
  }

  /// The one chain of a document. Handshakes of the listener and neighbour discovery are chains of their own, but small.
  private func only(_ document: TraceDocument, _ comment: Comment? = nil) throws -> Chain {
    let chain = try #require(document.chains.first, comment)
    #expect(document.chains.dropFirst().allSatisfy { $0.bytes < 1000 }, "\(document.chains)")
    #expect(document.chains.count { $0.hops.contains { $0.kind == .nat } } == 1, comment)
    #expect(chain.flows == 1, comment)
    return chain
  }

  /// One chain from the client through the translation to the server in the other namespace.
  private func check(_ document: TraceDocument, _ service: Service, client: String = "python3") throws -> Chain {
    let chain = try only(document)
    let passages: Set<Hop.Kind> = [.socket, .nat, .relay, .external, .unknown]
    #expect(chain.hops.map(\.kind).filter(passages.contains) == [.socket, .nat, .socket])
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix(client))
    let nat = try #require(chain.hops.first { $0.kind == .nat })
    #expect(nat.flow?.destination == service.service && nat.translated?.destination == service.web)
    #expect(nat.flow?.source.address == service.client.address && nat.certainty == .observed)
    let (server, source) = (try #require(chain.hops.first), try #require(chain.hops.last))
    #expect(server.namespace?.contains("web") == true && server.process?.name.hasPrefix("python3") == true)
    #expect(source.namespace?.contains("web") != true && source.process?.pid != server.process?.pid)
    #expect(document.coverage.unknown == 0)
    return chain
  }

  /// Both directions with their headers, once. One direction counted twice would be half as much again; some segments of
  /// 64 kB may really have been sent twice, where the receiver's buffer was full.
  private func checkBytes(_ chain: Chain, _ payload: Int) {
    #expect(chain.bytes > payload && chain.bytes < payload * 14 / 10, "\(chain.bytes) for \(payload)")
  }

  @Test(arguments: Service.both, [true, false])
  func `a connection to a service's address is one chain by either address`(_ service: Service, byService: Bool) throws
  {
    let (host, outside) = try node(service)
    defer { [host, outside].forEach { $0.stop() } }
    let web = try serve(service, on: host)
    defer { web.stop() }
    let target = byService ? service.service : service.web
    let trace = try Headwater(machine: host).start(
      "trace", "\(target.address)", "--json", "--for", Headwater.untilEnded)
    let sent = try Traffic.send(.bulk(bytes: 2_000_000), from: host, to: "\(service.service.address)", port: 80)
    let chain = try check(try trace.end().document(), service)
    #expect(sent.received == 2_000_000)
    checkBytes(chain, sent.sent + sent.received)
  }

  @Test(arguments: Service.both, [true, false])
  func `datagrams to a service's address are one chain with their answers`(
    _ service: Service, isConnected: Bool
  ) throws {
    let (host, outside) = try node(service, "udp")
    defer { [host, outside].forEach { $0.stop() } }
    let web = try serve(service, on: host, udp: true)
    defer { web.stop() }
    let trace = try Headwater(machine: host).start(
      "trace", "\(service.service.address)", "--json", "--for", Headwater.untilEnded)
    let address = "\(service.service.address)"
    if isConnected {
      try Traffic.send(.udpEcho(count: 100, size: 1000), from: host, to: address, port: 80)
    } else {
      try host.output(of: [
        "python3", "-c",
        """
        import socket
        client = socket.socket(socket.\(service.any == "::" ? "AF_INET6" : "AF_INET"), socket.SOCK_DGRAM)
        client.settimeout(5)
        for _ in range(100):
            client.sendto(bytes(1000), ('\(address)', 80))
            client.recv(2000)
        """,
      ])
    }
    let chain = try check(try trace.end().document(), service)
    let headers: UInt64 = service.any == "::" ? 48 : 28
    #expect(chain.bytes == 2 * 100 * (1000 + headers))
  }

  @Test(.requires(Requirement.docker))
  func `a published port that the host itself uses is one chain`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let web = try lab.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    let address = try web.address()
    for target in ["198.51.100.1:8080", "\(address):80", "web"] {
      let trace = try Headwater(machine: lab.host).start("trace", target, "--json", "--for", Headwater.untilEnded)
      try Traffic.send(.http(count: 20), from: lab.host, to: "198.51.100.1", port: 8080)
      let chain = try only(try trace.end().document(), "\(target)")
      #expect(chain.hops.map(\.kind) == [.socket, .container, .nat, .socket])
      let nat = try #require(chain.hops.first { $0.kind == .nat })
      #expect(nat.flow?.destination == Endpoint("198.51.100.1:8080"))
      #expect(nat.translated?.destination == Endpoint("\(address):80"))
      #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"))
      // 20 answers of 1,000 bytes, and both directions' headers.
      #expect(chain.bytes > 22_000)
    }
  }

  @Test(arguments: Service.both)
  func `a redirect on the host itself is one chain with both ends`(_ service: Service) throws {
    let (host, outside) = try node(service)
    defer { [host, outside].forEach { $0.stop() } }
    try host.output(of: ["nft", "add rule inet lab output tcp dport 8080 redirect to :8081"])
    let server = try Traffic.serve(on: host, port: 8081, mode: .echo, address: service.any)
    let far = service.any == "::" ? "fd00:9::254" : "10.9.0.254"
    let trace = try Headwater(machine: host).start("trace", ":8080", "--json", "--for", Headwater.untilEnded)
    let sent = try Traffic.send(.bulk(bytes: 1_000_000), from: host, to: far, port: 8080)
    let document = try trace.end().document()
    #expect(try server.stop().received == 1_000_000)
    let chain = try only(document)
    #expect(chain.hops.map(\.kind) == [.socket, .nat, .socket])
    #expect(chain.hops[1].flow?.destination.port == 8080 && chain.hops[1].translated?.destination.port == 8081)
    #expect(chain.destination.process != nil && chain.destination.process?.pid != chain.hops.last?.process?.pid)
    checkBytes(chain, sent.sent + sent.received)
  }

  /// A router whose two links have the same addresses behind them, apart in zones of connection tracking: as networks of
  /// virtual machines have it. Zone 1 is redirected to the router itself.
  private func zones(_ isV4: Bool) throws -> (router: TestHost, far: String) {
    let router = try TestHost("router")
    let (near, client, far) = isV4 ? ("10.5.0.1", "10.5.0.2", "10.6.0.2") : ("fd00:5::1", "fd00:5::2", "fd00:6::2")
    let bits = isV4 ? 24 : 64
    let family = isV4 ? "-4" : "-6"
    var script = """
      echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
      echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter
      ip netns add far; ip link add es type veth peer name s0 netns far
      ip address add \(isV4 ? "10.6.0.1" : "fd00:6::1")/\(bits) dev es nodad; ip link set es up
      ip -n far address add \(far)/\(bits) dev s0 nodad; ip -n far link set s0 up; ip -n far link set lo up
      ip -n far \(family) route add default via \(isV4 ? "10.6.0.1" : "fd00:6::1")

      """
    for number in 1...2 {
      script += """
        ip netns add c\(number); ip link add e\(number) type veth peer name e0 netns c\(number)
        ip address add \(near)/\(bits) dev e\(number) nodad; ip link set e\(number) up
        ip -n c\(number) address add \(client)/\(bits) dev e0 nodad; ip -n c\(number) link set e0 up
        ip -n c\(number) link set lo up; ip -n c\(number) \(family) route add default via \(near)
        ip \(family) rule add fwmark \(number) lookup 10\(number)
        ip \(family) route add \(client) dev e\(number) table 10\(number)

        """
    }
    try router.output(of: ["sh", "-ec", script])
    let word = isV4 ? "ip" : "ip6"
    let snat = isV4 ? ["10.6.0.11", "10.6.0.12"] : ["fd00:6::11", "fd00:6::12"]
    for address in snat { try router.output(of: ["ip", "address", "add", "\(address)/\(bits)", "dev", "es", "nodad"]) }
    try router.output(
      of: ["nft", "-f", "-"],
      input: """
        table \(word) zones {
          chain raw { type filter hook prerouting priority raw;
            iifname e1 ct original zone set 1 meta mark set 1
            iifname e2 ct original zone set 2 meta mark set 2; }
          chain marks { type filter hook prerouting priority mangle;
            iifname es meta mark set ct mark
            iifname { e1, e2 } ct mark set meta mark; }
          chain own { type route hook output priority mangle; meta mark set ct mark; }
          chain pre { type nat hook prerouting priority dstnat; iifname e1 tcp dport 7901 redirect to :7902; }
          chain post { type nat hook postrouting priority srcnat;
            ct mark 1 oifname es snat to \(snat[0]); ct mark 2 oifname es snat to \(snat[1]); }
        }

        """)
    return (router, far)
  }

  @Test(arguments: [true, false])
  func `a translation in a zone of connection tracking is found, and one that two zones have is named`(
    isV4: Bool
  ) throws {
    let (router, far) = try zones(isV4)
    defer { router.stop() }
    let inside = { (name: String) in ["ip", "netns", "exec", name] }
    let any = isV4 ? "0.0.0.0" : "::"
    let proxy = try router.start(Traffic.serverCommand(port: 7902, mode: .echo, address: any))
    let server = try router.start(inside("far") + Traffic.serverCommand(port: 7800, mode: .echo, address: any))
    for process in [proxy, server] { try process.waitFor("ready") }
    let fixed = """
      import socket, sys, time
      s = socket.socket(socket.AF_INET if sys.argv[4] == "4" else socket.AF_INET6)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      s.bind(("", int(sys.argv[3])))
      s.connect((sys.argv[1], int(sys.argv[2])))
      print("connected", flush=True)
      for i in range(1200):
        s.send(b"x" * 1000)
        s.recv(65536)
        time.sleep(0.05)
      """
    let clients = try [("c1", "7901", "40001"), ("c1", "7800", "40000"), ("c2", "7800", "40000")].map {
      name, port, own in
      try router.start(inside(name) + ["python3", "-c", fixed, far, port, own, isV4 ? "4" : "6"])
    }
    for client in clients { try client.waitFor("connected") }
    let redirected = try Headwater(machine: router).start("trace", ":7901", "--json", "--for", "1").document()
    let both = try Headwater(machine: router).start("trace", ":7800", "--json", "--for", "1").document()
    for process in clients + [proxy, server] { process.stop() }

    let chain = try #require(redirected.chains.first)
    #expect(chain.destination.endpoint?.port == 7902 && chain.destination.process != nil, "\(chain)")
    #expect(chain.source.kind == .process && redirected.coverage.unknown == 0, "\(redirected.coverage)")

    // Which of two equal clients it is the lookup does not tell, and that is said.
    let reasons = both.coverage.reasons + (both.coverage.refused ?? [])
    #expect(reasons.contains { $0.contains("zones") }, "\(both)")
  }
}

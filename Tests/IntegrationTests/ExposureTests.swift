import Documents
import Flows
import Foundation
import Lab
import Testing

/// `headwater exposure` in test hosts, against what connections from the outside find.
@Suite(
  .requires(
    Requirement.host + ["iptables-nft", "ip6tables-nft", "nft", "python3"].map { .program($0) }
      + [.file("/dev/net/tun"), .built("headwater")]), .serialized)
struct ExposureTests {
  /// A host with services and rules of its own, one behind it that it publishes, and the internet.
  private final class Lab {
    let wall: TestHost
    let outside: TestHost
    let inner: TestHost
    /// They end with this list.
    private let servers: [BackgroundProcess]
    static let stranger = (v4: "45.83.91.7", v6: "2a0e:97c0:5::7")
    static let addresses = (v4: "198.51.100.1", v6: "2001:db8:51::1")

    init() throws {
      wall = try TestHost("wall")
      outside = try TestHost("outside")
      inner = try TestHost("inner")
      try Wire(
        wall.plug("eth0", "198.51.100.1/24", "2001:db8:51::1/64"),
        outside.plug(
          "eth0", "198.51.100.7/24", "198.51.100.77/24", "45.83.91.7/32", "2001:db8:51::7/64", "2001:db8:51::77/64",
          "2a0e:97c0:5::7/128"))
      try Wire(wall.plug("br0", "172.17.0.1/16", "fd17::1/64"), inner.plug("eth0", "172.17.0.2/16", "fd17::2/64"))
      for gateway in ["198.51.100.7", "2001:db8:51::7"] { try wall.route("default", via: gateway) }
      for gateway in ["172.17.0.1", "fd17::1"] { try inner.route("default", via: gateway) }
      try wall.forward()
      var started: [BackgroundProcess] = []
      for (host, ports) in [(wall, ["::", "22", "443", "127.0.0.1", "8000"]), (inner, ["::", "80"])] {
        started.append(try host.start(["python3", "-c", Self.server] + ports, environment: [:]))
        try waitUntil("servers on \(host.name)") {
          try ports.filter { UInt16($0) != nil }.allSatisfy {
            try host.output(of: ["ss", "-Htln", "sport = :\($0)"]).contains("LISTEN")
          }
        }
      }
      servers = started
      try wall.output(of: ["bash", "-e"], input: Self.rules)
    }

    func stop() { [wall, outside, inner].forEach { $0.stop() } }

    private static let server = """
      import socket, sys, select
      all = []; address = ''
      for word in sys.argv[1:]:
          if not word.isdigit(): address = word; continue
          s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
          if ':' in address: s.setsockopt(41, 26, 0)
          s.setsockopt(1, 2, 1); s.bind((address, int(word))); s.listen(64); all.append(s)
      while True:
          for s in select.select(all, [], [])[0]: s.accept()[0].close()
      """

    /// The deny in INPUT does not concern what is published.
    private static let rules = """
      for t in iptables-nft ip6tables-nft; do
        if [ $t = iptables-nft ]; then near=198.51.100.64/26 to=172.17.0.2:80; else near=2001:db8:51::40/122 to=[fd17::2]:80; fi
        $t -A INPUT -i lo -j ACCEPT
        $t -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
        [ $t = iptables-nft ] || $t -A INPUT -p ipv6-icmp -j ACCEPT
        $t -A INPUT -s $near -p tcp --dport 22 -j ACCEPT
        $t -A INPUT -p tcp --dport 443 -j ACCEPT
        $t -A INPUT -p tcp --dport 8080 -j DROP
        $t -P INPUT DROP
        $t -t nat -A PREROUTING -p tcp --dport 8080 -m addrtype --dst-type LOCAL -j DNAT --to-destination $to
      done
      """

    /// Whether a connection from `source` comes about.
    func connects(_ source: String, _ port: Int) throws -> Bool {
      let address = source.contains(":") ? Self.addresses.v6 : Self.addresses.v4
      let script = """
        import socket, sys
        s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET); s.settimeout(2)
        s.bind((sys.argv[1], 0)); sys.exit(0 if s.connect_ex((sys.argv[2], int(sys.argv[3]))) == 0 else 1)
        """
      return try outside.run(["python3", "-c", script, source, address, "\(port)"]).status == 0
    }
  }

  @Test func `what the internet reaches is what a stranger's connections find, in both families`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let headwater = Headwater(machine: lab.wall)
    let result = try headwater.run("exposure", "--json")
    let document = try Headwater.decode(ExposureDocument.self, result)
    #expect(result.status == 0, "\(result.stderr)")
    for source in [Lab.stranger.v4, Lab.stranger.v6] {
      for port in [22, 443, 8080, 8000] {
        let paths = document.listeners.filter { Int($0.endpoint.port) == port && $0.transport == .tcp }.flatMap(\.paths)
          .filter { $0.from.kind == .internet && $0.from.address.isV4 == !source.contains(":") && $0.through == nil }
        let isOpen = paths.contains { $0.verdict == .reachable }
        #expect(isOpen == (try lab.connects(source, port)), "\(source) \(port): \(paths)")
        #expect(paths.allSatisfy { $0.verdict != .unknown }, "\(paths)")
      }
    }
    func listener(_ port: UInt16) throws -> ExposedListener {
      try #require(document.listeners.first { $0.endpoint.port == port && $0.transport == .tcp }, "\(port)")
    }
    #expect(try listener(443).severity == .high && listener(8000).severity == .none)
    // A rule lets a part of the network in, so not everybody is kept out.
    let ssh = try listener(22)
    #expect(ssh.severity == .low && ssh.owner.process?.name == "python3")
    for near in ["198.51.100.64/26", "2001:db8:51::40/122"] {
      let path = try #require(ssh.paths.first { $0.from.name == near }, "\(ssh.paths.map(\.from.name))")
      #expect(path.verdict == .reachable && path.factors.contains { $0.rule?.contains(near) == true })
    }
    let published = document.listeners.filter { $0.endpoint.port == 8080 }
    #expect(published.allSatisfy { $0.isRuleOnly == true && $0.severity == .high })
    #expect(
      Set(published.flatMap { $0.leads ?? [] }.compactMap(\.endpoint).map { "\($0)" })
        == ["172.17.0.2:80", "[fd17::2]:80"])
  }

  @Test func `one port is explained from one source, rule by rule, and a script can fail on it`() throws {
    let lab = try Lab()
    defer { lab.stop() }
    let headwater = Headwater(machine: lab.wall)
    let closed = try headwater.run("exposure", "--from", "198.51.100.7", "--to", ":22", "--explain")
    #expect(closed.status == 0 && closed.stdout.contains("blocked from 198.51.100.7"), "\(closed)")
    #expect(closed.stdout.contains("policy drop"), "\(closed)")
    let open = try headwater.run("exposure", "--from", "198.51.100.77", "--to", ":22", "--fail-on", "low")
    #expect(open.status == 1 && open.stdout.contains("reachable from 198.51.100.77"), "\(open)")
    // Nothing listens there, which is an answer too.
    let nothing = try headwater.run("exposure", "--from", "198.51.100.7", "--to", ":9999", "--json")
    let document = try Headwater.decode(ExposureDocument.self, nothing)
    #expect(document.listeners.count == 1 && document.listeners.first?.paths.map(\.verdict) == [.blocked], "\(nothing)")
    let table = try headwater.run("exposure", ":443", "--from", "internet", "--csv")
    #expect(table.stdout.contains("high,wall") && table.stdout.contains(",reachable,"), "\(table)")
    #expect(try headwater.run("exposure", "--to", "http").status == 2)
  }
}

/// `headwater exposure` in the first story: a public address on a router, a proxy behind it, and a VPN from there.
@Suite(.requires(StoryA.requirements + [.built("headwater"), .file("/dev/net/tun")]), .serialized)
struct ExposureStoryTests {
  @Test func `the service is exposed through a proxy on another host and a VPN`() throws {
    let story = try StoryA()
    defer { story.stop() }
    let held = try Traffic.start(
      .bulk(bytes: 1, hold: 60), from: story.cloud.elsewhere, to: story.plan.proxyAddress, port: story.plan.proxyPort)
    defer { held.process.stop() }
    try waitUntil("a connection that reaches the service") {
      try story.haproxy.ask("/run/haproxy.sock", "show sess").contains(story.plan.elsewhere.address)
    }
    let result = try story.host(.service).run(
      StoryA.command(["exposure", "--json"]), timeout: .seconds(60), environment: StoryA.environment)
    let document = try Headwater.decode(ExposureDocument.self, result)
    let proxy = try #require(
      document.listeners.first {
        $0.owner.process?.name == "haproxy" && $0.endpoint.port == story.plan.proxyPort && $0.transport == .tcp
      }, "\(result.stderr)")
    let outer = try #require(story.plan.publicAddress.flatMap { IPAddress($0) })
    #expect(proxy.severity == .high, "\(proxy.paths)")
    #expect(proxy.paths.contains { $0.from.kind == .internet && $0.publicAddress == outer && $0.verdict == .reachable })
    let service = try #require(
      document.listeners.first {
        $0.endpoint.port == story.plan.servicePort && $0.transport == .tcp && $0.host != proxy.host
      })
    let path = try #require(
      service.paths.first { $0.from.kind == .internet && $0.through?.first?.process == "haproxy" },
      "\(service.paths.map { ($0.from.name, $0.through) }) \(proxy.leads ?? [])")
    #expect(path.verdict == .reachable && path.publicAddress == outer)
    #expect(proxy.leads?.contains { $0.host == service.host && $0.through?.hasPrefix("openvpn") == true } == true)
  }
}

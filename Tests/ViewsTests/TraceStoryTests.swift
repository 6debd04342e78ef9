import Documents
import Flows
import Testing

@testable import Views

@Suite struct TraceStoryTests {
  private let squid = Process(
    pid: 811, name: "squid", executable: "/usr/sbin/squid", command: ["squid", "-N"], user: "proxy")

  private func flow(_ source: String, _ destination: String) throws -> Flow {
    Flow(.tcp, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
  }

  /// A stranger that reaches a container's published port, and a process of which nothing is known.
  private func document(_ name: String = "web") throws -> TraceDocument {
    let container = Container(
      runtime: "docker", id: "0123456789abcdef", name: name, image: "nginx:1.27", address: IPAddress("172.17.0.2"))
    let asked = try flow("203.0.113.77:51366", "198.51.100.1:8080")
    let inside = try flow("203.0.113.77:51366", "172.17.0.2:80")
    let hops = [
      Hop(
        .socket, host: "svc", namespace: "container \(name)", certainty: .observed, flow: inside, process: squid,
        container: container,
        unit: "docker-0123.scope",
        evidence: [
          Evidence(
            "meter (ebpf)", "900 bytes sent, 100 received",
            command: "nsenter -t 811 -n ss -tnpie 'src 172.17.0.2:80 and dst 203.0.113.77:51366'")
        ]),
      Hop(.container, host: "svc", namespace: "container \(name)", certainty: .observed, container: container),
      Hop(
        .nat, host: "svc", namespace: "host", certainty: .observed, flow: asked,
        translated: .init(source: inside.source, destination: inside.destination)),
      Hop(
        .external, certainty: .observed, link: .init(interface: "eth0", hardwareAddress: "02:00:00:00:00:09"),
        address: IPAddress("203.0.113.77")),
    ]
    let unknown = try Hop(
      .socket, host: "svc", namespace: "host", certainty: .unknown,
      flow: flow("198.51.100.1:40000", "[2001:db8::9]:443"),
      reason: "no process: the socket closed before it was read")
    return TraceDocument(
      target: ":8080", started: "2025-04-20T14:57:17Z", seconds: 2,
      coverage: Coverage(bytes: 1_250_000, explained: 1_000_000, unknown: 250_000, reasons: ["a reason"]),
      chains: [
        Chain(
          bytes: 1_000_000, bitsPerSecond: 4_000_000, share: 0.8, flows: 2, hops: hops,
          source: .init(
            kind: .external, name: "203.0.113.77", summary: "203.0.113.77, through NAT to 172.17.0.2:80, to svc"),
          destination: .init(host: "svc", container: container, process: squid, endpoint: inside.destination)),
        Chain(
          bytes: 250_000, bitsPerSecond: 1_000_000, share: 0.2, flows: 1, hops: [unknown],
          source: .init(kind: .unknown, name: "unknown", summary: "no process"),
          destination: .init(endpoint: Endpoint("[2001:db8::9]:443"))),
      ],
      findings: [Finding(kind: "exposed-listener", severity: .high, summary: "port 8080 is open", remedy: "close it")])
  }

  private func text(_ document: TraceDocument, width: Int? = nil, limit: Int = 8, isVerbose: Bool = false) -> [String] {
    TraceStory(width: width, limit: limit, isVerbose: isVerbose).lines(document, host: "svc").map {
      $0.rendered(.plain)
    }
  }

  @Test func `a story tells the whole, each chain, its hops, and what to do`() throws {
    #expect(
      try text(document()) == [
        ":8080 on svc, 2.0 s: 10.0 Mbit, 5.0 Mbit/s",
        "2.0 Mbit (20.0 %) is not explained",
        "note: a reason",
        "",
        "1  203.0.113.77, through NAT to 172.17.0.2:80, to svc",
        "   4.0 Mbit/s (80.0 %), 8.0 Mbit in 2 flows, to squid (pid 811) in container web at 172.17.0.2:80",
        "   socket    squid (pid 811, user proxy), docker-0123.scope in container web, tcp 203.0.113.77:51366 -> 172.17.0.2:80",
        "             meter (ebpf): 900 bytes sent, 100 received",
        "             check: nsenter -t 811 -n ss -tnpie 'src 172.17.0.2:80 and dst 203.0.113.77:51366'",
        "   container web (docker 0123456789ab, image nginx:1.27), 172.17.0.2",
        "   nat       203.0.113.77:51366 -> 198.51.100.1:8080 is translated to 203.0.113.77:51366 -> 172.17.0.2:80 on svc",
        "   external  203.0.113.77, through eth0 (02:00:00:00:00:09)",
        "",
        "2  no process",
        "   1.0 Mbit/s (20.0 %), 2.0 Mbit in 1 flow, to [2001:db8::9]:443",
        "   socket    the kernel or an unknown process on svc, tcp 198.51.100.1:40000 -> [2001:db8::9]:443  [unknown]",
        "             no process: the socket closed before it was read",
        "",
        "high: port 8080 is open",
        "  close it",
      ])
  }

  @Test(arguments: SyntheticTraffic.hostileNames)
  func `a stranger's names can't control the terminal`(_ name: String) throws {
    var document = try document(name)
    document.chains[0].hops[0].process?.name = name
    document.chains[0].hops[0].unit = name
    document.chains[0].hops[0].evidence[0].detail = name
    document.chains[0].hops[0].evidence[0].command = "docker inspect \(name)"
    document.chains[0].hops[3].link?.interface = name
    document.chains[0].hops[1].reason = name
    document.chains[0].source.summary = name
    document.chains[0].destination.process?.name = name
    document.findings[0].summary = name
    document.findings[0].remedy = name
    document.coverage.reasons = [name]
    document.target = name
    let lines = TraceStory().lines(document, host: name)
    for style in [Style.plain, Style(coloured: true)] {
      for line in lines {
        var rendered = line.rendered(style)
        // Our own colours are the only escape sequences.
        for code in ["0", "1", "2", "33"] { rendered = rendered.replacing("\u{1B}[\(code)m", with: "") }
        #expect(rendered.visible == rendered)
      }
    }
    #expect(
      try lines.count == TraceStory().lines(self.document(), host: "svc").count + 1, "no name made or swallowed a line")
  }

  @Test(arguments: [20, 40, 80])
  func `a command is never cut`(_ width: Int) throws {
    let document = try document(String(repeating: "long", count: 60))
    let commands = document.chains.flatMap(\.hops).flatMap(\.evidence).compactMap(\.command)
    let lines = text(document, width: width)
    #expect(!commands.isEmpty)
    for command in commands { #expect(lines.contains { $0.hasSuffix("check: \(command)") }) }
  }

  @Test func `an ambiguous relay says how many fit and names none`() throws {
    var document = try document()
    document.chains[0].hops = [
      Hop(
        .relay, host: "svc", namespace: "host", certainty: .unknown, process: Process(pid: 20, name: "docker-proxy"),
        relay: .init(software: "docker-proxy", method: "several flows match", candidates: 3),
        reason: "3 inbound flows fit")
    ]
    let lines = text(document)
    #expect(lines.contains("   relay     docker-proxy (pid 20) on svc, one of 3 flows  [unknown]"))
    #expect(lines.contains("             3 inbound flows fit"))
  }

  @Test func `smaller chains are summed up, and reasons are kept for what is not explained`() throws {
    var document = try document()
    #expect(text(document, limit: 1).contains("and 1 smaller chain (2.0 Mbit in total); --json shows all"))
    document.coverage.unknown = 0
    #expect(!text(document).contains("note: a reason"))
    #expect(text(document, isVerbose: true).contains("note: a reason"))
  }

  @Test func `a tunnel's client, a relay's way and a carrier are named`() throws {
    var tunnel = Tunnel(type: "openvpn", interface: "tun0")
    tunnel.client = "tke-node1"
    tunnel.realAddress = "10.12.32.13:55231"
    let relay = Hop.Relay(
      software: "haproxy", method: "show sess",
      names: RelayNames(
        frontend: "qcproxy", backend: "qcbackend", server: "qcbackend", configuration: "/etc/haproxy/haproxy.cfg:22"))
    var document = try document()
    document.chains[0].hops = [
      Hop(
        .relay, host: "svc", namespace: "host", certainty: .observed, flow: try flow("10.8.1.9:1", "10.8.1.1:3129"),
        process: Process(pid: 55, name: "haproxy"), relay: relay),
      Hop(
        .tunnel, host: "svc", namespace: "container vpn", certainty: .observed,
        process: Process(pid: 70, name: "openvpn"), tunnel: tunnel, address: IPAddress("172.16.248.22")),
    ]
    document.carriers = [
      Carrier(
        flow: Flow(
          .udp, from: try #require(Endpoint("10.12.32.13:55231")), to: try #require(Endpoint("172.17.0.2:1194"))),
        bytes: 1_100_000, process: Process(pid: 70, name: "openvpn"), client: "tke-node1", carried: 1_000_000)
    ]
    let lines = text(document)
    // A name that repeats is said once.
    #expect(
      lines.contains { $0.contains("haproxy (pid 55), qcproxy -> qcbackend on svc, by show sess: tcp 10.8.1.9:1") })
    #expect(
      lines.contains {
        $0.contains("openvpn (pid 70) in container vpn, client tke-node1 (172.16.248.22) from 10.12.32.13:55231")
      })
    let carrier = try #require(lines.firstIndex { $0.hasPrefix("carrier") && $0.contains("tke-node1") })
    #expect(carrier < (lines.firstIndex { $0.hasPrefix("1 ") } ?? 0))
    #expect(lines[carrier].contains("udp 10.12.32.13:55231 -> 172.17.0.2:1194"))
  }

  @Test func `addresses outside that are put together are told by their name, number and busiest ones`() throws {
    var document = try document()
    document.chains[0].hops[3].address = nil
    let busiest = ["203.0.113.77", "203.0.113.5"].compactMap { IPAddress($0) }
    document.chains[0].hops[3].outside = .init(by: "network", name: "AS64500 Example", addresses: 212, busiest: busiest)
    let lines = text(document)
    #expect(lines.contains { $0.contains("AS64500 Example: 203.0.113.77, 203.0.113.5 and 210 more, through eth0") })
    document.chains[0].hops[3].outside = .init(by: "set", name: "office", addresses: 2, busiest: busiest)
    #expect(text(document).contains { $0.contains("office: 203.0.113.77, 203.0.113.5, through eth0") })
  }
}

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

  private func text(
    _ document: TraceDocument, width: Int? = nil, limit: Int? = 3, isVerbose: Bool = false, showsEvidence: Bool = false
  ) -> [String] {
    TraceStory(width: width, limit: limit, isVerbose: isVerbose, showsEvidence: showsEvidence)
      .lines(document, host: "svc").map { $0.rendered(.plain) }
  }

  @Test func `the answer is first, then each way from its source, then what to do`() throws {
    #expect(
      try text(document()) == [
        ":8080 on svc: 5.0 Mbit/s, 80.0 % of it from 203.0.113.77, to squid (pid 811) in container web at 172.17.0.2:80",
        "2.0 Mbit (20.0 %) is not explained",
        "",
        "1  80.0 %  4.0 Mbit/s  203.0.113.77 to squid (pid 811) in container web at 172.17.0.2:80, 2 flows",
        "  203.0.113.77         through eth0 (02:00:00:00:00:09)",
        "    NAT                to 198.51.100.1:8080 -> 172.17.0.2:80",
        "      squid (pid 811)  172.17.0.2:80, in container web",
        "",
        "2  20.0 %  1.0 Mbit/s  an unknown source to [2001:db8::9]:443, 1 flow",
        "  unknown process  [unknown] [2001:db8::9]:443",
        "    no process: the socket closed before it was read",
        "",
        "  10.0 Mbit in 2.0 s, 3 flows; 5 hops, 1 unknown; --evidence shows how each hop is known",
        "note: a reason",
        "",
        "HIGH  port 8080 is open",
        "  close it",
      ])
  }

  @Test func `the evidence of each hop stands below it, with the command that checks it`() throws {
    let lines = try text(document(), showsEvidence: true)
    let chain = try #require(lines.firstIndex { $0.hasPrefix("1  ") })
    #expect(
      Array(lines[chain..<(chain + 8)]) == [
        "1  203.0.113.77, through NAT to 172.17.0.2:80, to svc",
        "   4.0 Mbit/s (80.0 %), 8.0 Mbit in 2 flows, to squid (pid 811) in container web at 172.17.0.2:80",
        "   socket    squid (pid 811, user proxy), docker-0123.scope in container web, tcp 203.0.113.77:51366 -> 172.17.0.2:80",
        "             meter (ebpf): 900 bytes sent, 100 received",
        "             check: nsenter -t 811 -n ss -tnpie 'src 172.17.0.2:80 and dst 203.0.113.77:51366'",
        "   container web (docker 0123456789ab, image nginx:1.27), 172.17.0.2",
        "   nat       203.0.113.77:51366 -> 198.51.100.1:8080 is translated to 203.0.113.77:51366 -> 172.17.0.2:80 on svc",
        "   external  203.0.113.77, through eth0 (02:00:00:00:00:09)",
      ])
    #expect(lines.contains("             no process: the socket closed before it was read"))
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
    let lines =
      TraceStory().lines(document, host: name) + TraceStory(showsEvidence: true).lines(document, host: name)
    for style in [Style.plain, Style(coloured: true)] {
      for line in lines {
        var rendered = line.rendered(style)
        // Our own colours are the only escape sequences.
        for code in ["0", "1", "2", "33"] { rendered = rendered.replacing("\u{1B}[\(code)m", with: "") }
        #expect(rendered.visible == rendered)
      }
    }
    #expect(
      try lines.count == TraceStory().lines(self.document(), host: "svc").count
        + TraceStory(showsEvidence: true).lines(self.document(), host: "svc").count + 2,
      "no name made or swallowed a line")
  }

  @Test(arguments: [20, 40, 80])
  func `a command is never cut`(_ width: Int) throws {
    let document = try document(String(repeating: "long", count: 60))
    let commands = document.chains.flatMap(\.hops).flatMap(\.evidence).compactMap(\.command)
    let lines = text(document, width: width, showsEvidence: true)
    #expect(!commands.isEmpty)
    for command in commands { #expect(lines.contains { $0.hasSuffix("check: \(command)") }) }
  }

  @Test func `an ambiguous relay says how many fit and names none, in the sentence too`() throws {
    var document = try document()
    document.chains = [document.chains[0]]
    document.chains[0].share = 1
    document.chains[0].hops = [
      Hop(
        .relay, host: "svc", namespace: "host", certainty: .unknown, process: Process(pid: 20, name: "docker-proxy"),
        relay: .init(software: "docker-proxy", method: "several flows match", candidates: 3),
        reason: "3 inbound flows fit")
    ]
    let lines = text(document)
    #expect(lines[0].contains(", through docker-proxy (one of 3 flows), "))
    #expect(lines.contains("  docker-proxy (pid 20)  [unknown] one of 3 flows"))
    #expect(lines.contains("    3 inbound flows fit"))
    #expect(
      text(document, showsEvidence: true).contains(
        "   relay     docker-proxy (pid 20) on svc, one of 3 flows  [unknown]"))
  }

  @Test func `what was not observed is marked in the sentence and where it stands`() throws {
    var document = try document()
    let relay = Hop.Relay(software: "socat", method: "mirrored bytes")
    document.chains[0].hops.insert(
      Hop(
        .relay, host: "svc", namespace: "host", certainty: .matched, process: Process(pid: 9, name: "socat"),
        relay: relay), at: 2)
    #expect(text(document)[0].contains(", through socat (matched), to squid"))
    #expect(text(document).contains { $0.contains("socat (pid 9)") && $0.contains("[matched] by mirrored bytes") })
    document.chains[0].hops[0].certainty = .inferred
    #expect(text(document)[0].contains("80.0 % of it probably from 203.0.113.77"))
    #expect(text(document).contains { $0.contains("6 hops, 1 matched, 1 inferred, 1 unknown") })
  }

  @Test func `small chains are put together by what they share, and no byte is left out`() throws {
    var document = try document()
    let one = document.chains[0]
    document.chains = [one]
    for number in 0..<1500 {
      var small = one
      (small.bytes, small.share, small.flows) = (1000, 0.001, 1)
      let process = Process(pid: Int32(5000 + number), name: "curl")
      small.hops = [Hop(.socket, host: "svc", namespace: "host", certainty: .observed, process: process)]
      small.source = .init(kind: .process, name: "curl", summary: "curl (pid \(5000 + number)) on svc")
      document.chains.append(small)
    }
    for number in 0..<12 {
      var small = one
      (small.bytes, small.share) = (500, 0.0005)
      small.hops[3].address = IPAddress.v4(0xC633_6400 + UInt32(number))
      small.source.name = "198.51.100.\(number)"
      document.chains.append(small)
    }
    let lines = text(document)
    #expect(lines.count <= 20)
    #expect(
      lines.contains {
        $0.contains("1500 processes curl to squid (pid 811) in container web") && $0.contains("1500 flows")
      })
    #expect(
      lines.contains {
        $0.contains("12 addresses outside (198.51.100.0, 198.51.100.1 and 10 more)") && $0.contains("24 flows")
      })
    #expect(text(document, limit: nil).count { $0.contains("curl (pid") } >= 1500, "-v shows all")
  }

  @Test func `a reason stands once, and reasons are kept for what is not explained`() throws {
    var document = try document()
    document.chains.append(document.chains[1])
    document.coverage.reasons.append("no process: the socket closed before it was read")
    #expect(text(document).count { $0.contains("the socket closed before it was read") } == 1)
    document.coverage.reasons = (1...9).map { "the namespace of \($0) processes cannot be read" } + ["bb", "cc", "dd"]
    let notes = text(document).filter { $0.hasPrefix("note: ") }
    #expect(notes.count == 4 && notes.last == "note: 1 more note; -v shows them")
    document.coverage.unknown = 0
    #expect(!text(document).contains { $0.hasPrefix("note: ") })
    #expect(text(document, isVerbose: true).contains("note: bb"))
  }

  @Test func `a tunnel's client, a relay's way and a carrier are named`() throws {
    var tunnel = Tunnel(type: "openvpn", interface: "tun0")
    tunnel.client = "tke-node1"
    tunnel.realAddress = "10.12.32.13:55231"
    let relay = Hop.Relay(
      software: "haproxy", method: "show sess",
      names: RelayNames(
        frontend: "qcproxy", backend: "qcbackend", server: "qcbackend", configuration: "/etc/haproxy/haproxy.cfg:22"))
    let haproxy = Process(pid: 55, name: "haproxy")
    var document = try document()
    document.chains = [document.chains[0]]
    document.chains[0].share = 1
    document.chains[0].hops = [
      Hop(
        .tunnel, host: "svc", namespace: "container vpn", certainty: .observed,
        process: Process(pid: 70, name: "openvpn"), tunnel: tunnel, address: IPAddress("172.16.248.22")),
      Hop(.host, host: "tke", namespace: "host", certainty: .observed),
      Hop(
        .socket, host: "tke", namespace: "host", certainty: .observed,
        flow: try flow("172.16.248.22:4", "10.8.1.3:3129"), process: haproxy),
      Hop(
        .relay, host: "tke", namespace: "host", certainty: .observed, flow: try flow("10.8.1.9:1", "10.8.1.1:3129"),
        process: haproxy, relay: relay),
      Hop(.external, certainty: .observed, address: IPAddress("203.0.113.77")),
    ]
    document.carriers = [
      Carrier(
        flow: Flow(
          .udp, from: try #require(Endpoint("10.12.32.13:55231")), to: try #require(Endpoint("172.17.0.2:1194"))),
        bytes: 1_100_000, process: Process(pid: 70, name: "openvpn"), client: "tke-node1", carried: 1_000_000)
    ]
    let lines = text(document)
    #expect(
      lines[0].contains(", all of it from 203.0.113.77, through haproxy on tke and openvpn client tke-node1, to squid"))
    // A name that repeats is said once; the host and the proxy's own socket have no line of their own.
    #expect(
      Array(lines[3...5]).map { $0.split(separator: "  ").map { $0.drop { $0 == " " } } } == [
        ["203.0.113.77"],
        [
          "haproxy (pid 55)", "tke",
          "qcproxy -> qcbackend, at 10.8.1.1:3129, by show sess, /etc/haproxy/haproxy.cfg:22",
        ],
        ["openvpn client tke-node1", "svc", "172.16.248.22 from 10.12.32.13:55231, in container vpn"],
      ], "\(lines)")
    let carrier = try #require(lines.first { $0.contains("carried by openvpn (pid 70), client tke-node1") })
    #expect(carrier.contains("of udp 10.12.32.13:55231 -> 172.17.0.2:1194, not counted twice"))
    let evidence = text(document, showsEvidence: true)
    #expect(
      evidence.contains { $0.contains("haproxy (pid 55), qcproxy -> qcbackend on tke, by show sess: tcp 10.8.1.9:1") })
    #expect(
      evidence.contains {
        $0.contains("openvpn (pid 70) in container vpn, client tke-node1 (172.16.248.22) from 10.12.32.13:55231")
      })
  }

  @Test(arguments: [40, 60, 80, 200]) func `nothing is cut where the terminal is narrow`(_ width: Int) throws {
    let lines = try text(document(), width: width)
    #expect(lines.allSatisfy { $0.count <= width || !$0.drop { $0 == " " }.contains(" ") }, "\(lines)")
    let words = { (lines: [String]) in lines.flatMap { $0.split(separator: " ") } }
    #expect(try words(lines) == words(text(document())))
  }

  @Test func `addresses outside that are put together are told by their name, number and busiest ones`() throws {
    var document = try document()
    document.chains[0].hops[3].address = nil
    let busiest = ["203.0.113.77", "203.0.113.5"].compactMap { IPAddress($0) }
    document.chains[0].hops[3].outside = .init(by: "network", name: "AS64500 Example", addresses: 212, busiest: busiest)
    let lines = text(document)
    #expect(
      lines.contains {
        $0.contains("AS64500 Example") && $0.contains("203.0.113.77, 203.0.113.5 and 210 more, through eth0")
      })
    document.chains[0].hops[3].outside = .init(by: "set", name: "office", addresses: 2, busiest: busiest)
    #expect(text(document).contains { $0.contains("office") && $0.contains("203.0.113.77, 203.0.113.5, through eth0") })
    #expect(
      text(document, showsEvidence: true).contains { $0.contains("office: 203.0.113.77, 203.0.113.5, through eth0") })
  }
}

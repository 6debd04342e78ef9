import Flows
import Foundation
import Lab
import LocalHost
import Questions
import Testing

/// What a copy of a firewall says, against what a second host's connections find.
@Suite(
  .requires(
    Requirement.host + ["iptables-nft", "iptables-legacy", "nft"].map { .program($0) } + [.file("/dev/net/tun")]),
  .serialized)
struct FirewallTests {
  /// A firewall that the outside reaches, with an inner host behind it that may be published.
  private final class Lab {
    let wall: TestHost
    let outside: TestHost
    let inner: TestHost
    let place: Place
    let vantage: LocalVantage
    /// They end with this list.
    private let servers: [BackgroundProcess]
    static let addresses = (v4: "198.51.100.1", v6: "2001:db8:51::1")

    init() throws {
      wall = try TestHost("wall")
      outside = try TestHost("outside")
      inner = try TestHost("inner")
      try Wire(
        wall.plug("eth0", "198.51.100.1/24", "2001:db8:51::1/64"),
        outside.plug(
          "eth0", "198.51.100.7/24", "198.51.100.77/24", "203.0.113.9/32", "2001:db8:51::7/64", "2001:db8:51::77/64"))
      try Wire(
        wall.plug("docker0", "172.17.0.1/16", "fd17::1/64"), inner.plug("eth0", "172.17.0.2/16", "fd17::2/64"))
      try wall.route("203.0.113.0/24", via: "198.51.100.7")
      try wall.forward()
      for gateway in ["172.17.0.1", "fd17::1"] { try inner.route("default", via: gateway) }
      var started: [BackgroundProcess] = []
      for (host, ports) in [(wall, [22, 443, 9000]), (inner, [80, 5432])] {
        started.append(try host.start(["python3", "-c", Self.server] + ports.map(String.init)))
        try waitUntil("servers on \(host.name)") {
          try ports.allSatisfy { try host.output(of: ["ss", "-Htln", "sport = :\($0)"]).contains("LISTEN") }
        }
      }
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(wall.pid)/ns/net")
      place = Place(namespace: try #require(UInt64(target.filter(\.isNumber))))
      servers = started
      vantage = try LocalVantage(isIdle: true, environment: [:])
    }

    func stop() { [wall, outside, inner].forEach { $0.stop() } }

    private static let server = """
      import socket, sys, select
      all = []
      for port in sys.argv[1:]:
          s = socket.socket(socket.AF_INET6); s.setsockopt(41, 26, 0); s.setsockopt(1, 2, 1)
          s.bind(('::', int(port))); s.listen(512); all.append(s)
      while True:
          for s in select.select(all, [], [])[0]: s.accept()[0].close()
      """

    /// Which of the connections really come about: all at once, and what hangs is given `seconds` after the last answer.
    func real(_ attempts: [FirewallAttempt], seconds: Double) throws -> [Bool] {
      let lines = attempts.map { "\($0.source) \($0.destination.address) \($0.destination.port)" }
      let text = try outside.output(
        of: ["python3", "-c", Self.client, "\(seconds)"], input: lines.joined(separator: "\n"))
      return text.filter { "01".contains($0) }.map { $0 == "1" }
    }

    private static let client = """
      import socket, sys, select, time
      quiet = float(sys.argv[1]); all = {}; result = []
      for n, line in enumerate(sys.stdin.read().split('\\n')):
          source, to, port = line.split(); result.append('0')
          s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET); s.setblocking(False)
          s.bind((source, 0)); s.connect_ex((to, int(port))); all[s] = n
      last = time.time()
      while all and time.time() - last < quiet:
          for s in select.select([], list(all), [], 0.05)[1]:
              result[all.pop(s)] = '1' if s.getsockopt(1, 4) == 0 else '0'
              s.close(); last = time.time()
      print(''.join(result))
      """

    /// Counters and connections of the firewall itself.
    func state() throws -> String {
      try wall.output(of: [
        "sh", "-c",
        "nft list ruleset; for f in iptables ip6tables; do $f-legacy-save -c; $f-nft-save -c; done 2>/dev/null | grep -v '^#'; cat /proc/sys/net/netfilter/nf_conntrack_count || true",
      ])
    }
  }

  private static var attempts: [FirewallAttempt] {
    RandomRules.sources.flatMap { source in
      RandomRules.ports.compactMap { port in
        guard let from = IPAddress(source), let to = IPAddress(from.isV4 ? Lab.addresses.v4 : Lab.addresses.v6) else {
          return nil
        }
        return FirewallAttempt(.tcp, from: from, to: Endpoint(to, UInt16(port)), on: "eth0")
      }
    }
  }

  private static let listeners = [22, 443, 9000].map { FirewallListener(.tcp, at: Endpoint(.anyV6, $0)) }

  /// How many rulesets of each kind; HEADWATER_RULESETS sets the total.
  private static var count: Int {
    (ProcessInfo.processInfo.environment["HEADWATER_RULESETS"].flatMap { Int($0) } ?? 16)
      / RandomRules.Kind.allCases.count
  }

  @Test(arguments: RandomRules.Kind.allCases)
  func `a copy of random rules says what real connections find, and touches nothing`(_ kind: RandomRules.Kind)
    async throws
  {
    let lab = try Lab()
    defer { lab.stop() }
    for seed in 0..<Self.count {
      let rules = RandomRules(kind, seed: UInt64(20261130 + seed))
      let script = RandomRules.reset(kind) + "set -e\n" + rules.commands.joined(separator: "\n") + "\n"
      try lab.wall.output(of: ["bash"], input: script)
      let attempts = Self.attempts
      let clock = ContinuousClock()
      var answer: FirewallAnswer?
      var time = Duration.zero
      var isUntouched = false
      // Neighbour discovery counts in some rules, whenever it likes.
      for _ in 0..<5 where !isUntouched {
        let before = try lab.state()
        time = try await clock.measure {
          answer = try await lab.vantage.ask(FirewallQuestion(attempts, at: Self.listeners, in: lab.place)).value
        }
        isUntouched = try lab.state() == before
      }
      #expect(isUntouched, "\(kind) \(seed)")
      let said = try #require(answer)
      #expect(said.problem == nil, "\(kind) \(seed): \(said.problem ?? "")")
      let found = said.verdicts.map { $0.outcome == .reachable }
      var real = try lab.real(attempts, seconds: 0.4)
      // A busy machine may answer late.
      if real != found { real = try lab.real(attempts, seconds: 4) }
      let differing = zip(real, found).filter { $0.0 != $0.1 }.count
      print(
        "firewall \(kind) seed \(20_261_130 + seed): \(real.filter(\.self).count) of \(real.count) reachable, "
          + "\(differing) differ, asked in \(time)")
      for (at, attempt) in attempts.enumerated() where real.count == attempts.count && found[at] != real[at] {
        Issue.record(
          "\(kind) \(seed): \(attempt.source) -> \(attempt.destination) is \(real[at] ? "open" : "closed"), but \(said.verdicts[at])\n\(rules.commands.joined(separator: "\n"))"
        )
      }
      #expect(real.count == attempts.count)
      #expect(said.verdicts.allSatisfy { $0.outcome != .unknown && ($0.rule != nil || $0.reason != nil) })
    }
  }

  @Test func `rules whose effect depends on more than the packet make the verdict unknown and are named`() async throws
  {
    let lab = try Lab()
    defer { lab.stop() }
    try lab.wall.output(
      of: ["bash", "-e"],
      input: """
        iptables-nft -A INPUT -p tcp --dport 22 -m limit --limit 3/min -j ACCEPT
        iptables-nft -A INPUT -p tcp --dport 443 -m limit --limit 3/min -j LOG
        iptables-nft -A INPUT -s 198.51.100.77 -j NFQUEUE
        nft 'table inet own { chain in { type filter hook input priority 20; tcp dport 9000 limit rate 5/minute accept; }; }'
        """)
    let attempts = Self.attempts.filter { $0.source.isV4 }
    let answer = try await lab.vantage.ask(FirewallQuestion(attempts, at: Self.listeners, in: lab.place)).value
    #expect(answer.problem == nil)
    for (attempt, verdict) in zip(attempts, answer.verdicts) {
      switch (attempt.source.description, attempt.destination.port) {
      case (_, 22): #expect(verdict.outcome == .unknown && verdict.rule?.contains("3/min") == true)
      case ("198.51.100.77", _): #expect(verdict.outcome == .unknown && verdict.rule?.contains("NFQUEUE") == true)
      case (_, 443): #expect(verdict.outcome == .reachable)
      case (_, 9000): #expect(verdict.outcome == .unknown && verdict.rule?.contains("limit rate") == true)
      default: #expect(verdict.outcome == .blocked && verdict.reason == "nothing listens there")
      }
    }
  }
}

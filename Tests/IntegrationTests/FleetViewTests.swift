import Documents
import Flows
import Foundation
import Lab
import Testing
import Tracing

/// What answers for several hosts over real ssh: `top`, `relays`, `inspect`, `collect`.
@Suite(
  .requires(Requirement.ssh + [.program("tmux"), .program("socat"), .built("headwater"), .file(Executables.probe)]),
  .serialized)
struct FleetViewTests {
  /// The client, the outer host, and the inner one that is reached through it; all can be asked.
  private final class Story {
    let lab: FleetLab
    let innerServer: SSHServer

    init() throws {
      lab = try FleetLab()
      innerServer = try SSHServer(on: lab.inner, keys: lab.keys)
      try lab.know([
        lab.account("root", as: "outer"), SSHAccess("inner", innerServer, at: "10.2.0.2", through: "outer"),
      ])
    }

    func stop() { lab.stop() }

    /// Starts `headwater` on the client for all hosts, and waits until they count.
    func start(_ words: String...) throws -> BackgroundProcess {
      let process = try lab.client.start(
        [Executables.path()] + words + ["--hosts", "/root/hosts.yaml", "--verbose"],
        environment: lab.headwater.environment)
      try process.waitFor("measuring", timeout: .seconds(60))
      return process
    }

    func run(_ words: String...) throws -> CommandResult {
      try lab.client.run([Executables.path()] + words, timeout: .seconds(60), environment: lab.headwater.environment)
    }
  }

  private func intervals(_ result: CommandResult) throws -> [Interval] {
    try result.stdout.split(separator: "\n").map {
      try Headwater.decoder.decode(Interval.self, from: Data($0.utf8))
    }
  }

  private func pair(_ from: String, _ to: String, in interval: Interval) -> HostPair? {
    interval.talks?.pairs.first { $0.from == from && $0.to == to }
  }

  @Test func `pairs of hosts are counted once, and no interval loses a byte`() throws {
    let story = try Story()
    defer { story.stop() }
    let lab = story.lab
    let (outer, inner) = (try Traffic.serve(on: lab.outer, port: 4000), try Traffic.serve(on: lab.inner, port: 5000))
    let process = try story.start("top", "--json", "--interval", "0.4", "--for", "12")
    let one = try Traffic.start(.bulk(bytes: 2_000_000, rate: 1_000_000), from: lab.client, to: "10.1.0.2", port: 4000)
    let two = try Traffic.start(.bulk(bytes: 3_000_000, rate: 1_500_000), from: lab.outer, to: "10.2.0.2", port: 5000)
    let sent = (try one.finish().sent, try two.finish().sent)
    let result = try process.wait(timeout: .seconds(90))
    _ = try (outer.stop(), inner.stop())
    #expect(result.status == 0, "\(result.stderr)")
    let intervals = try intervals(result)
    #expect(intervals.count >= 3, "\(intervals.count)")
    #expect(intervals.allSatisfy { $0.hosts?.map(\.host).dropFirst() == ["outer", "inner"] })
    #expect(intervals.allSatisfy { $0.hosts?.allSatisfy { $0.failure == nil && $0.meter == "ebpf" } == true })
    for (from, to, sent) in [("client", "outer", sent.0), ("outer", "inner", sent.1)] {
      let pairs = intervals.compactMap { pair(from, to, in: $0) }
      let bytes = pairs.reduce(0) { $0 + $1.bytesTo }
      // IP and TCP headers are a few percent; the measuring itself goes from client to outer too.
      #expect(bytes > sent && Double(bytes) < 1.15 * Double(sent) + 300_000, "\(from) -> \(to): \(bytes) of \(sent)")
      let busiest = try #require(pairs.max { $0.bytes < $1.bytes }?.busiest)
      #expect(busiest.near?.name.hasPrefix("python3") == true && busiest.far?.name.hasPrefix("python3") == true)
      #expect(busiest.port == (to == "outer" ? 4000 : 5000) && busiest.initiator == from)
    }
    #expect(Set(intervals.flatMap(\.flows).compactMap(\.host)).isSuperset(of: ["client", "outer", "inner"]))
    #expect(Set(intervals.flatMap(\.ledger).compactMap(\.host)) == ["client", "outer", "inner"])
    // The probes end with the command.
    for host in [lab.outer, lab.inner] {
      try waitUntil("the probe to end on \(host.name)") {
        try host.run(["pgrep", "-f", "headwater-probe"]).status != 0
      }
    }
  }

  @Test(.requires(.program("nft"))) func `what a host's own rules translate is traffic between the hosts, once`() throws
  {
    let story = try Story()
    defer { story.stop() }
    let lab = story.lab
    try lab.client.output(of: ["ip", "route", "add", "10.96.0.0/16", "via", "10.1.0.2"])
    try lab.client.destinationNAT("tcp", to: "10.96.0.10", port: 80, target: "10.1.0.2", targetPort: 4000)
    let sink = try Traffic.serve(on: lab.outer, port: 4000)
    let process = try story.start("top", "--json", "--interval", "0.5", "--for", "6")
    let sent = try Traffic.send(.bulk(bytes: 3_000_000, rate: 1_500_000), from: lab.client, to: "10.96.0.10", port: 80)
    let intervals = try intervals(process.wait(timeout: .seconds(90)))
    _ = try sink.stop()
    let pairs = intervals.compactMap { pair("client", "outer", in: $0) }
    let bytes = pairs.reduce(0) { $0 + $1.bytesTo }
    #expect(bytes > sent.sent && Double(bytes) < 1.15 * Double(sent.sent) + 300_000, "\(bytes) of \(sent.sent)")
    let outside = intervals.flatMap { $0.talks?.outside ?? [] }.reduce(0) { $0 + $1.bytes }
    #expect(outside < UInt64(sent.sent / 10), "\(outside) outside")
  }

  @Test func `one table of all hosts, and a host that is down is named with status 4`() throws {
    let story = try Story()
    defer { story.stop() }
    let sink = try Traffic.serve(on: story.lab.outer, port: 4000)
    story.innerServer.stop()
    let process = try story.start("top", "--once", "--for", "6", "--host-timeout", "8")
    try Traffic.send(.bulk(bytes: 1_000_000), from: story.lab.client, to: "10.1.0.2", port: 4000)
    let result = try process.wait(timeout: .seconds(90))
    _ = try sink.stop()
    #expect(result.status == 4 && result.stderr.contains("headwater: inner: "), "\(result)")
    let lines = result.stdout.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(lines.contains { $0.hasPrefix("WHO TALKS TO WHOM") })
    #expect(lines.contains { $0.hasPrefix("client outer ") && $0.contains(" :4000 python3") }, "\(result.stdout)")
    #expect(lines.contains { $0.hasPrefix("outer: eth0 ") } && lines.contains { $0.hasPrefix("python3 outer ") })
  }

  @Test func `a host that dies while the view is live is named, and the others go on`() throws {
    let story = try Story()
    defer { story.stop() }
    let lab = story.lab
    let (outer, inner) = (try Traffic.serve(on: lab.outer, port: 4000), try Traffic.serve(on: lab.inner, port: 5000))
    let one = try Traffic.start(
      .bulk(bytes: 200_000_000, rate: 1_000_000), from: lab.client, to: "10.1.0.2", port: 4000)
    let two = try Traffic.start(.bulk(bytes: 200_000_000, rate: 500_000), from: lab.outer, to: "10.2.0.2", port: 5000)
    let pane = try TerminalPane(lab.client, columns: 80, rows: 24)
    try pane.type("export HEADWATER_PROBE=/root/probe", "Enter")
    try pane.start("--hosts /root/hosts.yaml")
    try pane.waitFor("3 hosts", "python3", "HOST", "outer")
    try pane.type("w")
    try pane.waitFor("WHO TALKS TO WHOM", ":4000", ":5000", "inner")
    #expect(try pane.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    try lab.inner.output(of: ["pkill", "-KILL", "-f", "headwater-prob[e]-"])
    try pane.waitFor("2 of 3 hosts, without inner", "note: inner: ", ":4000")
    // What the dead host exchanged is still seen by its peer.
    try pane.waitFor(":5000")
    let before = try pane.text
    try waitUntil("the view to go on") { try pane.text != before }
    try pane.type("H")
    try pane.waitFor("by host", "outer", "client")
    try pane.type("q")
    try pane.checkRestored(status: 4)
    one.process.stop()
    two.process.stop()
    _ = try (outer.stop(), inner.stop())
  }

  @Test func `relays and sockets of another host are those of that host`() throws {
    let story = try Story()
    defer { story.stop() }
    let lab = story.lab
    let sink = try Traffic.serve(on: lab.inner, port: 5000)
    let relay = try lab.outer.start(["socat", "TCP-LISTEN:8080,fork,reuseaddr", "TCP:10.2.0.2:5000"])
    defer { relay.stop() }
    try waitUntil("socat to listen") { try lab.outer.output(of: ["ss", "-ltn"]).contains(":8080") }
    let sent = try Traffic.start(.bulk(bytes: 200_000_000, rate: 500_000), from: lab.client, to: "10.1.0.2", port: 8080)
    defer { sent.process.stop() }
    try waitUntil("the relay to relay") { try lab.inner.output(of: ["ss", "-tn"]).contains(":5000") }

    let relays = try story.run("relays", "--host", "outer", "--json")
    let document = try Headwater.decode(RelayDocument.self, relays)
    #expect(relays.status == 0 && document.host == "outer")
    let way = try #require(document.relays.first { $0.owner.process?.name == "socat" }?.ways.first)
    #expect(
      way.inbound.destination == Endpoint("10.1.0.2:8080") && way.outbound?.destination == Endpoint("10.2.0.2:5000"))
    let each = try story.run("relays", "socat", "--hosts", "/root/hosts.yaml")
    #expect(each.status == 0 && each.stdout.hasPrefix("host outer\n"), "\(each)")

    let inspected = try Headwater.decode(Inspection.self, story.run("inspect", ":5000", "--host", "inner", "--json"))
    #expect(inspected.host == "inner" && inspected.subjects.contains { !$0.listening.isEmpty }, "\(inspected)")
    let everywhere = try story.run("inspect", "socat", "--hosts", "/root/hosts.yaml", "--verbose")
    #expect(everywhere.status == 0 && everywhere.stdout.hasPrefix("host outer\n"), "\(everywhere)")
    #expect(!everywhere.stdout.contains("host inner") && everywhere.stderr.contains("inner: socat"), "\(everywhere)")
    let nowhere = try story.run("inspect", "no-such-program", "--hosts", "/root/hosts.yaml")
    #expect(nowhere.status == 1 && nowhere.stdout.isEmpty && nowhere.stderr.contains("no-such-program"), "\(nowhere)")
    // Each host has a process 1, and nobody knows which is meant.
    for command in ["inspect", "relays"] {
      let twins = try story.run(command, "pid:1", "--hosts", "/root/hosts.yaml")
      #expect(twins.status == 1 && twins.stderr.contains("pid 1 is on outer and on inner; say outer:pid:1"), "\(twins)")
    }
    let one = try Headwater.decode(
      Inspection.self, story.run("inspect", "inner:pid:1", "--host", "inner", "--hosts", "/root/hosts.yaml", "--json"))
    #expect(one.host == "inner" && one.target == "inner:pid:1", "\(one)")
    story.innerServer.stop()
    _ = try story.run("hosts", "--hosts", "/root/hosts.yaml", "--host", "inner", "--host-timeout", "8")
    let partly = try story.run("inspect", ":8080", "--hosts", "/root/hosts.yaml", "--host-timeout", "8")
    #expect(partly.status == 4 && partly.stdout.contains("socat") && partly.stderr.contains("inner"), "\(partly)")
    _ = try sink.stop()
  }

  @Test func `one archive of two hosts is traced as one, without asking them`() throws {
    let story = try Story()
    defer { story.stop() }
    let lab = story.lab
    let sink = try Traffic.serve(on: lab.inner, port: 5000)
    let relay = try lab.outer.start(["socat", "TCP-LISTEN:8080,fork,reuseaddr", "TCP:10.2.0.2:5000"])
    defer { relay.stop() }
    try waitUntil("socat to listen") { try lab.outer.output(of: ["ss", "-ltn"]).contains(":8080") }
    let sent = try Traffic.start(.bulk(bytes: 200_000_000, rate: 500_000), from: lab.client, to: "10.1.0.2", port: 8080)
    defer { sent.process.stop() }
    try waitUntil("the relay to relay") { try lab.inner.output(of: ["ss", "-tn"]).contains(":5000") }
    let collected = try story.run("collect", "--host", "inner", "--host", "outer", "--for", "2", "-o", "/root/two.tgz")
    #expect(collected.status == 0 && collected.stderr.contains("outer: "), "\(collected)")
    _ = try sink.stop()
    let names = try lab.client.output(of: ["tar", "-tzf", "/root/two.tgz"]).split(separator: "\n")
    for name in ["inner/host.json", "inner/interval.json", "outer/answers.json", "outer/sockets.json"] {
      #expect(names.contains(Substring(name)), "\(names)")
    }
    try lab.client.output(of: ["sh", "-c", "cp /root/two.tgz /tmp/two.tgz && chmod 644 /tmp/two.tgz && chmod 755 /tmp"])
    let text = try Headwater.unprivileged(lab.client).run("trace", ":5000", "--bundle", "/tmp/two.tgz", "--json")
    let chain = try #require(try Headwater.decode(TraceDocument.self, text).chains.first)
    #expect(
      chain.hops.compactMap(\.host).first == "inner" && chain.hops.contains { $0.kind == .relay && $0.host == "outer" })
    #expect(chain.source.name == "10.1.0.1", "\(chain)")
  }
}

import Documents
import Flows
import Foundation
import Glibc
import Lab
import Questions
import Testing
import Tracing

/// Commands that once answered for this host alone, asked of another one over real ssh.
@Suite(.requires(Requirement.ssh + [.program("iptables"), .built("headwater"), .file(Executables.probe)]), .serialized)
struct RemoteCommandsTests {
  /// A client, and the host `outer` that can be asked; `gone` never answers.
  private final class Scene {
    let lab: FleetLab

    init() throws {
      lab = try FleetLab()
      try lab.know([lab.account("root", as: "outer")])
      try lab.client.write(
        "/root/two.yaml", "hosts:\n  - name: outer\n  - name: gone\n    ssh: root@192.0.2.9\n")
      for (host, last) in [(lab.client, 1), (lab.outer, 2)] {
        try host.output(of: ["ip", "address", "add", "fd00:1::\(last)/64", "dev", "eth0", "nodad"])
      }
    }

    func stop() { lab.stop() }

    func run(_ words: String..., timeout: Duration = .seconds(60)) throws -> CommandResult {
      try lab.client.run([Executables.path()] + words, timeout: timeout, environment: lab.headwater.environment)
    }

    func start(_ words: String...) throws -> BackgroundProcess {
      try lab.client.start([Executables.path()] + words, environment: lab.headwater.environment)
    }
  }

  private static let line =
    #"192.0.2.7 - - [10/Mar/2025:00:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "probe""# + "\n"

  @Test func `doctor examines the other host, and names one that is not there`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let one = try scene.run("doctor", "--json", "--host", "outer", "--hosts", "/root/hosts.yaml")
    let examination = try Headwater.decode(Examination.self, one)
    #expect(one.status == 0 && examination.host == "outer" && examination.meter == "ebpf", "\(one.stderr)")
    #expect(examination.checks.contains { $0.subject == "connection tracking" })
    let two = try scene.run("doctor", "--json", "--hosts", "/root/two.yaml", "--host-timeout", "8")
    struct Reports: Decodable {
      let reports: [Examination]
      let unreached: [HostSilence]
    }
    let reports = try Headwater.decode(Reports.self, two)
    #expect(two.status == 4 && reports.reports.map(\.host) == ["outer"])
    #expect(reports.unreached.map(\.host) == ["gone"], "\(two)")
    let text = try scene.run("doctor", "--host", "outer", "--hosts", "/root/hosts.yaml")
    #expect(text.stdout.hasPrefix("outer, Linux "), "\(text)")
    let local = try scene.run("doctor", "--selftest", "--host", "outer")
    #expect(local.status == 2 && local.stderr.contains("--selftest is for this host"))
  }

  @Test(arguments: [("iptables", "10.1.0.2"), ("ip6tables", "fd00:1::2")])
  func `nat looks in the other host's connection tracking`(_ tables: String, _ address: String) throws {
    let scene = try Scene()
    defer { scene.stop() }
    let (client, outer) = (scene.lab.client, scene.lab.outer)
    let rule = [
      "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "4100", "-j", "REDIRECT", "--to-ports", "4000",
    ]
    try outer.output(of: [tables] + rule)
    let script = """
      import socket, sys
      host = sys.argv[1]
      s = socket.create_server((host, 4000), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
      print("up", flush=True)
      peers = []
      while True: peers.append(s.accept())
      """
    let server = try outer.start(["python3", "-uc", script, address])
    defer { server.stop() }
    try server.waitFor("up")
    let dial = """
      import socket, sys, time
      s = socket.create_connection((sys.argv[1], 4100))
      print("port", s.getsockname()[1], flush=True)
      time.sleep(600)
      """
    let dialling = try client.start(["python3", "-uc", dial, address])
    defer { dialling.stop() }
    try dialling.waitFor("port")
    let port = try #require(dialling.output.split(whereSeparator: \.isWhitespace).last.map(String.init))
    func end(_ address: String, _ port: String) -> String {
      address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
    let own = address == "10.1.0.2" ? "10.1.0.1" : "fd00:1::1"
    let flow = "\(end(own, port))-\(end(address, "4100"))"
    let result = try scene.run("nat", flow, "--json", "--host", "outer", "--hosts", "/root/hosts.yaml")
    let document = try Headwater.decode(TranslationDocument.self, result)
    #expect(result.status == 0 && document.host == "outer", "\(result)")
    #expect(document.original?.destination.port == 4100 && document.translated?.destination.port == 4000)
    let text = try scene.run("nat", flow, "--hosts", "/root/two.yaml", "--host-timeout", "8")
    #expect(text.status == 4 && text.stdout.contains("is translated to") && text.stdout.contains("on outer"), "\(text)")
    // Here the same flow is tracked by nobody.
    #expect(try scene.run("nat", flow).status == 1)
  }

  @Test func `logs are read on the other host, named and found`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let lines = String(repeating: Self.line, count: 30)
    try scene.lab.outer.write("/root/site.log", lines)
    let named = try scene.run("logs", "/root/site.log", "--json", "--host", "outer", "--hosts", "/root/hosts.yaml")
    let document = try Headwater.decode(LogsDocument.self, named)
    #expect(named.status == 0 && document.host == "outer" && document.requests == 30, "\(named)")
    #expect(document.clients.first?.name == "192.0.2.7")
    // Sets are those of the person who asks.
    try scene.lab.client.write(
      "/root/sets.yaml", "hosts:\n  - name: outer\nsets:\n  scanners: [192.0.2.0/24]\n")
    let sets = try scene.run(
      "logs", "/root/site.log", "--json", "--by", "set", "--host", "outer", "--hosts", "/root/sets.yaml")
    let grouped = try Headwater.decode(LogsDocument.self, sets)
    #expect(grouped.sets?.map(\.name) == ["scanners"] && grouped.clients.first?.set == "scanners", "\(sets)")
    let nowhere = try scene.run("logs", "/root/no.log", "--host", "outer", "--hosts", "/root/hosts.yaml")
    #expect(nowhere.status == 1 && nowhere.stderr.contains("/root/no.log"), "\(nowhere)")
    try scene.lab.outer.output(of: ["mkdir", "-p", "/var/log/caddy"])
    try scene.lab.outer.write("/var/log/caddy/access.log", lines)
    let found = try scene.run("logs", "--json", "--hosts", "/root/two.yaml", "--host-timeout", "8")
    struct Reports: Decodable {
      let reports: [LogsDocument]
      let unreached: [HostSilence]
    }
    let reports = try Headwater.decode(Reports.self, found)
    #expect(found.status == 4 && reports.reports.map(\.host) == ["outer"] && reports.unreached.map(\.host) == ["gone"])
    #expect(reports.reports.first?.files.contains { $0.path == "/var/log/caddy/access.log" } == true, "\(found)")
  }

  @Test func `logs of the other host are followed as they grow, until a signal`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let outer = scene.lab.outer
    try outer.write("/root/site.log", Self.line)
    let following = try scene.start(
      "logs", "/root/site.log", "--follow", "--interval", "0.5", "--json", "--verbose", "--host", "outer", "--hosts",
      "/root/hosts.yaml")
    defer { following.stop() }
    // What stands in it before is not counted.
    try following.waitFor(#""requests":0"#, timeout: .seconds(30))
    try outer.run(["sh", "-c", #"cat >> /root/site.log <<'END'\#n\#(Self.line)\#(Self.line)END"#])
    try following.waitFor(#""requests":2"#, timeout: .seconds(30))
    following.send(SIGINT)
    let result = try following.wait(timeout: .seconds(20))
    #expect(result.status == 0, "\(result.stderr)")
  }

  @Test func `inspect follows sockets of the other host`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let sink = try Traffic.serve(on: scene.lab.outer, port: 4000)
    let following = try scene.start(
      "inspect", ":4000", "--for", "0.3", "--follow", "600", "--json", "--verbose", "--host", "outer", "--hosts",
      "/root/hosts.yaml")
    defer { following.stop() }
    try following.waitFor("following", timeout: .seconds(60))
    try Traffic.send(.bulk(bytes: 100_000), from: scene.lab.client, to: "10.1.0.2", port: 4000)
    try following.waitFor(#""action":"close""#, timeout: .seconds(30))
    following.send(SIGINT)
    let result = try following.wait(timeout: .seconds(20))
    _ = try sink.stop()
    #expect(result.status == 0, "\(result)")
    let lines = result.stdout.split(separator: "\n").map { Data($0.utf8) }
    let inspection = try Headwater.decoder.decode(Inspection.self, from: try #require(lines.first))
    #expect(inspection.host == "outer" && inspection.subjects.first?.owner.process?.name.hasPrefix("python3") == true)
    let events = try lines.dropFirst().map { try Headwater.decoder.decode(EventDocument.self, from: $0) }
    #expect(events.allSatisfy { $0.host == "outer" && ($0.local.port == 4000 || $0.remote?.port == 4000) })
    #expect(events.contains { $0.action == "accept" || $0.action == "established" }, "\(events)")
  }

  @Test func `packets of the other host are in the same file, once with each host's interface`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let sink = try Traffic.serve(on: scene.lab.outer, port: 4000)
    let client = try Traffic.start(
      .bulk(bytes: 200_000_000, rate: 500_000), from: scene.lab.client, to: "10.1.0.2", port: 4000)
    defer { client.process.stop() }
    let result = try scene.run(
      "capture", ":4000", "--packets", "400", "--for", "60", "-o", "/tmp/t.pcapng", "--json", "--host", "outer",
      "--hosts",
      "/root/hosts.yaml")
    #expect(result.status == 0, "\(result)")
    let document = try Headwater.decode(PacketsDocument.self, result)
    #expect(document.packets == 400 && document.interfaces.count == 2, "\(document.interfaces)")
    // Each packet left one host and arrived at the other; at the ends of the capture some are at one alone.
    #expect((200...300).contains(document.distinctPackets), "\(document.notes)")
    let row = try #require(document.conversations.first)
    #expect("\(row.flow.destination)" == "10.1.0.2:4000" && row.owner?.contains("python3") == true, "\(row)")
    _ = try sink.stop()
  }

  private struct Reports<Report: Decodable>: Decodable {
    let reports: [Report]
    let unreached: [HostSilence]
  }

  @Test func `another host that has this host's name stays another host`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let lab = scene.lab
    let own = try lab.client.output(of: ["hostname"]).trimmingCharacters(in: .whitespacesAndNewlines)
    try lab.client.write("/root/twin.yaml", "hosts:\n  - name: \(own)\n    ssh: root@outer\n")
    let sink = try Traffic.serve(on: lab.outer, port: 4000)
    let client = try Traffic.start(
      .bulk(bytes: 200_000_000, rate: 500_000), from: lab.client, to: "10.1.0.2", port: 4000)
    defer { client.process.stop() }
    let result = try lab.client.run(
      [Executables.path(), "trace", ":4000", "--json", "--for", "2", "--hosts", "/root/twin.yaml"],
      timeout: .seconds(60),
      environment: lab.headwater.environment)
    #expect(
      result.stderr.contains("another host is called \(own) as well: this host is shown as localhost"), "\(result)")
    let trace = try Headwater.decode(TraceDocument.self, result)
    let chain = try #require(trace.chains.first)
    #expect(trace.chains.count == 1 && chain.destination.host == own, "\(trace)")
    #expect(chain.hops.last?.host == "localhost" && chain.source.kind == .process, "\(chain)")
    _ = try sink.stop()
  }

  @Test func `a host with two names counts once, and both names lead to it`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let lab = scene.lab
    try lab.client.write(
      "/root/names.yaml",
      "hosts:\n  - name: outer\n  - name: again\n    ssh: root@outer\n  - name: gone\n    ssh: root@192.0.2.9\n")
    let all = ["--hosts", "/root/names.yaml", "--host-timeout", "8"]
    func run(_ words: String...) throws -> CommandResult {
      try lab.client.run(
        [Executables.path()] + words + all, timeout: .seconds(60), environment: lab.headwater.environment)
    }
    let sink = try Traffic.serve(on: lab.outer, port: 4000)
    let client = try Traffic.start(
      .bulk(bytes: 200_000_000, rate: 500_000), from: lab.client, to: "10.1.0.2", port: 4000)
    defer { client.process.stop() }
    try lab.outer.write("/root/site.log", Self.line)

    let doctor = try run("doctor", "--json")
    #expect(try Headwater.decode(Reports<Examination>.self, doctor).reports.map(\.host) == ["outer"])
    #expect(doctor.stderr.contains("again is the same host as outer: it is counted once"), "\(doctor.stderr)")
    let relays = try run("relays", "--json", "--for", "0.3")
    #expect(try Headwater.decode(Reports<RelayDocument>.self, relays).reports.map(\.host) == ["outer"])
    let logs = try run("logs", "/root/site.log", "--json")
    #expect(try Headwater.decode(Reports<LogsDocument>.self, logs).reports.map(\.requests) == [1])
    let nat = try run("nat", "10.1.0.1:1-10.1.0.2:2", "--json")
    #expect(try Headwater.decode(Reports<TranslationDocument>.self, nat).reports.count == 1)
    let inspected = try run("inspect", "again::4000", "--json", "--for", "0.3")
    let reports = try Headwater.decode(Reports<Inspection>.self, inspected)
    #expect(reports.reports.map(\.host) == ["outer"] && inspected.status == 4, "\(inspected)")
    for result in [doctor, relays, logs, nat, inspected] {
      #expect(result.stderr.contains("headwater: gone: "), "\(result.stderr)")
    }
    // The same with this host among them.
    let top = try run("top", "--json", "--once", "--interval", "1")
    let interval = try Headwater.decode(Interval.self, top)
    #expect(interval.hosts?.map(\.host) == ["client", "outer", "gone"], "\(String(describing: interval.hosts))")
    let traced = try Headwater.decode(TraceDocument.self, run("trace", "again::4000", "--json", "--for", "1"))
    #expect(traced.target == "outer::4000" && traced.chains.first?.bytes ?? 0 > 100_000, "\(traced)")
    let stranger = try run("inspect", "gamma:pid:1", "--for", "0.2")
    #expect(stranger.status == 4 && stranger.stderr.contains("no host gamma is asked"), "\(stranger)")
    // One that is not there is named, with the reason, and is not called unknown.
    let gone = try run("trace", "gone:pid:7")
    #expect(gone.status == 4 && gone.stderr.contains("gone:pid:7: gone does not answer: "), "\(gone)")
    #expect(!gone.stderr.contains("headwater: gone: "), "its reason stands there once: \(gone.stderr)")
    _ = try sink.stop()
  }

  @Test func `a process to follow is that of the only host that has it, and twins are refused`() throws {
    let scene = try Scene()
    defer { scene.stop() }
    let lab = scene.lab
    let inner = try SSHServer(on: lab.inner, keys: lab.keys)
    try lab.know([lab.account("root", as: "outer"), SSHAccess("inner", inner, at: "10.2.0.2", through: "outer")])
    // Its number is far beyond those of the other host.
    let script = #"i=0; while [ $i -lt 500 ]; do (true); i=$((i+1)); done; sh -c 'echo pid $$ .; exec sleep 600'"#
    let process = try lab.outer.start(["sh", "-c", script])
    defer { process.stop() }
    try process.waitFor(" .")
    let pid = try #require(process.output.split(separator: " ").dropFirst().first.flatMap { Int32($0) })
    func follow(_ who: String) throws -> CommandResult {
      try scene.run("inspect", who, "--for", "0.2", "--follow", "0.5", "--hosts", "/root/hosts.yaml")
    }
    let only = try follow("pid:\(pid)")
    #expect(only.status == 0 && only.stdout.contains("host outer") && !only.stdout.contains("host inner"), "\(only)")
    // Process 1 is on both.
    let both = try follow("pid:1")
    #expect(both.status == 1 && both.stderr.contains("pid 1 is on outer and on inner; say outer:pid:1"), "\(both)")
    #expect(both.stdout.isEmpty)
    #expect(try follow("inner:pid:1").stdout.contains("host inner"))
    let none = try follow("pid:4000000")
    #expect(none.status == 1 && none.stderr.contains("no such process"), "\(none)")
  }

  @Test(arguments: [["trace", ":4000"], ["top", "--once"], ["inspect", ":4000"], ["relays"]])
  func `a signal ends a window on all hosts, with what was counted`(_ words: [String]) throws {
    let scene = try Scene()
    defer { scene.stop() }
    let sink = try Traffic.serve(on: scene.lab.outer, port: 4000)
    let arguments = words + ["--for", "600", "--verbose", "--host", "outer", "--hosts", "/root/hosts.yaml"]
    let process = try scene.lab.client.start(
      [Executables.path()] + arguments, environment: scene.lab.headwater.environment)
    defer { process.stop() }
    if words[0] == "trace" || words[0] == "top" { try process.waitFor("measuring", timeout: .seconds(60)) }
    // The others say nothing of what they do elsewhere: the probe's meter has started when its maps are there.
    try waitUntil("the probe to count", timeout: .seconds(60)) {
      try scene.lab.outer.run([
        "sh", "-c", "ls -l /proc/$(pgrep -f headwater-prob[e]- | head -n 1)/fd | grep -c bpf-map",
      ])
      .stdout.trimmingCharacters(in: .whitespacesAndNewlines).count > 1
    }
    try Traffic.send(.bulk(bytes: 3_000_000, rate: 1_500_000), from: scene.lab.client, to: "10.1.0.2", port: 4000)
    let begin = ContinuousClock.now
    process.send(SIGINT)
    let result = try process.wait(timeout: .seconds(20))
    _ = try sink.stop()
    // One second is promised; a busy machine takes longer, and 600 seconds were asked for.
    #expect(ContinuousClock.now - begin < .seconds(8), "\(result)")
    #expect(result.status == (words == ["relays"] ? 1 : 0) && !result.timedOut, "\(result)")
    #expect(words == ["relays"] || result.stdout.contains("4000"), "\(result)")
  }
}

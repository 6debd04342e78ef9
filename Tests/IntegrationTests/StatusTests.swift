import Documents
import Flows
import Foundation
import Glibc
import Lab
import Testing

/// The exit status of every command, and the one document that `--json` gives, also where a part failed.
@Suite(.requires(Requirement.host + [.built("headwater"), .program("ssh"), .program("setpriv")]))
struct StatusTests {
  private struct Case {
    var words: [String]
    var status: Int32
    /// Nil: no document, only a message.
    var schema: String?
    var message = ""
  }

  /// A host with traffic to port 4000, a relay on 4100, a log, and a settings file that nobody else may read.
  private func host() throws -> (TestHost, [BackgroundProcess]) {
    let host = try TestHost("status")
    let relay = "/run/lab/relay.py"
    var processes = [try host.start(["python3", "-u", relay, "backend", "4000"])]
    processes.append(try host.start(["python3", "-u", relay, "relay", "4100", "4000"]))
    try waitUntil("the relay to listen") {
      try host.output(of: ["ss", "-Hltn", "sport = :4000 or sport = :4100"]).split(separator: "\n").count == 2
    }
    // It asks again and again: a number that names it, then what is asked and how much is to be answered.
    let client = """
      import socket, struct, time
      peer = socket.create_connection(("127.0.0.1", 4100))
      peer.sendall(struct.pack(">Q", 7))
      while True:
          peer.sendall(struct.pack(">II", 100, 5000) + b"q" * 100)
          left = 5000
          while left: left -= len(peer.recv(left))
          print("ready", flush=True)
          time.sleep(0.02)
      """
    let asking = try host.start(["python3", "-c", client])
    try asking.waitFor("ready")
    processes.append(asking)
    let line = "192.0.2.1 - - [10/Mar/2025:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 10 \"-\" \"a\"\n"
    try host.write("/tmp/x.log", line)
    try host.write("/tmp/secret.log", line, mode: "600")
    try host.write("/tmp/list", "192.0.2.0/24\nno address\n")
    try host.write("/tmp/secret", "192.0.2.0/24\n", mode: "600")
    try host.write("/tmp/secret.yaml", "hosts: []\n", mode: "600")
    // It is never started: nothing answers at 192.0.2.9.
    try host.write("/tmp/probe", "#!/bin/sh\n", mode: "755")
    return (host, processes)
  }

  private func check(_ cases: [Case], on host: TestHost, _ prefix: [String] = []) throws {
    for item in cases {
      let words = prefix + [Executables.path()] + item.words
      let result = try host.run(words, environment: ["HEADWATER_PROBE": "/tmp/probe"])
      #expect(result.status == item.status && !result.timedOut, "\(item.words): \(result)")
      #expect(item.message.isEmpty || result.stderr.contains(item.message), "\(item.words): \(result.stderr)")
      #expect(item.status <= 1 || item.schema != nil || !result.stderr.isEmpty, "\(item.words)")
      guard let schema = item.schema else {
        #expect(item.status == 0 || result.stdout.isEmpty || !item.words.contains("--json"), "\(item.words): \(result)")
        continue
      }
      let json = try? JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any]
      #expect(json?["schema"] as? String == schema, "\(item.words): \(result)")
    }
  }

  private static let away = ["--host", "192.0.2.9", "--host-timeout", "1"]
  private static let brief = ["--for", "0.3", "--json"]

  @Test func `commands that measure`() throws {
    let (host, processes) = try host()
    defer {
      for process in processes { process.stop() }
      host.stop()
    }
    let (away, brief) = (Self.away, Self.brief)
    try check(
      [
        Case(words: ["top", "--once", "--json", "--interval", "0.3"], status: 0, schema: Interval.schema),
        Case(words: ["top", "--once", "--json", "--interval", "0.3"] + away, status: 4, schema: Interval.schema),
        Case(words: ["top", "--once", "--by", "colour"], status: 2, message: "colour"),
        Case(words: ["trace", ":4100"] + brief, status: 0, schema: TraceDocument.schema),
        Case(words: ["trace", "192.0.2.1"] + brief, status: 1, schema: TraceDocument.schema),
        Case(words: ["trace", "no-such-word"] + brief, status: 1, message: "no-such-word"),
        Case(words: ["trace", ":0"] + brief, status: 2, message: ":0"),
        Case(
          words: ["trace", ":4100"] + brief + away, status: 4, schema: TraceDocument.schema, message: "192.0.2.9: "),
        Case(words: ["relays"] + brief, status: 0, schema: RelayDocument.schema),
        Case(words: ["relays", ":4999"] + brief, status: 1, schema: RelayDocument.schema),
        Case(words: ["relays", ":0"] + brief, status: 2, message: ":0"),
        Case(words: ["relays"] + brief + away, status: 4, schema: "headwater.reports/1", message: "192.0.2.9: "),
        Case(words: ["inspect", ":4100"] + brief, status: 0, schema: "headwater.inspect/1"),
        Case(words: ["inspect", "192.0.2.1"] + brief, status: 1, schema: "headwater.inspect/1"),
        Case(words: ["inspect", "no-such-word"] + brief, status: 1, message: "no-such-word"),
        Case(words: ["inspect", ":0"] + brief, status: 2, message: ":0"),
        Case(words: ["inspect", ":4100"] + brief + away, status: 4, schema: "headwater.reports/1"),
        Case(words: ["collect", "-o", "/tmp/x.tgz"] + brief, status: 0, schema: CollectDocument.schema),
        Case(words: ["collect"], status: 2, message: "--output"),
        Case(words: ["collect", "-o", "/tmp/y.tgz"] + brief + away, status: 4, schema: CollectDocument.schema),
        Case(words: ["doctor", "--json"], status: 0, schema: "headwater.doctor/1"),
        Case(words: ["doctor", "--meter", "ebpf"], status: 2, message: "--selftest"),
      ], on: host)
    #expect(try host.run(["ls", "/tmp/y.tgz"]).status != 0, "nothing was recorded there")
    let advice = "run headwater as root, or see headwater doctor"
    let unprivileged = Headwater.unprivileged(host).prefix
    try check(
      [["top", "--once", "--for", "0.3"], ["trace"] + brief, ["relays"] + brief, ["inspect", ":4100"] + brief].map {
        Case(words: $0 + ["--meter", "ebpf"], status: 3, message: advice)
      } + [
        Case(words: ["collect", "-o", "/tmp/z.tgz", "--meter", "ebpf"] + brief, status: 3, message: advice),
        Case(words: ["collect", "-o", "/root/z.tgz"] + brief, status: 3, message: "/root/z.tgz"),
        Case(words: ["nat", "10.0.0.1:1-10.0.0.2:2", "--json"], status: 3, message: advice),
      ], on: host, unprivileged)
  }

  @Test(.requires(.program("iptables"))) func `nat says what became of a flow`() throws {
    let (host, processes) = try host()
    defer {
      for process in processes { process.stop() }
      host.stop()
    }
    // Connection tracking follows what a rule asks about.
    try host.output(of: ["iptables", "-A", "INPUT", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP"])
    let clients = try host.start(["python3", "-u", "/run/lab/relay.py", "clients", "4100", "1", "100", "idle"])
    try clients.waitFor("ready")
    defer { clients.stop() }
    let port = try #require(clients.output.split(whereSeparator: \.isWhitespace).dropFirst().first)
    try check(
      [
        Case(words: ["nat", "127.0.0.1:\(port)-127.0.0.1:4100", "--json"], status: 0, schema: "headwater.nat/1"),
        Case(words: ["nat", "127.0.0.1:4100-127.0.0.1:\(port)", "-v"], status: 0, message: "microseconds"),
        Case(words: ["nat", "127.0.0.1:1-127.0.0.1:2", "--json"], status: 1, schema: "headwater.nat/1"),
        Case(words: ["nat", "[::1]:1-[::1]:2"], status: 1, message: "connection tracking has no connection"),
        Case(words: ["nat", "127.0.0.1", "--json"], status: 2, message: "write a flow as two endpoints"),
      ], on: host)
  }

  @Test func `commands that read and keep files`() throws {
    let (host, processes) = try host()
    for process in processes { process.stop() }
    defer { host.stop() }
    let away = ["192.0.2.9", "--host-timeout", "1", "--json"]
    try check(
      [
        Case(words: ["hosts", "--json"], status: 1, schema: HostsDocument.schema),
        Case(words: ["hosts", "add", "far", "192.0.2.9", "--json"], status: 0, schema: HostChange.schema),
        Case(words: ["hosts", "add", "far", "192.0.2.9", "--json"], status: 2, message: "already"),
        Case(words: ["hosts", "--json", "--host-timeout", "1"], status: 4, schema: HostsDocument.schema),
        Case(words: ["hosts", "--hosts", "/nowhere.yaml"], status: 2, message: "no such file"),
        Case(words: ["hosts", "check"] + away, status: 4, schema: HostsDocument.schema),
        // The host is away, but the settings are changed.
        Case(words: ["hosts", "forget", "far"] + away.dropFirst(), status: 4, schema: HostChange.schema),
        Case(words: ["hosts", "--json"], status: 1, schema: HostsDocument.schema),
        Case(words: ["sets", "--json"], status: 0, schema: SetsDocument.schema),
        Case(words: ["sets", "import", "mine", "/tmp/list", "--json"], status: 0, schema: SetChange.schema),
        Case(words: ["sets", "import", "mine", "/tmp/nowhere", "--json"], status: 2, message: "/tmp/nowhere"),
        Case(words: ["sets", "forget", "mine", "--json"], status: 0, schema: SetChange.schema),
        Case(words: ["sets", "forget", "mine", "--json"], status: 1, message: "no imported set is called mine"),
        Case(words: ["logs", "/tmp/x.log", "--json"], status: 0, schema: LogsDocument.schema),
        Case(words: ["logs", "/tmp/x.log", "/tmp/no.log", "--json"], status: 0, schema: LogsDocument.schema),
        Case(words: ["logs", "/tmp/list", "--json"], status: 1, schema: LogsDocument.schema),
        Case(words: ["logs", "/tmp/no.log", "--json"], status: 1, schema: LogsDocument.schema, message: "/tmp/no.log"),
        Case(words: ["logs", "/tmp/x.log", "--since", "soon"], status: 2, message: "--since"),
      ], on: host)
    let own = ["env", "XDG_CONFIG_HOME=/proc/1"]
    try check(
      [
        Case(words: ["hosts", "--hosts", "/tmp/secret.yaml"], status: 3, message: "/tmp/secret.yaml"),
        Case(words: ["hosts", "add", "far", "--json"], status: 3, message: "config.yaml"),
        Case(words: ["sets", "import", "mine", "/tmp/secret", "--json"], status: 3, message: "/tmp/secret"),
        Case(words: ["sets", "import", "mine", "/tmp/list", "--json"], status: 3, message: "mine.set"),
        // Decided by the error's number, whatever it reads like.
        Case(words: ["logs", "/tmp/secret.log", "--json"], status: 3, schema: LogsDocument.schema),
      ], on: host, Headwater.unprivileged(host).prefix + own)
  }

  @Test func `an option that would do nothing is refused, and not in the command's help`() throws {
    let host = try TestHost("options")
    defer { host.stop() }
    let refused = [
      ["nat", "1.1.1.1:1-2.2.2.2:2", "--no-color"], ["nat", "1.1.1.1:1-2.2.2.2:2", "--for", "1"],
      ["nat", "1.1.1.1:1-2.2.2.2:2", "--meter", "ebpf"], ["doctor", "--for", "1"], ["doctor", "--by", "x"],
      ["doctor", "--meter", "sockets"], ["hosts", "list", "--meter", "ebpf"],
      ["hosts", "add", "x", "--host", "y"], ["hosts", "add", "x", "-v"], ["hosts", "add", "x", "--no-color"],
      ["hosts", "add", "x", "--host-timeout", "1"], ["hosts", "forget", "x", "--host", "y"],
      ["hosts", "forget", "x", "-v"], ["hosts", "check", "x", "--host", "y"], ["hosts", "check", "x", "--for", "1"],
      ["sets", "list", "--host", "x"], ["sets", "list", "--meter", "ebpf"], ["sets", "import", "x", "/x", "-v"],
      ["sets", "import", "x", "/x", "--hosts", "/x"], ["sets", "forget", "x", "--no-color"],
      ["logs", "/x", "--meter", "ebpf"], ["logs", "/x", "--interval", "1"], ["logs", "/x", "--csv", "--json"],
      ["logs", "/x", "--follow", "--since", "1h"], ["logs", "/x", "--follow", "--for", "1h"],
      ["logs", "/x", "--json", "--by", "path"], ["top", "--json", "--by", "container"], ["top", "--json", "--bytes"],
      ["top", "--json", "--resolve"], ["top", "--once", "--interval", "1"], ["top", "--host-timeout", "1"],
      ["trace", "--bundle", "/x", "--for", "1"], ["trace", "--bundle", "/x", "--meter", "ebpf"],
      ["relays", "--json", "--by", "backend"], ["relays", "--host", "x", "--meter", "ebpf"],
      ["inspect", "x", "--host", "x", "--meter", "ebpf"], ["collect", "--script", "--for", "1"],
      ["collect", "--script", "-o", "x"], ["collect", "-o", "-", "--json"], ["collect", "-o", "x", "--no-color"],
      ["collect", "-o", "x", "--host", "x", "--meter", "ebpf"],
    ]
    for words in refused {
      let result = try host.run([Executables.path()] + words)
      #expect(result.status == 2 && result.stdout.isEmpty && !result.stderr.isEmpty, "\(words): \(result)")
    }
    // Every option that a help names is taken by its command: the help is that of the parser.
    let commands = [
      ["nat"], ["doctor"], ["hosts", "list"], ["hosts", "add"], ["hosts", "forget"], ["hosts", "check"],
      ["sets", "list"], ["sets", "import"], ["sets", "forget"], ["logs"], ["collect"],
    ]
    for command in commands {
      let help = try host.run([Executables.path()] + command + ["--help"])
      #expect(help.status == 0, "\(help)")
      for words in refused where Array(words.prefix(command.count)) == command {
        guard let option = words.first(where: { $0.hasPrefix("--") }), words.count(where: { $0.hasPrefix("-") }) == 1,
          !["--meter", "--interval"].contains(option)
        else { continue }
        #expect(!help.stdout.contains("\(option) "), "\(words): \(help.stdout)")
      }
    }
  }
}

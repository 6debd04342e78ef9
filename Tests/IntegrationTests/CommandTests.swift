import Documents
import Flows
import Foundation
import Glibc
import Lab
import Testing

/// What the command line promises: exit statuses, messages, and an answer under every kind of interruption.
@Suite(.requires(Requirement.host + [.built("headwater")]))
struct CommandTests {
  private func check(_ result: CommandResult, _ status: Int32, _ message: String, _ words: [String]) {
    #expect(result.status == status, "\(words): \(result.stdout)\(result.stderr)")
    #expect(message.isEmpty || result.stderr.contains(message), "\(words): \(result.stderr)")
    #expect(!result.timedOut)
  }

  private func run(_ host: TestHost, _ words: [String]) throws -> CommandResult {
    try host.run([Executables.path()] + words)
  }

  @Test func `the exit status says whether there is an answer`() throws {
    let host = try TestHost("status")
    defer { host.stop() }
    for words in [["--help"], ["--version"], ["trace", "--help"], ["top", "--once", "--for", "0.2"], ["doctor"]] {
      check(try run(host, words), 0, "", words)
    }
    let quiet = ["trace", "192.0.2.1", "--for", "0.2"]
    let nothing = try run(host, quiet)
    check(nothing, 1, "", quiet)
    #expect(nothing.stdout.contains("nothing moved for 192.0.2.1"))
    let json = try run(host, quiet + ["--json"])
    #expect(json.status == 1)
    #expect(try Headwater.decode(TraceDocument.self, json).chains.isEmpty)
  }

  @Test func `what names nothing here is said to, with suggestions`() throws {
    let host = try TestHost("words")
    defer { host.stop() }
    for command in ["trace", "inspect"] {
      check(
        try run(host, [command, "no-such-word"]), 1, "no-such-word: no interface, container, address set or process",
        [command])
      check(try run(host, [command, "cloudfare"]), 1, "did you mean cloudflare?", [command])
      let ended = try host.output(of: ["sh", "-c", "echo $$"]).trimmingCharacters(in: .whitespacesAndNewlines)
      check(try run(host, [command, "pid:\(ended)"]), 1, "no such process; it may have ended", [command])
    }
  }

  @Test func `a process with a hostile name can't reach the terminal through a suggestion`() throws {
    let host = try TestHost("hostile")
    defer { host.stop() }
    // The shell keeps the name that it writes to its own comm.
    let process = try host.start(["sh", "-c", #"printf 'a\033[31mbc' > /proc/$$/comm; echo up; sleep 60 & wait"#])
    try process.waitFor("up")
    let result = try run(host, ["trace", "a[31mbc"])
    check(result, 1, #"did you mean a\x1b[31mbc?"#, [])
    #expect(!result.stderr.contains("\u{1B}"))
  }

  @Test func `wrong usage is refused at once`() throws {
    let host = try TestHost("usage")
    defer { host.stop() }
    let wrong = [
      ["trace", "10.0.0.0/33"], ["trace", "10.0.0.0/x"], ["trace", "2001:db8::/129"], ["trace", ":0"],
      ["trace", ":65536"],
      ["trace", "10.0.0.256"], ["trace", "10.0.0.1:99999"], ["trace", "[::1:80"], ["trace", "10.0.0.1:80-10.0.0.2"],
      ["trace", "pid:x"], ["trace", ""], ["inspect", "10.0.0.0/33"], ["inspect", ":http"], ["inspect"],
      ["trace", "--for", "soon"], ["trace", "--for", "0"], ["trace", "--for=-1"], ["trace", "--for", "nan"],
      ["top", "--by", "colour"], ["top", "--meter", "guess"], ["trace", "--no-such-option"], ["no-such-command", "x"],
      ["trace", "one", "two"], ["relays", "--by", "x"], ["relays", "--only", "guess"], ["collect"],
      // An answer about this host would pass for one about the other.
      ["doctor", "--selftest", "--host", "other"], ["logs", "-", "--host", "other"],
    ]
    for words in wrong {
      let result = try run(host, words)
      #expect(result.status == 2, "\(words): \(result.status) \(result.stdout)\(result.stderr)")
      #expect(!result.stderr.isEmpty && result.stdout.isEmpty, "\(words)")
    }
  }

  @Test func `a target alone is traced, and an unknown word is told from a mistyped command`() throws {
    let host = try TestHost("short")
    defer { host.stop() }
    let sink = try Traffic.serve(on: host, port: 4000)
    let client = try Traffic.start(.bulk(bytes: 100_000_000, rate: 500_000), from: host, to: "127.0.0.1", port: 4000)
    defer { client.stop() }
    try waitUntil("the connection") { try host.output(of: ["ss", "-tnH", "state", "established"]).contains(":4000") }
    for words in [
      ["lo"], [":4000"], ["127.0.0.1"], ["127.0.0.0/8"], ["python3"], ["127.0.0.1:4000"], ["--for", "1", ":4000"],
      [":4000", "--by", "set"],
    ] {
      let result = try host.run(
        [Executables.path()] + words + (words.contains("--for") ? [] : ["--for", "1"]) + ["--json"])
      let document = try Headwater.decode(TraceDocument.self, result)
      #expect(result.status == 0 && words.contains(document.target) && !document.chains.isEmpty, "\(words): \(result)")
    }
    for (words, message) in [
      (["trce"], "did you mean headwater trace?"), (["lgos"], "headwater logs"), (["Doctor"], "headwater doctor"),
      (["trce", ":4000"], "did you mean headwater trace?"), (["no-such-thing"], "headwater --help"),
      (["pyhton3"], "did you mean python3"), (["--no-such-option", ":4000"], "--no-such-option"),
      ([":4000", "--no-such-option"], "--no-such-option"), (["10.0.0.0/33"], "10.0.0.0/8"),
    ] {
      let result = try run(host, words)
      #expect(result.status == 2 && result.stdout.isEmpty, "\(words): \(result)")
      #expect(result.stderr.contains(message), "\(words): \(result.stderr)")
    }
    _ = try sink.stop()
  }

  @Test(.requires(.program("setpriv"))) func `what is not permitted has a status of its own, and says what would help`()
    throws
  {
    let host = try TestHost("denied")
    defer { host.stop() }
    let headwater = Headwater.unprivileged(host)
    for words in [["trace"], ["top", "--once"], ["inspect", ":1"]] {
      let result = try host.run(headwater.prefix + [Executables.path()] + words + ["--meter", "ebpf"])
      check(result, 3, "run headwater as root, or see headwater doctor", words)
    }
  }

  @Test(.requires(.program("setpriv"))) func `without privileges there is an answer, and what it lacks is said`() throws
  {
    let host = try TestHost("plain")
    defer { host.stop() }
    let headwater = Headwater.unprivileged(host)
    let sink = try Traffic.serve(on: host, port: 4000)
    let trace = try headwater.start("trace", ":4000", "--json", "--for", Headwater.untilEnded)
    let top = try headwater.start("top", "--once", "--for", Headwater.untilEnded)
    let sent = try Traffic.send(.bulk(bytes: 400_000, rate: 400_000), from: host, to: "127.0.0.1", port: 4000)
    let document = try trace.end().document()
    let table = try top.end().process.wait()
    _ = try sink.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.bytes > sent.sent / 2)
    #expect(chain.destination.endpoint == Endpoint("127.0.0.1:4000"))
    #expect(document.coverage.reasons.contains { $0.contains("the eBPF meter cannot start") })
    // The sockets are root's, so who owns them stays unknown, with the reason.
    #expect(chain.source.kind == .unknown && chain.source.summary.contains("CAP_SYS_PTRACE"))
    #expect(table.status == 0 && table.stdout.contains("the eBPF meter cannot start"))

    let doctor = try headwater.run("doctor")
    #expect(doctor.status == 0)
    for name in ["CAP_NET_ADMIN", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"] {
      #expect(doctor.stdout.contains(name), "\(name)")
    }
    #expect(doctor.stdout.contains("estimated") && doctor.stdout.contains("missing"))
  }

  @Test(.requires(.program("setpriv"))) func `a user's own process is known without privileges`() throws {
    let host = try TestHost("own")
    defer { host.stop() }
    let headwater = Headwater.unprivileged(host)
    let words = headwater.prefix + Traffic.serverCommand(port: 4000)
    let sink = try host.start(words)
    try sink.waitFor("ready")
    // The fallback finds the owner of a connection that is there when it looks.
    let client = try Traffic.start(.bulk(bytes: 8_000_000, rate: 400_000), from: host, to: "127.0.0.1", port: 4000)
    let chain = try #require(try headwater.start("trace", ":4000", "--json", "--for", "5").document().chains.first)
    client.stop()
    #expect(chain.destination.process?.name.hasPrefix("python3") == true, "\(chain)")
    #expect(chain.destination.process?.user == "nobody")
  }

  @Test(.requires(.program("setpriv"))) func `a bundle of a user without rights says what it lacks`() throws {
    let host = try TestHost("blind")
    defer { host.stop() }
    let result = try Headwater.unprivileged(host).shell(#""$HEADWATER" collect --for 0.2 -o - >/dev/null"#)
    #expect(result.status == 0 && result.stderr.contains("the eBPF meter cannot start"), "\(result)")
    #expect(result.stderr.contains("CAP_NET_RAW is missing"), "\(result)")
  }

  @Test func `a reader that leaves early, or none at all, is no accident`() throws {
    let host = try TestHost("pipes")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    let first = try headwater.shell(#""$HEADWATER" top --json --interval 0.1 | head -n 1; echo "${PIPESTATUS[0]}" >&2"#)
    #expect(first.stderr == "0\n" && first.stdout.hasPrefix("{") && first.stdout.split(separator: "\n").count == 1)
    let once = try headwater.shell(#""$HEADWATER" top --json --once --for 1.5"#)
    #expect(once.stdout.split(separator: "\n").count == 1, "\(once)")
    for words in ["doctor", "trace --json --for 0.1 192.0.2.1", "top --once --for 0.1", "--help", "no-such-command x"] {
      let result = try headwater.shell(#""$HEADWATER" "# + words + " >&-")
      #expect(result.status == (words.hasPrefix("no-such") ? 2 : 1), "\(words): \(result.status) \(result.stderr)")
      if !words.hasPrefix("no-such") {
        #expect(
          result.stderr == "headwater: cannot write the answer: standard output is closed\n", "\(words): \(result)")
      }
    }
    // Without standard error, messages go nowhere and nothing else changes.
    #expect(try headwater.shell(#""$HEADWATER" trace 10.0.0.0/33 2>&-"#).status == 2)
    #expect(try headwater.shell(#""$HEADWATER" doctor <&- 2>&-"#).status == 0)
    #expect(try headwater.shell(#""$HEADWATER" doctor > /dev/full"#).status == 1)
  }

  @Test func `a closed standard input is not an empty one`() throws {
    let headwater = Headwater(machine: try TestHost("input"))
    for words in ["logs -", "pcap -"] {
      let closed = try headwater.shell(#""$HEADWATER" "# + words + " <&-")
      let text = closed.stdout + closed.stderr
      #expect(closed.status != 0 && text.contains("standard input, which is closed"), "\(words): \(closed)")
      #expect(!text.contains("no requests"), "\(words): \(closed)")
    }
  }

  @Test func `a host has its name and kernel where /proc has only processes`() throws {
    let host = try TestHost("bare")
    defer { host.stop() }
    let hidden = "mount -t proc -o subset=pid proc /proc; \"$HEADWATER\" doctor --json"
    let result = try Headwater(machine: host, prefix: ["unshare", "-m"]).shell(hidden)
    let text = result.stdout
    let release = try host.output(of: ["uname", "-r"]).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(text.contains(#""host" : "bare""#) && text.contains(#""kernel" : "\#(release)""#), "\(result)")
  }

  @Test func `a process lives in a time namespace as it does outside`() throws {
    let host = try TestHost("clock")
    defer { host.stop() }
    let sink = try Traffic.serve(on: host, port: 4000)
    let client = try Traffic.start(.bulk(bytes: 40_000_000, rate: 400_000), from: host, to: "127.0.0.1", port: 4000)
    let outside = try Headwater(machine: host).start("trace", ":4000", "--json", "--for", "1").document()
    let shifted = ["unshare", "--time", "--boottime", "1000000", "--monotonic", "5000", "--fork"]
    let inside = try Headwater(machine: host, prefix: shifted).start("trace", ":4000", "--json", "--for", "1")
      .document()
    client.stop()
    _ = try sink.stop()
    let processes = [outside, inside].map { $0.chains.first?.hops.compactMap(\.process) ?? [] }
    #expect(processes[0].count >= 2 && processes[1].allSatisfy { $0.ended != true }, "\(processes)")
    #expect(processes[0].map(\.pid) == processes[1].map(\.pid))
    for (one, other) in zip(processes[0], processes[1]) {
      #expect(abs((one.startTime ?? 0) - (other.startTime ?? 9)) < 1.1, "\(processes)")
    }
  }

  @Test func `a user without a number in this user namespace is not nobody`() throws {
    let host = try TestHost("mapped")
    defer { host.stop() }
    let process = try host.start(["sh", "-c", "echo $$; sleep 600 & wait"])
    try process.waitFor("\n")
    let pid = process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let inside = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "unshare", "-U", "-r"]
    let result = try host.run(inside + [Executables.path(), "inspect", "pid:\(pid)", "--json", "--for", "0.2"])
    #expect(result.stdout.contains(#""pid" : \#(pid)"#) && !result.stdout.contains("nobody"), "\(result)")
    #expect(!result.stdout.contains("65534"), "\(result)")
  }

  /// Descriptors of a library (an eventfd) once had the number of a stream that was closed, and messages went into them.
  @Test(arguments: [0, 1, 2]) func `nothing that is opened has the number of a closed stream`(_ number: Int) throws {
    let host = try TestHost("streams")
    defer { host.stop() }
    let direction = number == 0 ? "<" : ">"
    let script = #""$HEADWATER" collect --for 600 -o /run/x.tgz \#(number)\#(direction)&- & echo $! >/run/pid; wait $!"#
    let process = try host.start(["bash", "-c", script], environment: ["HEADWATER": Executables.path()])
    defer { process.stop() }
    // Its programs are loaded: by then it has opened all that it opens.
    try waitUntil("it to count") {
      try host.run(["sh", "-c", "ls -l /proc/$(cat /run/pid)/fd | grep -c bpf-map"]).stdout
        .trimmingCharacters(in: .whitespacesAndNewlines).count > 1
    }
    let target = try host.output(of: ["sh", "-c", "readlink /proc/$(cat /run/pid)/fd/\(number)"])
    #expect(target == "/dev/null\n")
    try host.output(of: ["sh", "-c", "kill -INT $(cat /run/pid)"])
    #expect(try process.wait(timeout: .seconds(60)).status == 0)
    #expect(try host.output(of: ["tar", "-tzf", "/run/x.tgz"]).contains("streams/host.json"))
  }

  /// A test host is in a pid namespace of its own, as a container is.
  @Test func `what depends on processes says once that those outside can't be seen`() throws {
    let host = try TestHost("confined")
    defer { host.stop() }
    let note = "this program runs in a pid namespace of its own"
    let sink = try Traffic.serve(on: host, port: 4000)
    let process = try host.start(["sh", "-c", "echo up; sleep 600 & wait"])
    try process.waitFor("up")
    try host.output(of: ["mkdir", "-p", "/var/log/caddy"])
    try host.write(
      "/var/log/caddy/access.log",
      #"192.0.2.7 - - [10/Mar/2025:00:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "probe""# + "\n")
    for words in [
      ["trace", "pid:4000000"], ["trace", "no-such-word"], ["trace", "sleep", "--for", "0.2"], ["logs"], ["doctor"],
      ["inspect", "pid:4000000"], ["inspect", "sleep", "--for", "0.2"], ["inspect", "no-such-word"],
    ] {
      let result = try run(host, words)
      let text = result.stdout + result.stderr
      #expect(text.components(separatedBy: note).count == 2, "\(words): \(text)")
    }
    // It is no refusal: an address is traced as before, and with the same certainty.
    let trace = try Headwater(machine: host).start("trace", ":4000", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 400_000), from: host, to: "127.0.0.1", port: 4000)
    let document = try trace.end().document()
    _ = try sink.stop()
    #expect(document.coverage.refused == nil && document.coverage.limits == nil && document.coverage.unknown == 0)
    #expect(document.chains.first?.hops.allSatisfy { $0.certainty == .observed } == true)
  }

  @Test func `namespaces that may not be entered are one note, however many they are`() throws {
    let host = try TestHost("many")
    defer { host.stop() }
    for number in 0..<6 { try host.output(of: ["ip", "netns", "add", "n\(number)"]) }
    let process = try host.start(["sh", "-c", "for i in 1 2 3 4; do unshare --net sleep 600 & done; echo up; wait"])
    defer { process.stop() }
    try process.waitFor("up")
    try waitUntil("the namespaces") {
      try host.output(of: ["lsns", "-t", "net", "-n", "-o", "NS"]).split(separator: "\n").count >= 5
    }
    let headwater = Headwater.capable(host, without: "sys_admin")
    for words in ["top --once --by name --for 0.3", "trace --for 0.3", "relays --for 0.3", "inspect :9 --for 0.3"] {
      let result = try headwater.shell("\"$HEADWATER\" \(words) 2>&1")
      let lines = result.stdout.split(separator: "\n")
      #expect(lines.count { $0.contains("cannot be examined") } == 1, "\(words): \(result.stdout)")
      #expect(lines.count { $0.contains("names are not read inside") } <= 1, "\(words): \(result.stdout)")
      #expect(!result.stdout.contains("not allowed") && result.stdout.contains("CAP_SYS_ADMIN"), "\(result.stdout)")
    }
  }

  @Test func `a damaged bundle says so without being asked`() throws {
    let host = try TestHost("torn")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    let script = """
      cd /run && "$HEADWATER" collect --for 0.3 -o x.tgz && tar -xzf x.tgz &&
      printf '{"schema":"headwater.answers/2","answers":[],"refused":{}}' > torn/answers.json &&
      for c in "trace lo" "trace" "inspect :9" "relays"; do "$HEADWATER" $c --bundle /run/torn; done; true
      """
    let result = try headwater.shell(script)
    let text = result.stdout + result.stderr
    #expect(text.components(separatedBy: "refused questions is no list").count == 5, "\(text)")
  }

  @Test(arguments: ["ebpf", "sockets"]) func `several at once count the same`(_ meter: String) throws {
    let host = try TestHost("several")
    defer { host.stop() }
    let sink = try Traffic.serve(on: host, port: 4000)
    let traces = try (0..<4).map { _ in
      try Headwater(machine: host)
        .start("trace", ":4000", "--json", "--for", Headwater.untilEnded, "--meter", meter)
    }
    // The fallback looks four times a second: a process that lives for seconds is seen, also by a machine that is busy.
    let kind = Traffic.Kind.bulk(bytes: 3_000_000, hold: meter == "ebpf" ? 0 : 3)
    let sent = try Traffic.send(kind, from: host, to: "127.0.0.1", port: 4000)
    // The client ends before the server has closed its end, and those packets count as well.
    try waitUntil("the connection to be closed at both ends") {
      let states = try host.output(of: ["ss", "-Htan", "sport = :4000 or dport = :4000"])
      return states.split(separator: "\n").allSatisfy { $0.hasPrefix("LISTEN") || $0.hasPrefix("TIME-WAIT") }
    }
    for trace in traces { _ = trace.end() }
    let chains = try traces.map { try #require($0.document().chains.first) }
    _ = try sink.stop()
    #expect(chains[0].bytes > sent.sent)
    // The fallback estimates acknowledgements, whose number it reads at different moments.
    let tolerance = meter == "ebpf" ? 0 : Double(chains[0].bytes) * 0.02
    for chain in chains {
      #expect(abs(Double(chain.bytes) - Double(chains[0].bytes)) <= tolerance)
      #expect(chain.hops.map(\.process?.pid) == chains[0].hops.map(\.process?.pid))
      if meter == "ebpf" { #expect(chain.source.kind == .process) }
    }
  }
}

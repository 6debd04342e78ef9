import Flows
import Foundation
import Glibc
import Lab
import Testing

/// `headwater logs` over files of every kind: what it answers, and what it says of what it can't read.
@Suite(.requires(Requirement.host + [.built("headwater")]))
struct LogsCommandTests {
  private static func line(_ second: Int, _ client: String = "192.0.2.1", _ path: String = "/a", _ status: Int = 200)
    -> String
  {
    let pad = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    let time = "\(pad(second / 3600)):\(pad(second / 60 % 60)):\(pad(second % 60))"
    return
      "\(client) - - [10/Mar/2025:\(time) +0000] \"GET \(path)?token=secret HTTP/1.1\" \(status) 10 \"-\" \"agent/1\"\n"
  }

  /// A poller every 2 s, and a stranger in between.
  private static let poller = (0..<200).map {
    line($0 * 2) + ($0 % 7 == 0 ? line($0 * 2, "198.51.100.9", "/b", 404) : "")
  }
  .joined()

  private func document(_ result: CommandResult) throws -> LogsDocument {
    try Headwater.decode(LogsDocument.self, result)
  }

  @Test func `files, folders, series, gzip and standard input give the same answer`() throws {
    let host = try TestHost("logs")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    let lines = Self.poller.split(separator: "\n").map { $0 + "\n" }
    try host.write("/tmp/l/whole.log", Self.poller)
    try host.write("/tmp/s/x.log.2", lines.prefix(50).joined())
    try host.write("/tmp/s/x.log.1", lines.dropFirst(50).prefix(50).joined())
    try host.write("/tmp/s/x.log", lines.dropFirst(100).joined())
    try host.output(of: ["gzip", "/tmp/s/x.log.2"])
    try host.output(of: ["bash", "-c", "gzip -c /tmp/l/whole.log > /tmp/whole.gz; echo not a log > /tmp/s/notes.txt"])
    let commands = [
      #""$HEADWATER" logs --json /tmp/l/whole.log"#, #""$HEADWATER" logs --json /tmp/l"#,
      #""$HEADWATER" logs --json /tmp/s"#, #""$HEADWATER" logs --json /tmp/s/x.log"#,
      #""$HEADWATER" logs --json - < /tmp/l/whole.log"#, #"cat /tmp/whole.gz | "$HEADWATER" logs --json -"#,
    ]
    for command in commands {
      let answer = try document(try headwater.shell(command))
      #expect(answer.requests == 229, "\(command)")
      #expect(answer.clients.map(\.name) == ["192.0.2.1", "198.51.100.9"], "\(command)")
      #expect(answer.clients.map(\.requests) == [200, 29], "\(command)")
      #expect(answer.unreadable == 0 && answer.notes.allSatisfy { !$0.contains("torn") }, "\(command)")
      let poller = try #require(answer.regular.first, "\(command)")
      #expect(poller.client == "192.0.2.1" && poller.path == "/a")
      #expect(abs((poller.period?.seconds ?? 0) - 2) < 0.1, "\(command)")
    }
    let series = try document(headwater.run("logs", "--json", "/tmp/s/x.log"))
    #expect(series.files.map(\.path) == ["/tmp/s/x.log.2.gz", "/tmp/s/x.log.1", "/tmp/s/x.log"])
    #expect(series.files.map(\.requests) == [50, 50, 129])
  }

  @Test func `tables, values and bars show no query and fit where they are shown`() throws {
    let host = try TestHost("tables")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    try host.write("/tmp/x.log", Self.poller)
    for by in ["site", "client", "set", "path", "visit", "regular", "status", "method", "agent", "file", "day"] {
      let table = try headwater.run("logs", "/tmp/x.log", "--by", by)
      #expect(table.status == 0 && !table.stdout.contains("secret"), "\(by): \(table.stderr)")
      let values = try headwater.run("logs", "/tmp/x.log", "--by", by, "--csv")
      let rows = values.stdout.split(separator: "\r\n", omittingEmptySubsequences: true)
      #expect(values.status == 0 && rows.count >= 2, "\(by)")
      let columns = Set(rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).count })
      #expect(columns.count == 1, "\(by): \(values.stdout)")
    }
    let sets = try document(headwater.run("logs", "/tmp/x.log", "--by", "set", "--json")).sets
    #expect(sets?.map(\.requests).reduce(0, +) == 229)
    #expect(sets?.compactMap(\.clients).reduce(0, +) == 2)
  }

  @Test(.requires(.program("setpriv"))) func `the exit status and the message say what was wrong`() throws {
    let host = try TestHost("wrong")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    try host.write("/tmp/x.log", Self.poller)
    try host.write("/tmp/secret.log", Self.poller)
    try host.write("/tmp/garbage.log", "no request\nnor this\n")
    try host.output(of: [
      "bash", "-c", "chmod 600 /tmp/secret.log; chmod 644 /tmp/x.log; : > /tmp/empty.log; mkdir /tmp/none",
    ])
    let cases: [(words: [String], status: Int32, message: String)] = [
      (["/tmp/x.log"], 0, ""), (["/tmp/missing.log"], 1, "/tmp/missing.log"), (["/tmp/none"], 1, "no access logs"),
      (["/tmp/empty.log"], 1, ""), (["/tmp/garbage.log"], 1, ""), (["/tmp/x.log", "--since", "soon"], 2, "--since"),
      (["/tmp/x.log", "--top", "0"], 2, "--top"), (["/tmp/x.log", "--by", "colour"], 2, ""),
      (["/tmp/x.log", "--format", "$status"], 2, "--format"), (["-", "--follow"], 2, "--follow"),
      (["-", "--host", "other"], 2, "--host"),
      (["/tmp/x.log", "/tmp/missing.log"], 0, "/tmp/missing.log"),
      (["/tmp/x.log", "--since", "2026-01-01T00:00:00Z"], 1, ""),
    ]
    for (words, status, message) in cases {
      let result = try host.run([Executables.path(), "logs"] + words)
      #expect(result.status == status, "\(words): \(result.stdout)\(result.stderr)")
      #expect(message.isEmpty || result.stderr.contains(message), "\(words): \(result.stderr)")
    }
    let garbage = try headwater.run("logs", "/tmp/garbage.log")
    #expect(garbage.stdout.contains("cannot be read: 1: xx xxxxxxx"))
    let denied = try Headwater.unprivileged(host).run("logs", "/tmp/secret.log")
    #expect(denied.status == 3 && (denied.stderr + denied.stdout).contains("/tmp/secret.log"), "\(denied)")
    // What can be read is answered, and the rest is said.
    let partly = try Headwater.unprivileged(host).run("logs", "/tmp/x.log", "/tmp/secret.log")
    #expect(partly.status == 0 && partly.stdout.contains("/tmp/secret.log") && partly.stdout.contains("192.0.2.1"))
  }

  @Test func `loops, pipes that nobody feeds, and odd files in a folder are passed over`() throws {
    let host = try TestHost("odd")
    defer { host.stop() }
    try host.write("/tmp/d/a/x.log", Self.poller)
    try host.output(of: [
      "bash", "-c",
      "cd /tmp/d; ln -s .. a/up; ln -s /tmp/d loop; ln -s y.log y.log; ln -s a/x.log again.log; mkfifo pipe.log; mkdir folder.log",
    ])
    let result = try Headwater(machine: host).run("logs", "--json", "/tmp/d")
    let answer = try document(result)
    #expect(answer.requests == 229, "\(result.stderr)")
    #expect(answer.files.count == 1)
  }

  @Test func `10,000 logs are read in bounded memory and time`() throws {
    let host = try TestHost("many")
    defer { host.stop() }
    let script = """
      import os, resource, subprocess, sys, time
      os.makedirs("/tmp/many")
      for n in range(10000):
          with open(f"/tmp/many/site-{n}.example.com-access.log", "w") as log:
              for second in range(5):
                  log.write(f'192.0.2.{n % 250 + 1} - - [10/Mar/2025:00:00:0{second} +0000] "GET /{n} HTTP/1.1" 200 1 "-" "m"\\n')
      began = time.monotonic()
      out = subprocess.run([sys.argv[1], "logs", "--json", "/tmp/many"], stdout=subprocess.PIPE, check=True).stdout
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.monotonic() - began, file=sys.stderr)
      sys.stdout.buffer.write(out)
      """
    let result = try host.run(["python3", "-c", script, Executables.path()], timeout: .seconds(120))
    let answer = try document(result)
    #expect(answer.requests == 50_000 && answer.files.count == 10_000 && answer.distinct?.sites == 10_000)
    let figures = result.stderr.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    #expect(figures.count == 2 && figures[0] < 300_000 && figures[1] < 100, "\(result.stderr)")
  }

  @Test func `a reader that leaves is no accident, and a signal ends the reading with what was read`() throws {
    let host = try TestHost("ends")
    defer { host.stop() }
    let headwater = Headwater(machine: host)
    try host.write("/tmp/x.log", Self.poller)
    let closed = try headwater.shell(
      #""$HEADWATER" logs --json --top 1000 /tmp/x.log | head -c 10; echo "${PIPESTATUS[0]}" >&2"#)
    #expect(closed.stderr == "0\n", "\(closed)")
    // Standard input that goes on and on, and one that fell silent.
    let inputs = [#"yes "$(cat /tmp/x.log)""#, "(cat /tmp/x.log; exec sleep 60)"]
    for (signal, input) in [(SIGINT, inputs[0]), (SIGTERM, inputs[0]), (SIGINT, inputs[1]), (SIGTERM, inputs[1])] {
      try host.output(of: ["mkfifo", "/tmp/pipe\(signal)\(input.count)"])
      let pipe = "/tmp/pipe\(signal)\(input.count)"
      let feeder = try host.start(["bash", "-c", "exec > \(pipe); \(input)"])
      let process = try host.start(
        ["bash", "-c", "exec \"$HEADWATER\" logs --json -v - < \(pipe)"], environment: ["HEADWATER": Executables.path()]
      )
      try process.waitFor("reading -")
      process.send(signal)
      let answer = try document(process.wait(timeout: .seconds(60)))
      #expect(answer.notes.contains { $0.contains("ended early by a signal") })
      feeder.stop()
    }
  }
}

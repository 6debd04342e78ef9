import Flows
import Foundation
import Glibc
import Lab
import Testing

/// `headwater logs` beside a real nginx that is asked, and whose log is rotated.
@Suite(.requires(Nginx.requirements + [.built("headwater"), .program("curl")]))
struct LogsNginxTests {
  private static let log = "/var/log/nginx/site.example.com-access.log"

  private func start(_ host: TestHost) throws -> Nginx {
    try host.output(of: ["mkdir", "-p", "/var/log/nginx"])
    return try Nginx(
      Nginx.configuration(
        http: "access_log \(Self.log) combined; server { listen 127.0.0.1:8080; location / { return 200 'yes'; } }"),
      on: host)
  }

  private func ask(_ host: TestHost, _ path: String, times: Int) throws {
    try host.output(of: [
      "bash", "-c",
      "for n in $(seq \(times)); do curl -sf -o /dev/null 'http://127.0.0.1:8080\(path)?n='$n || exit 1; done",
    ])
  }

  /// nginx writes a request down after it answered it.
  private func waitForLines(_ host: TestHost, _ count: Int, in file: String = log) throws {
    try waitUntil("\(count) lines in \(file)") {
      try host.output(of: ["bash", "-c", "cat \(file) 2>/dev/null | wc -l"]).trimmingCharacters(
        in: .whitespacesAndNewlines)
        == "\(count)"
    }
  }

  private func rename(_ host: TestHost, _ nginx: Nginx) throws {
    try host.output(of: ["mv", Self.log, Self.log + ".1"])
    kill(try #require(nginx.master), SIGUSR1)
    try waitUntil("a new log") { try host.run(["test", "-e", Self.log]).status == 0 }
  }

  @Test func `what is written through a pipe is found with who keeps it`() throws {
    let host = try TestHost("piped")
    defer { host.stop() }
    let configuration = Nginx.configuration(
      http: "access_log /dev/stdout; server { listen 127.0.0.1:8080; server_name git.example.com;"
        + " location / { return 200 'yes'; } }")
    try host.write("/tmp/piped.conf", configuration)
    let nginx = try host.start(["bash", "-c", "nginx -g 'daemon off;' -c /tmp/piped.conf | cat >/tmp/kept.any"])
    defer { nginx.stop() }
    try waitUntil("nginx") { try host.run(["curl", "-sf", "http://127.0.0.1:8080/"]).status == 0 }
    try ask(host, "/one", times: 10)
    try waitForLines(host, 11, in: "/tmp/kept.any")
    let answer = try Headwater(machine: host).run("logs", "--json")
    let document = try Headwater.decode(LogsDocument.self, answer)
    #expect(document.requests == 11 && document.files.contains { $0.path == "/tmp/kept.any" })
  }

  @Test func `what is asked while the log is renamed, cut short and removed is counted once`() throws {
    let host = try TestHost("follow")
    defer { host.stop() }
    let nginx = try start(host)
    defer { nginx.stop() }
    try ask(host, "/before", times: 3)
    try waitForLines(host, 3)
    let follow = try host.start([Executables.path(), "logs", "--follow", "--interval", "0.3", "--json", Self.log])
    try follow.waitFor("headwater.logs/1")
    try ask(host, "/one", times: 10)
    try waitForLines(host, 13)
    try rename(host, nginx)
    try ask(host, "/two", times: 10)
    try waitForLines(host, 10)
    let seen = { () -> [String: UInt64] in
      var paths: [String: UInt64] = [:]
      for line in follow.output.split(separator: "\n") {
        guard let document = try? Headwater.decoder.decode(LogsDocument.self, from: Data(line.utf8)) else { continue }
        for path in document.paths { paths[path.name, default: 0] += path.requests }
      }
      return paths
    }
    try waitUntil("the first twenty", detail: { "\(seen())" }) { seen() == ["/one": 10, "/two": 10] }
    // copytruncate
    try host.output(of: ["bash", "-c", "cp \(Self.log) \(Self.log).2; truncate -s 0 \(Self.log)"])
    try ask(host, "/three", times: 5)
    try waitUntil("the last five", detail: { "\(seen())" }) { seen() == ["/one": 10, "/two": 10, "/three": 5] }
    // Removed, and made again some time later.
    try host.output(of: ["rm", Self.log])
    kill(try #require(nginx.master), SIGUSR1)
    try waitUntil("a new log") { try host.run(["test", "-e", Self.log]).status == 0 }
    try ask(host, "/four", times: 5)
    try waitUntil("all", detail: { "\(seen())" }) { seen() == ["/one": 10, "/two": 10, "/three": 5, "/four": 5] }
    let files = follow.output.split(separator: "\n").compactMap {
      (try? Headwater.decoder.decode(LogsDocument.self, from: Data($0.utf8)))?.files.first
    }
    #expect(files.reduce(0) { $0 + $1.requests } == 30, "\(files)")
    #expect(files.contains { $0.formats == ["combined"] })
    follow.send(SIGINT)
    let result = try follow.wait()
    #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
  }

  @Test func `who asks less often than it is told is found to be regular all the same`() throws {
    let host = try TestHost("regular")
    defer { host.stop() }
    try host.output(of: ["sh", "-c", "mkdir -p /var/log/nginx && : >\(Self.log)"])
    let follow = try host.start([Executables.path(), "logs", "--follow", "--interval", "0.3", "--json", Self.log])
    defer { follow.stop() }
    try follow.waitFor("headwater.logs/1")
    let seen = { () -> [LogsDocument] in
      follow.output.split(separator: "\n").compactMap {
        try? Headwater.decoder.decode(LogsDocument.self, from: Data($0.utf8))
      }
    }
    // One request in an interval, a minute apart by their stamps, up to now.
    let line =
      "date -u -d \"@$1\" '+192.0.2.7 - - [%d/%b/%Y:%H:%M:%S +0000] \"GET /poll HTTP/1.1\" 200 5 \"-\" \"lab/1\"' >>\(Self.log)"
    let end = Int(Date().timeIntervalSince1970)
    for number in 1...24 {
      try host.output(of: ["sh", "-c", line, "sh", "\(end - 60 * (24 - number))"])
      try waitUntil("request \(number)") { seen().reduce(0) { $0 + $1.requests } >= number }
    }
    try waitUntil("the period") { seen().contains { !$0.regular.isEmpty } }
    let visit = try #require(seen().flatMap(\.regular).first)
    #expect(visit.path == "/poll" && abs((visit.period?.seconds ?? 0) - 60) < 2)
  }

  @Test func `a rotated series with its compressed part is counted whole, in order`() throws {
    let host = try TestHost("series")
    defer { host.stop() }
    let nginx = try start(host)
    defer { nginx.stop() }
    try ask(host, "/old", times: 4)
    try waitForLines(host, 4)
    try rename(host, nginx)
    try host.output(of: ["gzip", Self.log + ".1"])
    try ask(host, "/new", times: 6)
    try waitForLines(host, 6)
    let result = try Headwater(machine: host).run("logs", "--json", Self.log)
    let document = try Headwater.decode(LogsDocument.self, result)
    #expect(document.requests == 10 && document.unreadable == 0)
    #expect(document.files.map(\.path) == [Self.log + ".1.gz", Self.log])
    #expect(document.sites.map(\.name) == ["site.example.com"])
    #expect(document.sites.first?.namedByFile == true)
    #expect(document.paths.map(\.name) == ["/new", "/old"] && document.paths.map(\.requests) == [6, 4])
    #expect(document.agents.first?.name.hasPrefix("curl/") == true)
    // 'yes' is three bytes.
    #expect(document.bytes == 30)
  }
}

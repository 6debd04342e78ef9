import AccessLogs
import Flows
import Lab
import Testing

/// What a real Caddy and a real HAProxy write.
struct RealServersLogTests {
  private static let caddy = Requirement.host + [.program("caddy"), .program("python3")]
  private static let haproxy = Requirement.host + [.program("haproxy"), .program("python3")]

  /// Two requests to `port` of a test host, each on a connection of its own.
  private func ask(_ host: TestHost, port: Int) throws {
    try host.output(of: [
      "python3", "-c",
      #"""
      import socket, sys
      for request in (b"GET /a?token=secret", b"POST /b"):
          peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
          peer.sendall(request + b" HTTP/1.1\r\nHost: git.example.com\r\nContent-Length: 0\r\n"
              b"User-Agent: lab/1.0\r\nConnection: close\r\n\r\n")
          while peer.recv(4096): pass
      """#, "\(port)",
    ])
  }

  private func survey(_ text: String, _ name: String) -> LogsDocument {
    var survey = LogSurvey()
    survey.read(Array(text.utf8), site: name)
    return survey.document()
  }

  @Test(.requires(caddy)) func `Caddy's lines are read as what was asked`() throws {
    let host = try TestHost("caddylogs")
    defer { host.stop() }
    try host.output(of: ["mkdir", "-p", "/var/log/lab"])
    try host.write(
      "/etc/lab.caddyfile",
      """
      {
        admin off
        auto_https off
      }
      :8080 {
        log {
          output file /var/log/lab/caddy.log
        }
        respond "hello"
      }
      """)
    let server = try host.start(
      ["caddy", "run", "--config", "/etc/lab.caddyfile", "--adapter", "caddyfile"], environment: ["HOME": "/root"])
    defer { server.stop() }
    try waitUntil("caddy to listen", timeout: .seconds(20), detail: { server.errors }) {
      try host.output(of: ["ss", "-Htln", "sport = :8080"]).contains(":8080")
    }
    try ask(host, port: 8080)
    var text = ""
    try waitUntil("two lines in the log") {
      text = try host.run(["cat", "/var/log/lab/caddy.log"]).stdout
      return text.split(separator: "\n").count >= 2
    }
    let document = survey(text, "caddy.log")
    #expect(document.requests == 2 && document.unreadable == 0, "\(text)")
    #expect(document.files.first?.formats == ["caddy_json"])
    #expect(document.sites.map(\.name) == ["git.example.com"])
    #expect(document.clients.map(\.name) == ["127.0.0.1"])
    #expect(document.paths.map(\.name).sorted() == ["/a", "/b"])
    #expect(document.statuses.map(\.name) == ["200"] && document.agents.map(\.name) == ["lab/1.0"])
  }

  @Test(.requires(haproxy)) func `HAProxy's HTTP and TCP lines are read, mixed`() throws {
    let host = try TestHost("haproxylogs")
    defer { host.stop() }
    let proxy = try HAProxy(
      """
      global
        log stdout format raw local0
      defaults
        log global
        timeout connect 5s
        timeout client 5s
        timeout server 5s
      frontend web
        mode http
        option httplog
        bind :8080
        http-request return status 200 content-type text/plain string hello
      listen pass
        mode tcp
        option tcplog
        bind :8081
        server s1 127.0.0.1:8080

      """, on: host)
    defer { proxy.stop() }
    try ask(host, port: 8080)
    try ask(host, port: 8081)
    // Two asked for directly, and two through the other, which writes a line of its own for each.
    try waitUntil("six lines", detail: { proxy.process.output }) {
      proxy.process.output.split(separator: "\n").count { $0.contains(" web ") || $0.contains(" pass ") } >= 6
    }
    let document = survey(proxy.process.output, "haproxy.log")
    #expect(document.requests == 6, "\(proxy.process.output)")
    #expect(Set(document.files.first?.formats ?? []) == ["haproxy_http", "haproxy_tcp"])
    #expect(Dictionary(uniqueKeysWithValues: document.sites.map { ($0.name, $0.requests) }) == ["web": 4, "pass": 2])
    #expect(Set(document.paths.map(\.name)).isSuperset(of: ["/a", "/b"]))
    #expect(!document.paths.contains { $0.name.contains("secret") })
    #expect(document.upstreams.contains { $0.name == "pass/s1" }, "\(document.upstreams)")
  }
}

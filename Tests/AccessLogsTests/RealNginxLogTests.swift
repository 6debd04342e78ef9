import AccessLogs
import Flows
import Lab
import Testing

/// What a real nginx writes, with the formats of Nginx Proxy Manager and one of its own.
@Suite(.requires(Nginx.requirements)) struct RealNginxLogTests {
  private static let proxyManager = #"""
    [$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] "$http_user_agent" "$http_referer"
    """#
  private static let own =
    #"$msec|$host|$remote_addr|$request_method|$request_uri|$status|$upstream_addr|$upstream_status|$request_time"#

  @Test func `its lines are read as what was asked`() throws {
    let host = try TestHost("weblogs")
    defer { host.stop() }
    try host.output(of: ["mkdir", "-p", "/var/log/lab"])
    let nginx = try Nginx(
      Nginx.configuration(
        http: """
          log_format proxy '\(Self.proxyManager)';
          log_format own '\(Self.own)';
          access_log /var/log/lab/combined.log;
          access_log /var/log/lab/proxy-host-10_access.log proxy;
          access_log /var/log/lab/own.log own;
          upstream pool { server 127.0.0.1:1; server 127.0.0.1:8081; }
          server { listen 8080; set $server "[fd00::1]"; location / { proxy_pass http://pool; } }
          server { listen 8081; access_log off; location / { return 200 'hello'; } }
          """), on: host)
    defer { nginx.stop() }
    // Two good requests, one that is no HTTP, one with bytes that need escapes.
    try host.output(of: [
      "python3", "-c",
      #"""
      import socket
      def ask(data):
          peer = socket.create_connection(("127.0.0.1", 8080))
          peer.sendall(data)
          while peer.recv(4096): pass
      head = b" HTTP/1.1\r\nHost: Git.Example.com\r\nConnection: close\r\n"
      ask(b"GET /a?token=secret" + head + b"User-Agent: quote\"back\\slash\r\n\r\n")
      ask(b"POST /b;x=1" + head + b"Content-Length: 0\r\n\r\n")
      ask(b"\x16\x03\x01\x02\x00\r\n\r\n")
      """#,
    ])
    let read = { (name: String, formats: [String]) throws -> LogsDocument in
      var survey = LogSurvey(formats: formats.compactMap { CustomFormat($0) })
      let text = try host.output(of: ["cat", "/var/log/lab/\(name)"])
      survey.read(Array(text.utf8), site: name)
      return survey.document()
    }
    for (name, formats) in [("combined.log", []), ("proxy-host-10_access.log", []), ("own.log", [Self.own])] {
      let document = try read(name, formats)
      #expect(document.requests == 3, "\(name): \(document.files)")
      #expect(document.unreadable == 0, "\(name): \(document.files)")
      #expect(document.clients.map(\.name) == ["127.0.0.1"], "\(name)")
      #expect(Set(document.paths.map(\.name)).isSuperset(of: ["/a", "/b"]), "\(name): \(document.paths)")
      #expect(document.statuses.map(\.name).sorted() == ["200", "400"], "\(name)")
      #expect(document.malformed == 1, "\(name)")
    }
    let proxy = try read("proxy-host-10_access.log", [])
    #expect(proxy.files.first?.formats == ["npm_proxy"])
    #expect(proxy.sites.first?.name == "git.example.com")
    #expect(proxy.upstreams.first?.name == "fd00::1")
    #expect(proxy.agents.contains { $0.name == #"quote\x22back\x5Cslash"# })
    // One of the servers refuses: nginx goes on to the other, and writes both.
    let own = try read("own.log", [Self.own])
    #expect(own.upstreams.contains { $0.name.hasSuffix("127.0.0.1:8081") })
  }
}

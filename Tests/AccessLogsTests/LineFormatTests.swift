import AccessLogs
import Testing

/// Lines as the programs write them, by their documentation and by samples of theirs.
struct LineFormatTests {
  private func line(_ text: String, formats: [String] = []) throws -> LogLine {
    try LogLine(Array(text.utf8), formats: formats.compactMap { CustomFormat($0) }, zone: { _ in 0 })
  }

  @Test func `combined, with the query left out`() throws {
    let line = try line(
      #"203.0.113.5 - bob [24/Jan/2022:16:51:02 +0100] "GET /solr/admin?token=secret HTTP/1.1" 500 803 "https://a/?b=c" "Mozilla/5.0 (X11)""#
    )
    #expect(line.format == .combined)
    // date -u -d '2022-01-24T16:51:02+01:00' +%s
    #expect(line.time == 1_643_039_462)
    #expect(!line.hasSubseconds)
    #expect(line.client == "203.0.113.5")
    #expect(line.method == "GET")
    #expect(line.path == "/solr/admin")
    #expect(line.status == 500)
    #expect(line.bytes == 803)
    #expect(line.agent == "Mozilla/5.0 (X11)")
    #expect(line.site == nil)
    #expect(!line.isClaimed)
  }

  @Test func `common, without a size, and a user with a space and a bracket`() throws {
    let line = try line(#"2001:db8::1 - a b [x [24/Jan/2022:00:00:00 +0000] "HEAD / HTTP/2.0" 304 -"#)
    #expect(line.format == .common)
    #expect(line.client == "2001:db8::1")
    #expect(line.status == 304)
    #expect(line.bytes == 0)
    #expect(line.path == "/")
  }

  @Test func `an address of IPv4 in IPv6's form is the same client, and one of IPv6 stays`() throws {
    let rest = #" - - [04/Jan/2020:07:25:02 +0000] "GET /a HTTP/1.1" 200 5"#
    for (written, client) in [
      ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:192.0.2.1", "192.0.2.1"), ("::ffff:0:1", "::ffff:0:1"),
      ("::1", "::1"),
    ] {
      #expect(try LogLine(Array((written + rest).utf8)).client == client)
      #expect(try LogLine(Array(("web-1  | " + written + rest).utf8)).client == client)
    }
    let json =
      #"{"time_local":"04/Jan/2020:07:25:02 +0000","remote_addr":"::ffff:192.0.2.1","request":"GET /a HTTP/1.1","status":200,"bytes":5}"#
    let line = try LogLine(Array(json.utf8))
    #expect(line.client == "192.0.2.1" && line.bytes == 5)
  }

  @Test func `a byte order mark, a line's number and a client's port do no harm`() throws {
    let rest = #" - - [04/Jan/2020:07:25:02 +0000] "GET /a HTTP/1.1" 200 5 "-" "-""#
    for (written, client) in [
      ("\u{FEFF}192.0.2.1", "192.0.2.1"), ("    12\t2001:db8::1", "2001:db8::1"), ("192.0.2.1:5000", "192.0.2.1"),
      ("[2001:db8::1]:5000", "2001:db8::1"),
    ] {
      let line = try line(written + rest)
      #expect(line.client == client && line.bytes == 5 && line.path == "/a", "\(written)")
    }
  }

  @Test(arguments: [9, 12, 17, 18, 19, 40]) func `numbers of any length are no crash`(_ digits: Int) {
    let number = String(repeating: "9", count: digits)
    let texts = [
      "[\(number)] unbound[1:0] info: 192.0.2.1 x.example. A IN",
      "192.0.2.1:5000 [14/Jan/2015:12:48:57.127] fe be/node 0/0/0/3/\(number) 200 \(number) - - ---- 0/0/0/0/0 0/0 \"GET /x HTTP/1.1\"",
      "tls 2.0 2026-11-28T02:38:07 net/lb/1 l 192.0.2.1:5000 10.0.0.1:443 \(number) \(number) \(number) \(number) - arn:c - E t - h h2 - - -",
      "[2026-11-28T02:38:07.000Z] \"GET /x HTTP/1.1\" 200 - \(number) \(number) \(number) \(number) \"-\" \"a\" \"i\" \"h\" \"10.0.0.1:80\"",
      "192.0.2.1 - - [04/Jan/2020:07:25:02 +0000] \"GET /a HTTP/1.1\" 200 \(number) \"-\" \"-\"",
      "1796009186.993 \(number) 192.0.2.1 TCP_MISS/200 \(number) GET http://h/i - HIER_DIRECT/10.0.0.1 text/html",
    ]
    for text in texts {
      var survey = LogSurvey()
      survey.read(Array((text + "\n").utf8))
      #expect(survey.document().lines == 1)
    }
  }

  @Test func `HAProxy's captured host is the site, and other captures are not`() throws {
    let line = { (captured: String) in
      #"192.0.2.1:5000 [14/Jan/2015:12:48:57.127] fe be/node 0/0/0/3/3 200 739 - - --NN 0/0/0/0/0 0/0 \#(captured) "GET /x HTTP/1.1""#
    }
    for (captured, site) in [
      ("{git.example.com}", "git.example.com"), ("{Mozilla/5.0|git.example.com:8443}", "git.example.com"),
      ("{192.0.2.9|Mozilla/5.0 (X11)|https://a.example/}", "fe"), ("{}", "fe"), ("{|} {text.html}", "fe"), ("", "fe"),
    ] { #expect(try LogLine(Array(line(captured).utf8)).site == site, "\(captured)") }
  }

  @Test func `vhost_combined names the site, with its port`() throws {
    let line = try line(
      #"www.example.net:80 192.0.2.1 - - [08/Jun/2020:08:04:43 +0000] "GET /a.JPG HTTP/1.1" 301 0 "-" "M""#)
    #expect(line.format == .vhostCombined)
    #expect(line.site == "www.example.net:80")
    #expect(line.client == "192.0.2.1")
  }

  @Test func `quotes that Apache escapes don't end a text`() throws {
    let line = try line(
      #"192.0.2.1 - - [08/Jun/2020:08:04:43 +0000] "GET /a\"b HTTP/1.1" 200 5 "x\\" "say \"hi\" \\""#)
    #expect(line.status == 200)
    #expect(line.agent == #"say \"hi\" \\"#)
  }

  @Test(
    arguments: [
      (#"\x16\x03\x02\x01o\x01\x00"#, nil, nil), ("", nil, nil), ("-", nil, nil), ("GET", nil, nil),
      ("GET http://user:pass@other.example:8080/x?y HTTP/1.1", "/x", "other.example:8080"),
      ("CONNECT mail.example:443 HTTP/1.1", nil, "mail.example:443"), ("OPTIONS * HTTP/1.1", "*", nil),
      ("GET /a%3Ftoken=1 HTTP/1.1", "/a", nil), ("GET /a%3f HTTP/1.1", "/a", nil),
      ("GET /a%20b HTTP/1.1", "/a%20b", nil),
      ("GET /a;jsessionid=1 HTTP/1.1", "/a", nil), (#"GET /a\x22b HTTP/1.1"#, #"/a\x22b"#, nil),
      ("GET /old", "/old", nil),
    ] as [(String, String?, String?)])
  func `requests of every kind`(_ request: String, _ path: String?, _ site: String?) throws {
    let line = try line(#"192.0.2.1 - - [08/Jun/2020:08:04:43 +0000] "\#(request)" 400 1 "-" "-""#)
    #expect(line.path == path)
    #expect(line.site == site)
    #expect(line.status == 400)
  }

  @Test func `ingress-nginx says the upstream`() throws {
    let line = try line(
      #"192.0.2.5 - - [24/Aug/2021:09:52:13 +0000] "GET / HTTP/1.1" 200 13 "-" "M" 502 0.001 [default-hello-5678] [] 192.0.2.137:5678 13 0.000 200 04f1619cfb5e"#
    )
    #expect(line.format == .ingress)
    #expect(line.site == "default-hello-5678")
    #expect(line.upstream == "192.0.2.137:5678")
    #expect(line.upstreamStatus == 200)
    #expect(line.duration == 0.001)
  }

  @Test func `Traefik's CLF, with its router for a site`() throws {
    let line = try line(
      #"172.17.1.2 - - [24/Nov/2024:13:38:04 +0000] "GET /birthday HTTP/2" 200 352 "-" "Nikto" 244 "test@docker" "http://172.17.0.3:80" 42ms"#
    )
    #expect(line.format == .traefikCommon)
    #expect(line.site == "test@docker")
    #expect(line.upstream == "172.17.0.3:80")
    #expect(line.duration == 0.042)
    let none = try self.line(
      #"172.17.1.1 - - [28/Sep/2022:13:38:04 +0000] "GET /x HTTP/1.1" - - "-" "M" 45640 "-" "-" 0ms"#)
    #expect(none.status == nil)
  }

  @Test func `Nginx Proxy Manager's proxy format, after retries and with IPv6`() throws {
    let line = try line(
      #"[24/Jan/2022:16:51:02 +0000] - 502, 503, 200 200 - GET https git.example.com "/api?x=1" [Client ::1] [Length 3000000000] [Gzip 3.10] [Sent-to [fd00::1]] "curl/8" "-""#
    )
    #expect(line.format == .proxyManagerProxy)
    #expect(line.time == 1_643_043_062)
    #expect(line.site == "git.example.com")
    #expect(line.client == "::1")
    #expect(line.isClaimed)
    #expect(line.path == "/api")
    #expect(line.status == 200)
    #expect(line.upstreamStatus == 200)
    #expect(line.upstream == "fd00::1")
    #expect(line.bytes == 3_000_000_000)
    #expect(line.agent == "curl/8")
    let redirected = try self.line(
      #"[24/Jan/2022:16:51:02 +0000] MISS 502 : 200 404 - GET http a.local "/" [Client 1.2.3.4] [Length 1] [Gzip -] [Sent-to web] "-" "-""#
    )
    #expect(redirected.status == 404)
    #expect(redirected.upstreamStatus == 200)
  }

  @Test func `Nginx Proxy Manager's standard format, and garbage`() throws {
    let line = try line(
      #"[24/Jan/2022:13:40:19 +0000] 400 - - http localhost-nginx-proxy-manager "-" [Client 192.0.2.89] [Length 154] [Gzip -] "-" "-""#
    )
    #expect(line.format == .proxyManagerStandard)
    #expect(line.status == 400)
    #expect(line.method == nil)
    #expect(line.path == nil)
    #expect(line.site == "localhost-nginx-proxy-manager")
    let nothing = try self.line(
      #"[21/Nov/2026:20:05:34 +0000] - - 400 - - http  "-" [Client 127.0.0.1] [Length 157] [Gzip -] [Sent-to ] "-" "-""#
    )
    #expect(nothing.format == .proxyManagerProxy)
    #expect(nothing.status == 400)
    #expect(nothing.site == nil)
    #expect(nothing.upstream == nil)
  }

  @Test func `Nginx Proxy Manager's stream format`() throws {
    let line = try line(
      "[24/Jan/2022:13:40:19 +0000] [Client [2001:db8::7]:5120] TCP 200 1000 20 1.500 [Sent-to 192.0.2.2:80] [Sent 1000] "
        + "[Received 20] [Time 1.500] - -")
    #expect(line.format == .proxyManagerStream)
    #expect(line.client == "2001:db8::7")
    #expect(line.upstream == "192.0.2.2:80")
    #expect(line.bytes == 1000)
    #expect(line.duration == 1.5)
  }

  @Test(arguments: [
    "", "<134>Jan 14 12:48:57 lb haproxy[77]: ", "Jan  4 12:48:57 lb haproxy[77]: ",
    "2015-01-14T12:48:57.127+00:00 lb haproxy[77]: ", "<134>1 2015-01-14T12:48:57Z lb haproxy 77 - - ",
  ]) func `HAProxy's HTTP log, as syslog writes it`(_ prefix: String) throws {
    let line = try line(
      prefix
        + #"2001:db8::1:14853 [14/Jan/2015:12:48:57.127] https-in~ be/node 170/0/0/3/+173 200 739 - - --NN 0/0/0/0/0 0/0 {h|} "GET https://shop.example/x?s=1 HTTP/2.0""#
    )
    #expect(line.format == .haproxyHTTP)
    #expect(line.client == "2001:db8::1")
    #expect(line.time == 1_421_239_737.127)
    #expect(line.hasSubseconds)
    #expect(line.site == "shop.example")
    #expect(line.path == "/x")
    #expect(line.upstream == "be/node")
    #expect(line.status == 200)
    #expect(line.bytes == 739)
    #expect(line.duration == 0.173)
  }

  @Test func `HAProxy's TCP log, and what is no request`() throws {
    let line = try line(
      "192.0.2.1:5001 [14/Jan/2015:12:48:57.127] qcproxy qcbackend/<NOSRV> -1/-1/5010 212 SC 1/1/0/0/3 0/0")
    #expect(line.format == .haproxyTCP)
    #expect(line.site == "qcproxy")
    #expect(line.bytes == 212)
    #expect(line.duration == 5.01)
    #expect(throws: LogLine.Failure.noRequest) {
      try self.line("192.0.2.4:50033 [28/Feb/2025:02:43:10.123] frontend/backend: SSL handshake failure")
    }
  }

  @Test func `Envoy's text, Istio's longer one, and a forwarded list`() throws {
    let line = try line(
      #"2026-01-24T01:37:00.000000000+00:00 stdout F [2026-01-24T01:37:00.250Z] "GET /api/proxy HTTP/1.1" 200 - 0 512 30 15 "192.0.2.100, 10.42.0.1" "M" "id" "proxy.example.com" "tcp://[fd00::18]:8080""#
    )
    #expect(line.format == .envoyText)
    #expect(line.time == 1_769_218_620.25)
    #expect(line.site == "proxy.example.com")
    #expect(line.client == "10.42.0.1")
    #expect(line.isClaimed)
    #expect(line.upstream == "[fd00::18]:8080")
    #expect(line.bytes == 512)
    #expect(line.duration == 0.03)
    let istio = try self.line(
      #"[2026-01-24T01:37:00.250Z] "GET /a HTTP/1.1" 503 UF via_upstream - "delayed connect error" 0 91 4 - "-" "curl" "id" "web:80" "10.0.0.4:80" outbound|80||web 10.0.0.9:5 10.0.0.3:80 10.0.0.7:4444 - default"#
    )
    #expect(istio.client == "10.0.0.7")
    #expect(!istio.isClaimed)
    #expect(istio.bytes == 91)
    #expect(istio.site == "web:80")
  }

  @Test func `Traefik's JSON: the connection's address tells whether the client's is claimed`() throws {
    let line = try line(
      #"{"ClientAddr":"172.17.0.1:39496","ClientHost":"198.51.100.7","DownstreamContentSize":357,"DownstreamStatus":200,"Duration":357313,"OriginStatus":201,"RequestHost":"test.docker.localhost","RequestMethod":"GET","RequestPath":"/a.save?k=v","RouterName":"test@docker","ServiceAddr":"172.17.0.3:80","StartUTC":"2021-12-08T14:02:43.587782192Z","entryPointName":"http","request_User-Agent":"Nikto","time":"2021-12-08T14:02:44Z"}"#
    )
    #expect(line.format == .traefikJSON)
    #expect(line.time == 1_638_972_163.587)
    #expect(line.client == "198.51.100.7")
    #expect(line.isClaimed)
    #expect(line.site == "test.docker.localhost")
    #expect(line.path == "/a.save")
    #expect(line.upstream == "172.17.0.3:80")
    #expect(line.upstreamStatus == 201)
    #expect(line.duration == 0.000357)
    #expect(line.agent == "Nikto")
  }

  @Test func `Caddy's JSON, and its other lines`() throws {
    let line = try line(
      #"{"level":"info","ts":1693840791.7564995,"logger":"http.log.access","request":{"remote_ip":"172.17.0.1","remote_port":"44790","client_ip":"172.17.0.1","method":"GET","host":"h.example:8080","uri":"/a?b","headers":{"User-Agent":["curl/7.74.0"]}},"duration":0.25,"size":12,"status":200,"resp_headers":{"Server":["Caddy"]}}"#
    )
    #expect(line.format == .caddyJSON)
    #expect(line.time == 1_693_840_791.756)
    #expect(line.site == "h.example:8080")
    #expect(line.path == "/a")
    #expect(line.agent == "curl/7.74.0")
    #expect(line.duration == 0.25)
    #expect(!line.isClaimed)
    #expect(throws: LogLine.Failure.noRequest) {
      try self.line(#"{"level":"debug","ts":1742400753.05,"msg":"selected upstream","dial":"x:1"}"#)
    }
  }

  @Test func `Envoy's JSON has both sides`() throws {
    let line = try line(
      #"{":authority":"www.example.com","bytes_sent":121258,"downstream_remote_address":"[fd00::12]:59292","duration":11,"method":"GET","response_code":200,"response_flags":"-","start_time":"2025-12-31T16:37:40.479Z","upstream_host":"10.42.0.82:8080","x-envoy-origin-path":"/i.webp","x-forwarded-for":"9.9.9.9"}"#
    )
    #expect(line.format == .envoyJSON)
    #expect(line.client == "fd00::12")
    #expect(line.site == "www.example.com")
    #expect(line.duration == 0.011)
    #expect(line.bytes == 121258)
  }

  @Test func `a line that Docker wrapped`() throws {
    let line = try line(
      #"{"log":"192.0.2.1 - - [24/Aug/2021:09:52:13 +0000] \"GET /\u003fa HTTP/1.1\" 200 13 \"-\" \"M\"\n","stream":"stdout","time":"2021-08-24T09:52:13.2Z"}"#
    )
    #expect(line.format == .combined)
    #expect(line.client == "192.0.2.1")
    #expect(line.path == "/")
  }

  @Test func `error logs and nonsense`() throws {
    #expect(throws: LogLine.Failure.noRequest) {
      try line("2022/01/24 16:33:06 [error] 334#334: *338 user \"toto\": password mismatch, client: 1.2.3.4")
    }
    // A log that was cut short while it was written to has zero bytes in place of lines.
    for text in ["", "\u{0}\u{0}"] { #expect(throws: LogLine.Failure.noRequest) { try line(text) } }
    for text in [
      "nonsense", "[24/Jan/2022:16:51:02 +0000]", #"1.2.3.4 - - [99/Jan/2022:16:51:02 +0000] "GET / HTTP/1.1" 200 1"#,
      #"1.2.3.4 - - [24/Jan/2022:16:51:02 +0000] "GET / HTTP/1.1""#, "{", "{\"a\"",
    ] {
      #expect(throws: LogLine.Failure.unreadable, "\(text)") { try line(text) }
    }
  }

  @Test func `a given log_format, with a list of upstreams`() throws {
    let format =
      #"$remote_addr|$http_x_forwarded_for [$time_iso8601] $host "$request" $status $body_bytes_sent rt=$request_time $upstream_addr $upstream_status "$http_user_agent""#
    let line = try line(
      #"192.0.2.1|9.9.9.9 [2025-03-10T08:00:00+01:00] a.example "GET /x?y HTTP/1.1" 200 10 rt=0.250 10.0.0.1:80, 10.0.0.2:80 502, 200 "M""#,
      formats: [format])
    #expect(line.format == .custom)
    #expect(line.client == "192.0.2.1")
    #expect(!line.isClaimed)
    #expect(line.time == 1_741_590_000)
    #expect(line.path == "/x")
    #expect(line.duration == 0.25)
    #expect(line.upstream == "10.0.0.1:80, 10.0.0.2:80")
    #expect(line.upstreamStatus == 200)
    #expect(line.agent == "M")
    let json = try self.line(
      #"{"t":1741590000.5,"c":"7.7.7.7, 8.8.8.8","u":"/p"}"#,
      formats: [#"{"t":$msec,"c":"$http_x_forwarded_for","u":"$request_uri"}"#])
    #expect(json.client == "8.8.8.8")
    #expect(json.isClaimed)
    #expect(json.time == 1_741_590_000.5)
    #expect(CustomFormat("$status $request") == nil)
  }
}

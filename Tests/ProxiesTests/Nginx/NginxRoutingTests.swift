import Flows
import Glibc
import Testing

@testable import Proxies

@Suite struct NginxRoutingTests {
  private func server(_ routing: NginxRouting, _ endpoint: String, _ host: String?) -> String? {
    Endpoint(endpoint).flatMap { routing.server(accepting: $0, host: host) }
      .map { "\($0.server.place.line) \($0.reason)" }
  }

  @Test func `the server is chosen by address, then by name, in nginx's order`() {
    // The first server stands in line 3.
    let routing = NginxText.routing(
      http: """
        server { listen 80; server_name first.example; }
        server { listen 80 default_server; server_name _; }
        server { listen 80; server_name www.example.org .example.com; }
        server { listen 80; server_name *.example.org; }
        server { listen 80; server_name *.sub.example.org mail.*; }
        server { listen 80; server_name ~^(www|api)\\.re\\.example$; }
        server { listen 192.0.2.9:80; server_name other.example; }
        server { listen [::]:80; server_name v6.example; }
        """)
    let here = "192.0.2.1:80"
    #expect(server(routing, here, "WWW.example.org:80") == "5 exactName")
    #expect(server(routing, here, "example.com") == "5 exactName")
    #expect(server(routing, here, "a.b.example.com.") == "5 leadingWildcard")
    #expect(server(routing, here, "x.example.org") == "6 leadingWildcard")
    #expect(server(routing, here, "x.sub.example.org") == "7 leadingWildcard")
    #expect(server(routing, here, "example.org") == "4 defaultServer")
    #expect(server(routing, here, "mail.anything.net") == "7 trailingWildcard")
    #expect(server(routing, here, "api.re.example") == "8 regularExpression")
    #expect(server(routing, here, "apiXreXexample") == "4 defaultServer")
    #expect(server(routing, here, nil) == "4 defaultServer")
    // Only one server listens on this very address, so names of others don't count.
    #expect(server(routing, "192.0.2.9:80", "first.example") == "9 defaultServer")
    #expect(server(routing, "[fd00::1]:80", "first.example") == "10 defaultServer")
    #expect(server(routing, "192.0.2.1:81", "first.example") == nil)
  }

  @Test func `an expression that is not understood is said, not guessed`() throws {
    let routing = NginxText.routing(http: "server { listen 80; }\nserver { listen 80; server_name ~^(?=a)b; }")
    let match = try #require(routing.server(accepting: Endpoint(.v4(1), 80), host: "x"))
    #expect(match.reason == .defaultServer)
    #expect(match.undecided == ["~^(?=a)b"])
  }

  @Test func `a server without listen accepts on port 80, a stream accepts nothing without`() {
    let http = NginxText.routing(http: "server { server_name a; }")
    #expect(http.servers.first?.listens.map(\.text) == ["*:80"])
    #expect(NginxText.routing(stream: "server { proxy_pass a:1; }").servers.first?.listens.isEmpty == true)
  }

  private func targets(_ routing: NginxRouting) -> [String] {
    routing.servers.flatMap(\.targets).map { ($0.scheme.map { "\($0)://" } ?? "") + $0.description }
  }

  @Test(
    arguments: [
      ("proxy_pass http://git:3000/x/;", ["http://git:3000"]),
      ("proxy_pass https://10.0.0.1;", ["https://10.0.0.1:443"]),
      ("proxy_pass http://[fd00::1]:81/;", ["http://[fd00::1]:81"]),
      ("proxy_pass http://unix:/run/a.sock:/x;", ["http://unix:/run/a.sock"]),
      ("fastcgi_pass unix:/run/php.sock;", ["unix:/run/php.sock"]), ("uwsgi_pass 127.0.0.1:9000;", ["127.0.0.1:9000"]),
      ("grpc_pass grpcs://g;", ["grpcs://g:443"]), ("grpc_pass g:50051;", ["g:50051"]),
      ("set $b 10.0.0.9; proxy_pass http://$b:8080$request_uri;", ["http://10.0.0.9:8080"]),
      ("set $b http://x:1; proxy_pass $b;", ["http://x:1"]),
      ("proxy_pass http://$host:8080;", ["http://$host:8080"]), ("proxy_pass http://$host$uri;", ["http://$host"]),
      ("set $p a:1; if ($x) { set $p b:2; } proxy_pass http://${p}/y;", ["http://a:1", "http://b:2"]),
      ("proxy_pass http://$pool;", ["http://10.1.0.1:80", "http://m:7"]),
      ("proxy_pass http://BACK/;", ["http://10.1.0.1:80", "http://10.1.0.2:8080"]),
      ("if ($x) { proxy_pass http://inner; }", ["http://inner:80"]),
      ("set $a $b; set $b $a; proxy_pass http://$a;", ["http://$a"]),
    ] as [(String, [String])])
  func `targets are resolved through set, map and upstream`(text: String, expected: [String]) {
    let routing = NginxText.routing(
      http: """
        upstream back { server 10.1.0.1 weight=3; server 10.1.0.2:8080 backup; keepalive 8; }
        map $host $pool { default 10.1.0.1:80; a.example m:7; hostnames; }
        server { location / { \(text) } }
        """)
    #expect(targets(routing) == expected || text.contains("$a") && targets(routing).allSatisfy { $0.contains("$") })
    #expect(routing.upstreams.first?.keepalive == 8)
    #expect(routing.upstreams.first?.servers.map(\.weight) == [3, 1])
    #expect(routing.upstreams.first?.servers.map(\.isBackup) == [false, true])
  }

  @Test func `a set of the server counts everywhere, one of a location only there`() {
    let routing = NginxText.routing(
      http: """
        server { set $b one:1;
          location /a { proxy_pass http://$b; }
          location /b { set $b two:2; proxy_pass http://$b; location /b/c { proxy_pass http://$b; } } }
        """)
    #expect(targets(routing) == ["http://one:1", "http://two:2", "http://one:1"])
    #expect(routing.servers.first?.routes.map(\.location) == [nil, "/a", "/b", "/b/c"])
  }

  @Test func `logs are inherited until a level has its own`() {
    let routing = NginxText.routing(
      http: """
        log_format short escape=json '$remote_addr ' "$status";
        access_log /var/log/all.log short;
        access_log syslog:server=unix:/dev/log;
        server { location /quiet { access_log off; } location / { return 200 ok; } }
        server { access_log logs/own.log buffer=32k if=$loggable; }
        """)
    let logs = { (server: Int, route: Int) in
      routing.servers[server].routes[route].logs.map { "\($0.path) \($0.format)" }
    }
    #expect(logs(0, 0) == ["/var/log/all.log short", "syslog:server=unix:/dev/log combined"])
    #expect(logs(0, 1) == [])
    #expect(logs(0, 2) == logs(0, 0))
    #expect(logs(1, 0) == ["/etc/nginx/logs/own.log combined"])
    #expect(routing.servers[1].logs.first?.condition == "$loggable")
    #expect(routing.logFormats.map(\.name) == ["combined", "short"])
    #expect(routing.logFormats.last?.text == "$remote_addr $status")
    #expect(routing.logFormats.last?.place?.line == 3)
    #expect(routing.servers[0].routes[2].answer == "200 ok")
    #expect(NginxText.routing(http: "server {}").servers[0].logs.first?.path == "/var/log/nginx/access.log")
    #expect(NginxText.routing(stream: "server {}").servers[0].logs.isEmpty)
  }

  @Test func `whose word is taken for the client's address`() {
    let routing = NginxText.routing(
      http: """
        real_ip_header X-Forwarded-For;
        set_real_ip_from 10.0.0.0/8; set_real_ip_from unix:;
        server { proxy_bind $remote_addr transparent; }
        server { set_real_ip_from 192.0.2.0/24; location / { proxy_bind off; } proxy_bind 192.0.2.7; }
        """)
    let first = routing.servers[0]
    #expect(first.realAddress.header == "X-Forwarded-For")
    #expect(first.realAddress.trusted == [Prefix("10.0.0.0/8")].compactMap { $0 })
    #expect(first.realAddress.others == ["unix:"])
    #expect(first.routes[0].bind?.isTransparent == true)
    #expect(routing.servers[1].realAddress.trusted.map(\.description) == ["192.0.2.0/24"])
    #expect(routing.servers[1].routes.map { $0.bind?.text } == ["192.0.2.7", nil])
  }

  @Test func `who may have opened a connection is found by address, by port, and by variable`() throws {
    let routing = NginxText.routing(
      """
      http {
        server { server_name a; location / { proxy_pass http://10.0.0.5:3000; } }
        server { server_name b; location / { proxy_pass http://git:3000; } }
        server { server_name c; location / { proxy_pass http://$host; } }
        server { server_name d; location / { proxy_pass http://10.0.0.6:3000; } }
      }
      stream { upstream s { server 10.0.0.5:3000; }
        server { listen 1; proxy_pass s; } }
      """)
    let found = routing.upstreams(reaching: try #require(Endpoint("10.0.0.5:3000")))
    #expect(
      found.map { "\($0.server.names.first ?? "stream") \($0.match) \($0.place.line)" } == [
        "a address 2", "stream address 7", "b port 3", "c variable 4",
      ])
    #expect(found[2].target.needsLookup)
    #expect(routing.sites.map(\.name) == ["a", "b", "c", "d"])
    #expect(routing.sites[0].targets.map(\.description) == ["10.0.0.5:3000"])
  }

  @Test func `names that a stream passes on are sites`() {
    let routing = NginxText.routing(
      stream: """
        map $ssl_preread_server_name $pool {
          hostnames; default 10.0.0.1:443; git.example.com git:8443; *.web.example web;
        }
        upstream web { server 10.0.0.2:443; server 10.0.0.3:443; }
        server { listen 443; ssl_preread on; proxy_pass $pool; }
        server { listen 444; proxy_pass 10.0.0.9:1; }
        """)
    #expect(
      routing.sites.map { "\($0.name) \($0.targets)" } == [
        "git.example.com [git:8443]", "*.web.example [10.0.0.2:443, 10.0.0.3:443]",
      ])
    #expect(routing.servers[0].targets.count == 4)
  }

  @Test func `a map by the requested name makes sites of its keys`() {
    let entries = (0..<500).map { "n\($0).example 10.0.0.1:\($0 + 1000);" }.joined()
    let routing = NginxText.routing(
      http: """
        map $host $to { \(entries) }
        server { server_name _; location / { proxy_pass http://$to; } }
        """)
    #expect(routing.sites.count == 500)
    #expect(routing.sites.last?.name == "n499.example")
    #expect(routing.sites.last?.targets.map(\.port) == [1499])
    #expect(routing.servers[0].targets.count == 500)
  }

  @Test func `variables that name many others are bounded`() {
    var text = ""
    for level in 0..<8 {
      let values = (0..<64).map { "k\($0) $m\(level + 1)x\($0);" }.joined()
      text += "map $host $m\(level) { \(values) }\n"
      for number in 0..<64 {
        text += "map $host $m\(level + 1)x\(number) { default $m\(level + 1); a b\(number):1; }\n"
      }
    }
    let routing = NginxText.routing(http: text + "server { location / { proxy_pass http://$m0; } }")
    #expect(routing.servers.first?.targets.isEmpty == false)
    #expect((routing.servers.first?.targets.count ?? 0) <= NginxPass.targetLimit)
  }

  @Test func `an upstream of many servers in many places is bounded`() {
    let upstream = "upstream u { \((0..<2000).map { "server 10.0.\($0 / 250).\($0 % 250 + 1);" }.joined()) }"
    let location = (0..<20).map { "location /\($0) { proxy_pass http://u; }" }.joined()
    let routing = NginxText.routing(http: "\(upstream)\nserver { \(location) }")
    #expect(routing.servers.first?.targets.count == 20 * NginxPass.targetLimit)
  }

  @Test func `five thousand servers are read and asked in two seconds`() throws {
    var texts = ["/etc/nginx/nginx.conf": "events {}\nhttp { include sites/*.conf; }\n"]
    for number in 0..<5000 {
      texts["/etc/nginx/sites/\(number).conf"] = """
        # site \(number)
        server {
          listen 80; listen [::]:80;
          server_name s\(number).example www.s\(number).example;
          set $forward_scheme http; set $server "10.0.\(number / 250).\(number % 250)"; set $port 3000;
          access_log /data/logs/proxy-host-\(number)_access.log proxy;
          location / { include snippets/proxy.conf; }
        }
        """
    }
    texts["/etc/nginx/snippets/proxy.conf"] = """
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_pass $forward_scheme://$server:$port$request_uri;
      """
    let files = NginxText.files(texts)
    // The thread's own time: other tests run beside this one.
    let begin = Self.threadSeconds()
    let configuration = NginxConfiguration(in: files)
    let routing = NginxRouting(configuration)
    #expect(routing.servers.count == 5000)
    let match = routing.server(accepting: Endpoint(.v4(1), 80), host: "www.s4999.example")
    #expect(match?.server.place.file == "/etc/nginx/sites/4999.conf")
    let found = routing.upstreams(reaching: try #require(Endpoint("10.0.19.249:3000")))
    #expect(found.map(\.server.names.first) == ["s4999.example"])
    #expect(Self.threadSeconds() - begin < 2)
  }

  private static func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

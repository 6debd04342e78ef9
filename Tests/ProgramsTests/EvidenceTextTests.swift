import Foundation
import Lab
import Testing
import TestNumbers

@testable import Programs
@testable import Proxies
@testable import VPNs

/// What goes of a file into a bundle, by the program and by the script.
@Suite struct EvidenceTextTests {
  private func kept(_ text: String, _ kind: EvidenceText.Kind) -> String {
    String(decoding: EvidenceText(Array(text.utf8), kind: kind).content, as: UTF8.self)
  }

  /// The same by the script's program.
  private func script(_ text: String, _ kind: EvidenceText.Kind, _ awk: String) throws -> (text: String, count: Int) {
    let folder = try TemporaryFolder()
    try folder.write("program", EvidenceScript.program)
    try folder.write("text", text)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c",
      "LC_ALL=C \(awk) -v kind=\(kind.rawValue) -v count=\(folder.path)/count \(EvidenceScript.variables)"
        + " -f \(folder.path)/program <\(folder.path)/text >\(folder.path)/out",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let count = try String(contentsOfFile: "\(folder.path)/count", encoding: .utf8)
    let out = FileManager.default.contents(atPath: "\(folder.path)/out") ?? Data()
    return (String(decoding: out, as: UTF8.self), Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1)
  }

  static let haproxy = """
    # password PLANT01
    global
        log 10.0.0.1:514 local0 # PLANT02
        stats socket /run/haproxy.sock mode 600 level admin user PLANT03
        setenv KEY PLANT04
        presetenv TOKEN "PLANT05"
        lua-load-per-thread /etc/x.lua PLANT06
        chroot /var/lib/haproxy
        ca-base /etc/PLANT07
    userlist admins
        user admin insecure-password PLANT08
        user	op	password $5$PLANT09
        bind PLANT10
    defaults base
        mode tcp
        timeout connect 5s
        default-server ssl verify none crt /etc/PLANT11.pem inter 2s
        errorfile 503 /etc/PLANT12.http
    frontend web from base
        bind 10.12.32.13:443,[2001:db8::1]:443 ssl crt /etc/ssl/PLANT13.pem alpn h2 accept-proxy
        bind unix@/run/web.sock level admin
        bind "${ADDRESS}:80"
        stats enable
        stats uri /PLANT14
        stats auth admin:PLANT15
        stats	 auth	bob:PLANT16
        acl keyok req.hdr(X-Api-Key) -m str PLANT17
        http-request set-header Authorization "Basic PLANT18"
        http-request set-header X-Upstream 'Bearer PLANT19'
        http-request set-var(txn.pw) str(PLANT20)
        http-request redirect location https://u:PLANT21@example.com/?token=PLANT22
        http-request auth realm PLANT23 unless { http_auth(admins) }
        cookie PLANT24 insert indirect
        use_backend git if { req.hdr(host) -i git.example.com } { hdr(x-key) PLANT25 }
        use_backend %[req.hdr(host),map(/etc/PLANT26.map)] if TRUE
        default_backend app
    backend app
        server a1 10.8.1.7:3127 check cookie PLANT27 weight 10 send-proxy-v2 source 10.8.1.1 usesrc clientip
        server a2 user:PLANT28@10.8.1.8:80 sni str(PLANT29)
        server a3 git.example.com:443 check-sni PLANT30 pool-key PLANT31 ssl verify none
        server-template s 1-3 app.example:80 resolvers PLANT32
        http-check send hdr Authorization PLANT33
        "quoted PLANT34
        source 10.0.0.5 interface eth0
        option httpchk GET /health?key=PLANT35
        use-server a1 if { src 10.0.0.0/8 } PLANT36
    listen old 10.0.0.1:3306
    .if defined(PLANT37)
        server b 10.0.0.2:3306 backup
    .endif
    program sync
        command /opt/sync --token PLANT38
        server PLANT39 1.2.3.4:5
    backend last
        server z 192.0.2.1:80 # PLANT40
    """

  static let nginx = """
    # PLANT01
    user www-data; env SECRET=PLANT02; load_module modules/x.so;
    http {
      auth_basic_user_file /etc/PLANT03;
      log_format main '$remote_addr - "$request" key=PLANT04 $status '
                      '$http_user_agent PLANT05x "abc"' ;
      map $http_x_api_key $is_ok { PLANT06 1; default 0; }
      map $ssl_preread_server_name $backend_name { git.example.com git:443; "PLANT07 x" y; default web:443; }
      map $uri $upstream_x { ~PLANT08 a:1; default b:2; }
      map $host $secret_upstream { a PLANT09; }
      geo $backend_geo { 10.0.0.0/8 PLANT10abcdefghijklmnopqrstuvwx; default c:3; }
      upstream app { zone PLANT11 64k; server 10.0.0.1:80 weight=3 backup; server "unix:/run/app.sock"; keepalive 4; }
      server {
        listen 443 ssl http2 default_server; listen [::]:80 ; server_name git.example.com *.example.com ~^PLANT12$ "";
        ssl_certificate_key /etc/PLANT13.pem; ssl_password_file /etc/PLANT14;
        set $forward_scheme http; set $server "git"; set $port 3000; set $api_token PLANT15; set $server_key PLANT16;
        set $proxy_thing PLANT17aaaaaaaaaaaaaaaaaaaaaaaa; set $app_name "PLANT18 x";
        access_log /var/log/nginx/git.log main if=$PLANT19; access_log syslog:server=x,tag=PLANT20 json;
        location /api/PLANT21/ { proxy_pass http://u:PLANT22@app:3000/x/PLANT23?k=PLANT24; proxy_set_header X "PLANT25"; }
        location ~ ^/PLANT26 { return 301 https://u:PLANT27@$host/PLANT28; }
        location = / { return 200 "PLANT29"; add_header Set-Cookie PLANT30; }
        location / { if ($http_x = "PLANT31") { return 403; } proxy_pass $forward_scheme://$server:$port$request_uri; }
        location @named { proxy_pass http://unix:/run/x.sock:/PLANT32; fastcgi_param KEY PLANT33; fastcgi_pass unix:/run/php.sock; }
        rewrite_by_lua_block {
          local key = "PLANT34 } {" -- PLANT35 }
          if x then y = { a = '}' } end
        }
        content_by_lua_block { ngx.say("server PLANT36;") }
        location /b/ { proxy_pass http://10.0.0.9:80; }
        proxy_set_header Authorization
          "Basic
          PLANT37";
        include /etc/nginx/conf.d/include/*.conf; root /var/www/html; proxy_bind $server_addr transparent;
        limit_except GET { deny all; auth_basic PLANT38; }
        proxy_cookie_path / "/; PLANT39"; subs_filter PLANT40 x;
      }
    }
    stream { server { listen 3306; proxy_pass db:3306; ssl_preread on; } }
    mail { auth_http http://u:PLANT41@x/; server { listen 25; } }
    unfinished PLANT42
    """

  static let openvpn = """
    # PLANT01
    ; PLANT02
    port 1194
    proto udp
    dev tun0
    server 10.8.0.0 255.255.255.0
    status /run/openvpn-status.log 10 # PLANT03
    management 127.0.0.1 7505 /etc/openvpn/pw
    client-config-dir /etc/openvpn/ccd
    ifconfig-pool-persist ipp.txt
    auth-user-pass PLANT04
    askpass PLANT05
    http-proxy-user-pass PLANT06
    setenv TOKEN PLANT07
    static-challenge "PLANT08" 1
    push "setenv-safe KEY PLANT09"
    plugin /x.so "user PLANT10"
    remote vpn.example.com 1194 udp
    remote "PLANT11 x" 1
    remote u:PLANT12@host 1194
    cd /etc/openvpn
    <connection>
    remote 198.51.100.7 443 tcp
    http-proxy-user-pass PLANT13
    </connection>
    <key>
    PLANT14
    remote PLANT15
    </key>
    <auth-user-pass>
    PLANT16
    </auth-user-pass>
    <tls-crypt-v2>
    -----BEGIN PLANT17-----
    </tls-crypt-v2>
    user nobody
    --chroot /run/jail
    learn-address /bin/x PLANT18
    verify-hash PLANT19
    <ca>
    PLANT20
    """

  static let status = """
    OpenVPN CLIENT LIST
    Updated,2026-11-21 18:00:00
    Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
    tke-node1,203.0.113.7:55231,1000,2000,Thu Jun 18 04:23:03 2015
    ROUTING TABLE
    Virtual Address,Common Name,Real Address,Last Ref
    172.16.248.22C,tke-node1,203.0.113.7:55231,2026-11-21 18:00:00
    PLANT01,with,three commas,here
    root:PLANT02:0:0
    PLANT03
    GLOBAL STATS
    Max bcast/mcast queue length,0
    END
    PLANT04 = 5
    """

  static let files: [(EvidenceText.Kind, String)] = [
    (.haproxy, haproxy), (.nginx, nginx), (.openvpn, openvpn), (.status, status),
  ]

  @Test(arguments: EvidenceText.Kind.allCases) func `nothing planted is kept, and every line stays where it is`(
    _ kind: EvidenceText.Kind
  ) throws {
    let text = try #require(Self.files.first { $0.0 == kind }).1
    let result = kept(text, kind)
    let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
    for line in lines(result) { #expect(!line.contains("PLANT"), "\(line)") }
    #expect(lines(result).count == lines(text).count && text.contains("PLANT"))
    // Whoever reads any of these files as another kind finds nothing in it either.
    for other in EvidenceText.Kind.allCases { #expect(!kept(text, other).contains("PLANT0"), "\(other)") }
    let again = EvidenceText(Array(result.utf8), kind: kind)
    #expect(String(decoding: again.content, as: UTF8.self) == result && again.leftOut == 0)
    #expect(EvidenceText(Array(text.utf8), kind: kind).leftOut > 3)
  }

  @Test func `what is needed of HAProxy is kept`() throws {
    let result = HAProxyConfiguration(parsing: [("/a", Array(kept(Self.haproxy, .haproxy).utf8))])
    let whole = HAProxyConfiguration(parsing: [("/a", Array(Self.haproxy.utf8))])
    #expect(result.sections.map(\.name) == whole.sections.map(\.name))
    #expect(result.sections.map(\.place) == whole.sections.map(\.place))
    #expect(result.sections.map { $0.binds.map(\.address) } == whole.sections.map { $0.binds.map(\.address) })
    #expect(
      result.sections[0].binds.first?.parameters.contains("accept-proxy") == true
        && result.statsSockets.map(\.level) == [.admin])
    let app = try #require(result.sections.first { $0.name == "app" })
    #expect(app.servers.map(\.name) == ["a1", "a3", "s"] && app.servers[0].sendsProxyHeader)
    #expect(app.servers[0].source?.usesrc == "clientip")
    let routes = try #require(result.sections.first { $0.name == "web" }).routes
    #expect(routes.map(\.target).first == "git" && routes.last?.target == "app" && routes[0].condition != nil)
  }

  @Test func `what is needed of nginx is kept`() throws {
    let routing = { (text: String) in
      NginxRouting(
        NginxConfiguration(
          NginxInvocation(configurationFile: "/n"), in: NginxFileTexts(["/n": Array(text.utf8)])))
    }
    let (result, whole) = (routing(kept(Self.nginx, .nginx)), routing(Self.nginx))
    #expect(result.servers.map(\.place) == whole.servers.map(\.place) && result.servers.count == 2)
    #expect(result.servers.map(\.listens) == whole.servers.map(\.listens))
    #expect(result.servers[0].names.contains("git.example.com"))
    let passes = { (routing: NginxRouting) in routing.servers.flatMap(\.routes).flatMap(\.passes) }
    #expect(passes(result).map(\.place) == passes(whole).map(\.place))
    let targets = Set(passes(result).flatMap(\.targets).map(\.description))
    #expect(targets.isSuperset(of: ["git:3000", "10.0.0.9:80", "db:3306"]), "\(targets)")
    #expect(result.upstreams.map(\.name) == ["app"] && result.upstreams[0].servers.count == 2)
    #expect(result.servers[0].logs.first?.path == "/var/log/nginx/git.log")
    let format = try #require(result.logFormats.first { $0.name == "main" })
    #expect(format.text.contains("$remote_addr") && format.text.contains("$http_user_agent"))
  }

  @Test func `what is needed of OpenVPN is kept`() throws {
    let read = { (text: String) in
      OpenVPNConfiguration(command: ["openvpn", "/a"], workingDirectory: "/") { _ in Array(text.utf8) }
    }
    let (result, whole) = (read(kept(Self.openvpn, .openvpn)), read(Self.openvpn))
    #expect(result.role == .server && result.statusFile == whole.statusFile && result.port == 1194)
    #expect(result.clientFolder == whole.clientFolder && result.jail == whole.jail && result.folder == "/etc/openvpn")
    #expect(result.remotes.contains { $0.arguments == ["198.51.100.7", "443", "tcp"] })
    let status = try OpenVPNStatus(parsing: Array(kept(Self.status, .status).utf8), modified: 1_795_269_600)
    #expect(status.clients.map(\.commonName) == ["tke-node1"] && status.routes.count == 1)
  }

  private static let shells = ["mawk", "gawk", "busybox awk", "original-awk", "awk"].filter { awk in
    Requirement.program(String(awk.prefix { $0 != " " })).isMet
  }

  /// Whole files, their lines one by one, and lines that are cut anywhere.
  @Test(.requires(.program("awk")), arguments: shells) func `the script keeps the same`(_ awk: String) throws {
    var generator = SeededNumbers(4)
    for (kind, text) in Self.files {
      var texts = [text, text.replacing("\n", with: "\r\n"), "", "\n\n", text + "\n"]
      for _ in 0..<12 {
        var bytes = Array(text.utf8)
        for _ in 0..<20 {
          let index = Int.random(in: 0..<bytes.count, using: &generator)
          bytes[index] = Array(" {};\"'#\\$@?\n\tA0<é".utf8).randomElement(using: &generator) ?? 32
        }
        texts.append(String(decoding: bytes.prefix(Int.random(in: 1...bytes.count, using: &generator)), as: UTF8.self))
      }
      for text in texts {
        let own = EvidenceText(Array(text.utf8), kind: kind)
        let other = try script(text, kind, awk)
        // awk ends its last line.
        let ending = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
        let wanted = String(decoding: own.content, as: UTF8.self) + ending
        #expect(other.text == wanted, "\(kind): \(text)")
        #expect(other.count == own.leftOut, "\(kind): \(text)")
      }
    }
  }
}

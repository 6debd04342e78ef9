import Flows
import Testing

@testable import Proxies

@Suite struct ConfiguredRelaysTests {
  /// `:3128 /etc/x:2` for what listens, `-> 10.0.0.1:80 /etc/x:5` for what it connects to.
  private func read(_ dialect: RelayDialect, _ text: String) -> [String] {
    var found = RelayFindings()
    found.file = "/etc/x"
    dialect.readLines(DirectiveLine.all(in: text), &found)
    return described(found)
  }

  private func read(_ dialect: RelayDialect, arguments: String) -> [String] {
    var found = RelayFindings()
    dialect.readArguments(arguments.split(separator: " ").map(String.init), &found)
    return described(found)
  }

  private func described(_ found: RelayFindings) -> [String] {
    found.frontends.map { frontend in
      let listens = frontend.listens.map { "\($0.address.map { "\($0)" } ?? "any") \($0.firstPort)" }
      return "\(frontend.name) (\(listens.joined())) \(frontend.configuration)"
    }
      + found.backends.map { backend in
        let servers = backend.servers.map { "\($0.name)\($0.address == nil ? " by name" : "")" }
        return "-> \(backend.name) (\(servers.joined())) \(backend.configuration)"
      }
  }

  @Test func `squid's ports and parents`() {
    let text = """
      # http_port 1
      http_port 3129
      http_port [fd00::1]:3130 intercept # for the children
      https_port 10.0.0.1:3131 cert=/etc/squid/a.pem

      cache_peer parent.example parent 3128 0 no-query default
      cache_peer 10.9.0.5 sibling 8080 3130
      http_access allow all
      """
    #expect(
      read(.squid, text) == [
        ":3129 (any 3129) /etc/x:2", "[fd00::1]:3130 (fd00::1 3130) /etc/x:3", "10.0.0.1:3131 (10.0.0.1 3131) /etc/x:4",
        "-> parent.example:3128 (parent.example:3128 by name) /etc/x:6", "-> 10.9.0.5:8080 (10.9.0.5:8080) /etc/x:7",
      ])
  }

  @Test func `tinyproxy, privoxy and dante`() {
    #expect(
      read(.tinyproxy, "User nobody\nPort 8888\nListen 10.0.0.2\nListen ::1\nUpstream http 10.0.0.9:3128 \".example\"")
        == [
          "10.0.0.2:8888 (10.0.0.2 8888) /etc/x:3", "[::1]:8888 (::1 8888) /etc/x:4",
          "-> 10.0.0.9:3128 (10.0.0.9:3128) /etc/x:5",
        ])
    #expect(read(.tinyproxy, "Port 8080") == [":8080 (any 8080) /etc/x:1"])
    #expect(
      read(.privoxy, "listen-address  127.0.0.1:8118\nforward-socks5t / 127.0.0.1:9050 .\nforward / 10.0.0.1:3128")
        == [
          "127.0.0.1:8118 (127.0.0.1 8118) /etc/x:1", "-> 10.0.0.1:3128 (10.0.0.1:3128) /etc/x:3",
        ])
    #expect(
      read(
        .dante, "logoutput: syslog\ninternal: 10.1.1.1 port = 1081\nexternal: eth0\nclient pass { from: 0/0 to: 0/0 }")
        == ["10.1.1.1:1081 (10.1.1.1 1081) /etc/x:2"])
  }

  @Test func `TLS proxies: hitch and stunnel`() {
    #expect(
      read(.hitch, "frontend = {\n  host = \"*\"\n  port = \"443\"\n}\nbackend = \"[127.0.0.1]:8080\"\nworkers = 4")
        == [":443 (any 443) /etc/x:3", "-> 127.0.0.1:8080 (127.0.0.1:8080) /etc/x:5"])
    #expect(
      read(.hitch, "frontend = \"[*]:8443\"\nbackend = \"[::1]:80\"")
        == [":8443 (any 8443) /etc/x:1", "-> [::1]:80 ([::1]:80) /etc/x:2"])
    #expect(
      read(
        .stunnel,
        "; global\npid = /run/x\n[web]\naccept = 443\nconnect = 10.0.0.3:80\n[mail]\naccept=10.0.0.1:993\nconnect = imap:143"
      )
        == [
          "web (any 443) /etc/x:4", "mail (10.0.0.1 993) /etc/x:7", "-> web (10.0.0.3:80) /etc/x:5",
          "-> mail (imap:143 by name) /etc/x:8",
        ])
  }

  @Test func `pgbouncer's databases, and redsocks in either shape`() {
    #expect(
      read(
        .pgbouncer,
        "[databases]\nshop = host=10.0.0.7 port=5433 dbname=shop\nlocal = host=/var/run/postgresql\n[pgbouncer]\nlisten_addr = 127.0.0.1,10.0.0.1\nlisten_port = 6432"
      ) == [
        "127.0.0.1:6432 (127.0.0.1 6432) /etc/x:5", "10.0.0.1:6432 (10.0.0.1 6432) /etc/x:5",
        "-> shop (10.0.0.7:5433) /etc/x:2",
      ])
    let wide =
      "base { log_debug = off; }\nredsocks {\n  local_ip = 0.0.0.0;\n  local_port = 12345;\n  ip = 10.0.0.1;\n  port = 1080;\n}"
    #expect(read(.redsocks, wide) == [":12345 (any 12345) /etc/x:4", "-> 10.0.0.1:1080 (10.0.0.1:1080) /etc/x:6"])
    let narrow = "redsocks { local_ip = 127.0.0.1; local_port = 12345; ip = ::1; port = 1080; type = socks5; }"
    #expect(
      read(.redsocks, narrow) == ["127.0.0.1:12345 (127.0.0.1 12345) /etc/x:1", "-> [::1]:1080 ([::1]:1080) /etc/x:1"])
  }

  @Test func `programs whose command line is all`() {
    #expect(read(.microsocks, arguments: "-i 10.0.0.1 -p 1081") == ["10.0.0.1:1081 (10.0.0.1 1081) its command line"])
    #expect(read(.microsocks, arguments: "") == [":1080 (any 1080) its command line"])
    #expect(read(.shadowsocksServer, arguments: "-s 0.0.0.0 -p 8388 -k x") == [":8388 (any 8388) its command line"])
    #expect(
      read(.shadowsocksClient, arguments: "-s 192.0.2.1 -p 8388 -l 1080 -k x")
        == ["127.0.0.1:1080 (127.0.0.1 1080) its command line", "-> 192.0.2.1:8388 (192.0.2.1:8388) its command line"])
    #expect(
      read(.varnish, arguments: "-F -a http=:6081,HTTP -b 10.0.0.1:80 -s malloc")
        == [":6081 (any 6081) its command line", "-> 10.0.0.1:80 (10.0.0.1:80) its command line"])
  }

  @Test(arguments: [
    "", "\0\0\0", "http_port", "http_port 99999999", "cache_peer a b c", "[", "[x", "port = ", "redsocks {", "= = =",
    "frontend = \"[::\"", "\u{FFFD}\u{FFFD} {}{}{",
  ]) func `broken lines say nothing`(text: String) {
    for relay in ConfiguredRelay.all where relay.software != "tinyproxy" {
      #expect(read(relay.dialect, text).isEmpty, "\(relay.software)")
    }
  }

  @Test func `a configuration file is where the command line says`() {
    #expect(RelayDialect.squid.file(["-N", "-f", "/a.conf"]) == "/a.conf")
    #expect(RelayDialect.squid.file(["-N"]) == "/etc/squid/squid.conf")
    #expect(RelayDialect.hitch.file(["--config=/b", "--user=x"]) == "/b")
    #expect(RelayDialect.stunnel.file(["/c.conf"]) == "/c.conf")
    #expect(RelayDialect.pgbouncer.file(["-d", "/d.ini"]) == "/d.ini")
  }
}

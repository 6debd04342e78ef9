import Flows
import Testing

@testable import Proxies

@Suite struct HAProxyConfigurationTests {
  private func parse(_ text: String, _ environment: [String: String] = [:]) -> HAProxyConfiguration {
    HAProxyConfiguration(parsing: [("/etc/haproxy/haproxy.cfg", Array(text.utf8))], environment: environment)
  }

  private func endpoint(_ text: String) throws -> Endpoint { try #require(Endpoint(text)) }

  @Test func `a relay of one port is found from both of its ends`() throws {
    let configuration = parse(
      """
      global
        stats socket /run/haproxy.sock mode 660 level admin
      defaults
        mode tcp
      frontend qcproxy
        bind 10.12.32.13:3129
        default_backend qcbackend
      backend qcbackend
        server qc1 10.8.1.3:3129 check
      """)
    #expect(configuration.problems.isEmpty)
    let accepted = try #require(configuration.frontend(accepting: endpoint("10.12.32.13:3129")))
    #expect((accepted.name, accepted.line) == ("qcproxy", 6))
    #expect(accepted.file == "/etc/haproxy/haproxy.cfg")
    #expect(configuration.frontend(accepting: try endpoint("10.12.32.13:3130")) == nil)
    #expect(configuration.frontend(accepting: try endpoint("10.12.32.14:3129")) == nil)
    let server = try #require(configuration.server(in: "qcbackend", at: endpoint("10.8.1.3:3129")))
    #expect((server.name, server.line, server.ground, server.candidates) == ("qc1", 9, .address, 1))
    #expect(configuration.routes(from: "qcproxy").map(\.target) == ["qcbackend"])
    let socket = try #require(configuration.statsSockets.first)
    #expect((socket.level, socket.mode, socket.place?.line) == (.admin, "660", 2))
    #expect(socket.address.host == .unix("/run/haproxy.sock"))
  }

  @Test(arguments: [
    (":80", HAProxyAddress.Host.ip(.anyV4), HAProxyAddress.Ports.range(80...80), Transport.tcp),
    ("*:80-90", .ip(.anyV4), .range(80...90), .tcp),
    (":::14000", .ip(.anyV6), .range(14000...14000), .tcp),
    ("[::]:80", .ip(.anyV6), .range(80...80), .tcp),
    ("::1:8080", .ip(.v6(1)), .range(8080...8080), .tcp),
    ("[::1]", .ip(.v6(1)), .none, .tcp),
    ("fe80::1%eth0:80", .ip(.v6(0xFE80 << 112 | 1)), .range(80...80), .tcp),
    ("ipv6@:443", .ip(.anyV6), .range(443...443), .tcp),
    ("ipv4@192.0.2.1:443", .ip(.v4(0xC000_0201)), .range(443...443), .tcp),
    ("udp@192.0.2.1:514", .ip(.v4(0xC000_0201)), .range(514...514), .udp),
    ("quic4@:443", .ip(.anyV4), .range(443...443), .udp),
    ("mptcp@[::]:5000", .ip(.anyV6), .range(5000...5000), .tcp),
    ("dgram+ipv4@:53", .ip(.anyV4), .range(53...53), .udp),
    ("unix@/run/a.sock", .unix("/run/a.sock"), .none, .tcp),
    ("/run/b.sock", .unix("/run/b.sock"), .none, .tcp),
    ("abns@name", .abstract("name"), .none, .tcp),
    ("abnsz@name", .abstract("name"), .none, .tcp),
    ("fd@3", .inherited("3"), .none, .tcp),
    ("sockpair@5", .inherited("5"), .none, .tcp),
    ("rhttp@be/srv", .reverse("be/srv"), .none, .tcp),
    ("web.example:8080", .name("web.example"), .range(8080...8080), .tcp),
    ("192.0.2.1:+1000", .ip(.v4(0xC000_0201)), .offset(1000), .tcp),
    ("192.0.2.1:-20", .ip(.v4(0xC000_0201)), .offset(-20), .tcp),
    ("192.0.2.1", .ip(.v4(0xC000_0201)), .none, .tcp),
    ("0.0.0.0", .ip(.anyV4), .none, .tcp),
  ]) func `every form of address is read`(
    text: String, host: HAProxyAddress.Host, ports: HAProxyAddress.Ports, transport: Transport
  ) throws {
    let address = try #require(HAProxyAddress(text))
    #expect(address.host == host)
    #expect(address.ports == ports)
    #expect(address.transport == transport)
  }

  @Test(arguments: ["a b:80", ":99999", ":80-70", ":80-", "[1.2.3.4]:80", "ipv4@::1:80", "unix@", "ho/st:80", ":-"])
  func `what is no address is refused`(text: String) {
    #expect(HAProxyAddress(text) == nil)
  }

  @Test func `defaults are inherited by name, from the newest, or not at all`() throws {
    let configuration = parse(
      """
      listen early
        bind :1
      defaults web
        mode http
        default_backend fallback
        default-server send-proxy
      defaults plain
        mode tcp
      defaults child from web
        source 0.0.0.0 usesrc clientip
      frontend newest
        bind :2
      frontend named from web
        bind :3
      backend fallback from plain
        server s 192.0.2.1:1
      backend sends from child
        server s 192.0.2.1:1
      frontend lost from nowhere
        bind :4
      """)
    func frontend(_ name: String) throws -> HAProxySection { try #require(configuration.frontend(name)) }
    #expect(try frontend("early").mode == "tcp")
    #expect(try frontend("newest").mode == "http")
    #expect(try frontend("newest").source?.usesrc == "clientip")
    #expect(try frontend("named").mode == "http")
    #expect(try frontend("named").source == nil)
    #expect(configuration.routes(from: "named").map(\.target) == ["fallback"])
    #expect(configuration.routes(from: "named").map(\.place.line) == [5])
    #expect(configuration.server("s", in: "fallback")?.sendsProxyHeader == false)
    #expect(configuration.server("s", in: "sends")?.sendsProxyHeader == true)
    #expect(configuration.problems.map(\.place.line) == [19])
  }

  @Test func `old section lines and port ranges accept`() throws {
    let configuration = parse(
      """
      frontend b12 :12000-12009,:12020-12029
        bind :::14000
        bind ::1:15000,192.0.2.1:15001 ssl crt x
      listen all
        bind *:80
        bind 192.0.2.9:80
        bind [::]:81
        bind [::]:82 v6only
        bind unix@/run/x.sock
        bind quic4@:80
      """)
    func found(_ text: String) throws -> String? {
      configuration.frontend(accepting: try endpoint(text)).map { "\($0.name):\($0.line)" }
    }
    #expect(try found("192.0.2.1:12000") == "b12:1")
    #expect(try found("192.0.2.1:12029") == "b12:1")
    #expect(try found("192.0.2.1:12010") == nil)
    #expect(try found("[2001:db8::1]:14000") == "b12:2")
    #expect(try found("[::1]:15000") == "b12:3")
    #expect(try found("192.0.2.1:15001") == "b12:3")
    #expect(try found("192.0.2.9:80") == "all:6")
    #expect(try found("192.0.2.8:80") == "all:5")
    #expect(try found("192.0.2.8:81") == "all:7")
    #expect(try found("192.0.2.8:82") == nil)
    #expect(try found("[2001:db8::1]:82") == "all:8")
    #expect(configuration.frontend(accepting: try endpoint("192.0.2.8:80"), transport: .udp)?.line == 10)
  }

  @Test func `servers match by what is known of them`() throws {
    let configuration = parse(
      """
      backend b
        server fixed 192.0.2.1:80
        server moved 192.0.2.2:+1000
        server same 192.0.2.3
        server named db.example:5432
        server-template web 3 web.example:8080 check
        server-template one 5-7 192.0.2.4:81 source 192.0.2.200 usesrc client
        server original 0.0.0.0 send-proxy-v2
      """)
    func match(_ text: String, _ port: UInt16? = nil) throws -> String? {
      configuration.server(in: "b", at: try endpoint(text), acceptedPort: port).map { "\($0.name) \($0.ground)" }
    }
    #expect(try match("192.0.2.1:80") == "fixed address")
    #expect(try match("192.0.2.2:1080", 80) == "moved address")
    #expect(try match("192.0.2.2:1080") == "moved addressOnly")
    #expect(try match("192.0.2.3:443", 443) == "same address")
    #expect(try match("198.51.100.1:5432", 1) == "named portOnly")
    #expect(try match("198.51.100.1:8080", 1) == "web portOnly")
    #expect(try match("198.51.100.1:9") == "original originalDestination")
    #expect(try match("198.51.100.1:9", 10) == nil)
    #expect(configuration.server("web3", in: "b")?.place.line == 6)
    #expect(configuration.server("web4", in: "b") == nil)
    #expect(configuration.server("one5", in: "b")?.source?.usesrc == "client")
    #expect(configuration.server("original", in: "b")?.sendsProxyHeader == true)
    #expect(configuration.server("one4", in: "b") == nil)
  }

  @Test func `where a frontend may send is told with its conditions`() {
    let configuration = parse(
      """
      frontend f
        bind :80
        use_backend a if { path_beg /a } !denied
        use_backend %[req.hdr(host),lower]
        default_backend old
        default_backend d
      .if feature(QUIC)
        use_backend q unless { var(x) -m found }
      .else
        use_backend r
      .endif
      listen l
        bind :81
        server s 192.0.2.1:80
      """)
    let routes = configuration.routes(from: "f")
    #expect(routes.map(\.target) == ["a", "%[req.hdr(host),lower]", "d", "q", "r"])
    #expect(routes.map(\.condition) == ["if { path_beg /a } !denied", nil, nil, "unless { var(x) -m found }", nil])
    #expect(routes.map(\.isDynamic) == [false, true, false, false, false])
    #expect(routes.map(\.isDefault) == [false, false, true, false, false])
    #expect(routes.map(\.isConditional) == [false, false, false, true, true])
    #expect(routes.map(\.place.line) == [3, 4, 6, 8, 10])
    #expect(configuration.routes(from: "l").map(\.target) == ["l"])
    #expect(configuration.problems.isEmpty)
  }

  @Test func `variables, quotes, escapes and comments are read as HAProxy does`() {
    let text = ##"""
      global
        setenv LATER 9003
        presetenv PORT 1
        stats socket "${SOCK-/run/d.sock}" level user
      frontend f # comment
        bind "$ADDRESS:${PORT}"
        bind "192.0.2.2:${NONE-9002}" '#no comment' name "a b"
        bind "192.0.2.3:$LATER"
        bind '192.0.2.4:9004'#comment
        bind 192.0.2.5:9005\ x
        bind "192.0.2.6:9006" ${PORT} a\ b\#\x41\q "\$x"
        bind 192.0.2.7:9007 "${LIST[*]}" "${NONE[*]}" ""
        bind "192.0.2.8:9008
        bind "${PORT
      """##
    let configuration = parse(text, ["ADDRESS": "192.0.2.1", "PORT": "9001", "LIST": "accept-proxy v6only"])
    let binds = configuration.frontend("f")?.binds ?? []
    #expect(
      binds.map(\.address.text) == [
        "192.0.2.1:9001", "192.0.2.2:9002", "192.0.2.3:9003", "192.0.2.4:9004", "192.0.2.6:9006", "192.0.2.7:9007",
      ])
    #expect(
      binds.map(\.parameters) == [
        [], ["#no comment", "name", "a b"], [], [], ["${PORT}", "a b#A\\q", "$x"], ["accept-proxy", "v6only", ""],
      ])
    #expect(binds.last?.trustsHeader == true)
    #expect(configuration.problems.map(\.place.line) == [10, 13, 14])
    #expect(configuration.statsSockets.map(\.address.text) == ["/run/d.sock"])
    #expect(configuration.statsSockets.map(\.level) == [.user])
  }

  @Test func `several files are one configuration, and broken lines stop nothing`() {
    let configuration = HAProxyConfiguration(parsing: [
      ("/a.cfg", Array("defaults\n mode http\nfrontend a\r\n bind :1\r\n bind\n server x\n".utf8)),
      ("/b.cfg", Array("bind :3\nbackend b\n server s 192.0.2.1:1\n server t \u{0}\n.endif\n.nonsense\n.if x".utf8)),
    ])
    #expect(configuration.files == ["/a.cfg", "/b.cfg"])
    #expect(configuration.backend("b")?.mode == "http")
    #expect(configuration.frontend("a")?.binds.map(\.place.line) == [4])
    #expect(
      configuration.problems.map { "\($0.place)" } == [
        "/a.cfg:5", "/a.cfg:6", "/b.cfg:1", "/b.cfg:4", "/b.cfg:5", "/b.cfg:6", "/b.cfg:7",
      ])
  }

  @Test func `the command line says which files`() {
    let line = HAProxyCommandLine([
      "/usr/sbin/haproxy", "-Ws", "-f", "/etc/a.cfg", "-p", "/run/x.pid", "-S", "/run/m.sock,level operator,mode 600",
      "-n", "5", "-C", "/srv", "-sf", "12", "13", "-x", "/run/s.sock", "-dMno-cache", "-f", "conf.d", "--", "-last",
      "more",
    ])
    #expect(line.configurations == ["/etc/a.cfg", "conf.d", "-last", "more"])
    #expect(line.isMaster)
    #expect(line.directory == "/srv")
    #expect(line.predecessors == [12, 13])
    #expect(line.masterSockets.map(\.address.host) == [.unix("/run/m.sock")])
    #expect(line.masterSockets.map(\.mode) == ["600"])
    #expect(HAProxyCommandLine([]).configurations.isEmpty)
    #expect(HAProxyCommandLine(["haproxy", "-f"]).configurations.isEmpty)
  }

  @Test func `a session's places are lines of the configuration`() throws {
    let configuration = parse(
      "frontend f\n bind :1\n bind 192.0.2.1:2 accept-proxy\nbackend b\n server s 192.0.2.9:1\n")
    var session = HAProxySession(streamID: "0x1", frontend: "f")
    session.acceptedOn = try endpoint("192.0.2.1:2")
    (session.backend, session.server) = ("b", "s")
    let places = configuration.places(of: session)
    #expect(places.frontend?.line == 3)
    #expect(places.backend?.line == 4)
    #expect(places.server?.description == "/etc/haproxy/haproxy.cfg:5")
    #expect(places.clientIsClaimed)
    session.acceptedOn = try endpoint("192.0.2.1:1")
    #expect(!configuration.places(of: session).clientIsClaimed)
  }

  @Test func `any bytes are survived`() {
    let text =
      #"frontend f :1"# + "\n bind \"${A-b}\" 'x' \\x41 $B\nbackend b\n server s 192.0.2.1:1 # c\n.if\n.endif\n"
    let good = Array(text.utf8)
    for count in 0...good.count { _ = HAProxyConfiguration(parsing: [("x", Array(good.prefix(count)))]) }
    for index in good.indices {
      for byte: UInt8 in [0, 0x22, 0x24, 0x27, 0x5C, 0x7B, 0xFF] {
        var spoiled = good
        spoiled[index] = byte
        _ = HAProxyConfiguration(parsing: [("x", spoiled)])
      }
    }
    let long = [UInt8](repeating: UInt8(ascii: "\\"), count: 1 << 20)
    #expect(parse("frontend f\n bind " + String(decoding: long, as: UTF8.self)).problems.count == 1)
    let bomb = "frontend f\n bind " + String(repeating: "\"${A}\"", count: 10_000)
    #expect(parse(bomb, ["A": String(repeating: "x", count: 100_000)]).problems.count == 1)
    #expect(parse(String(repeating: ".endif\n", count: 5000)).problems.count == 1000)
  }

  @Test func `five thousand backends are read`() {
    var text = "defaults\n mode http\nfrontend f\n bind :80\n"
    for number in 0..<5000 { text += " use_backend b\(number) if { hdr(host) -i h\(number).example }\n" }
    for number in 0..<5000 {
      text += "backend b\(number)\n balance roundrobin\n option httpchk\n timeout server 30s\n"
      text += " http-request set-header X-Name b\(number) if TRUE\n cookie x insert indirect nocache\n"
      text += " server s1 192.0.2.1:\(number + 1) check inter 2s\n server s2 192.0.2.2:\(number + 1) check\n"
    }
    let configuration = parse(text)
    #expect(configuration.problems.isEmpty)
    #expect(configuration.sections.count == 5001)
    #expect(configuration.server("s2", in: "b4999")?.address.text == "192.0.2.2:5000")
    #expect(configuration.server("s2", in: "b4999")?.place.line == 4 + 5000 + 5000 * 8)
  }
}

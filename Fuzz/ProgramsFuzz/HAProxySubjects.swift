import Flows
import Proxies

private let configuration = #"""
  global
    stats socket "${SOCKET-/run/h.sock}" level operator mode 660
    setenv PORT 81
  .if feature(QUIC)
  defaults web
    mode http
    source 0.0.0.0 usesrc clientip
  .endif
  frontend f :12000-12009,:::14000 from web
    bind "[::]:${PORT}",ipv4@192.0.2.1:80 v6only accept-proxy name 'a b'\ c # comment
    use_backend %[req.hdr(host)] if { path_beg /a } !\x41
    default_backend b
  backend b
    default-server send-proxy "${LIST[*]}"
    server s 192.0.2.9:+1000 check source 192.0.2.1 usesrc client
    server-template t 1-9 web.example:8080
    use-server s if TRUE
  """#

private let sessions = """
  0x55e1d5c0a2b0: [18/Jun/2019:08:12:15.532101] id=7 proto=tcpv4 source=198.51.100.77:51366
    frontend=f (id=2 mode=tcp), listener=? (id=1) addr=fd50::1:3129
    backend=b (id=3 mode=tcp) addr=10.12.32.13:40142
    server=s (id=1) addr=unix
    task=0x55e1d5c0a540 (state=0x00 nice=0 calls=3 exp=27s tid=0(1/0) age=1d2m)
    scf=0x564ea39911b0 flags=0x00000000 sub=1 in=345 out=12 rex=59s
        co0=0x7f39cc039b40 ctrl=tcpv4 target=LISTENER:0x564ea3818910
        flags=0x00000300 fd=1/20 fd.state=121
    req=0x55e1d5c0a2c0 (f=0x848000 an=0x0 pipe=0 tofwd=-1 total=517)
    res=0x55e1d5c0a300 (f=0x80048000 an=0x0 pipe=0 tofwd=-1 total=17)

  """

private let descriptors = """
    11 : st=0x100121(cl) tmask=0x3 iocb=0x5(sock_accept_iocb) l.st=RDY fe=f fam=ipv4 lport=18084
    21 : st=0x010421(cL) tmask=0x1 iocb=0x5(sock_conn_iocb) back=1 fam=ipv4 lport=60320 rport=18090 sv=s/b mux=PASS

  """

/// The parsers of HAProxy's configuration, command line and answers.
let haproxySubjects: [Subject] = [
  Subject(name: "haproxy.cfg", seeds: [Array(configuration.utf8)]) { input in
    let parsed = HAProxyConfiguration(
      parsing: [("/etc/haproxy/haproxy.cfg", input)], environment: ["PORT": "80", "LIST": "check  ssl"])
    let endpoint = Endpoint(.v4(0xC000_0209), 1080)
    return parsed.sections.count + (parsed.server(in: "b", at: endpoint)?.candidates ?? 0)
      + (parsed.frontend(accepting: endpoint)?.line ?? 0) + parsed.routes(from: "f").count
  },
  Subject(
    name: "HAProxy address",
    seeds: ["[::]:80", "quic4@:443-450", "fe80::1%eth0:+5", "unix@/a", "rhttp@b/s"].map { Array($0.utf8) }
  ) {
    HAProxyAddress(String(decoding: $0, as: UTF8.self)) == nil ? -1 : 1
  },
  Subject(name: "HAProxy command line", seeds: [Array("haproxy\n-f\na\n-S\n/m,level admin\n-sf\n1\n--\nx".utf8)]) {
    HAProxyCommandLine(String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init))
      .configurations.count
  },
  Subject(name: "show sess all", seeds: [Array(sessions.utf8)]) { HAProxySession.list(parsing: $0).count },
  Subject(name: "show fd", seeds: [Array(descriptors.utf8)]) { HAProxyDescriptor.list(parsing: $0).count },
  Subject(name: "show info", seeds: [Array("Name: HAProxy\nVersion: 2.6\nPid: 12\nStopping: 0\n".utf8)]) {
    HAProxyInfo(parsing: $0)?.fields.count ?? -1
  },
  Subject(name: "show proc", seeds: [Array("# workers\n12 worker 1 0d00h00m05s 2.6\n# old workers\n".utf8)]) {
    HAProxyWorker.list(parsing: $0).count
  },
  Subject(
    name: "show stat",
    seeds: [Array("# pxname,svname,type,addr,mode,\nb,s,2,10.0.0.1:80,http,\nb,\"a,\"\"b\",1,,,\n".utf8)]
  ) {
    HAProxyStatistic.list(parsing: $0).count
  },
]

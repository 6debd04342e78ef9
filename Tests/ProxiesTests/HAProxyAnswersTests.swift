import Flows
import Testing

@testable import Proxies

/// Answers in the formats of several versions' src/stream.c, src/cli.c, src/stats.c and src/mworker.c.
enum HAProxyAnswers {
  /// 1.8: channels count, one descriptor number; the server side has no connection yet in the second stream.
  static let sessions18 = """
    0x55e1d5c0a2b0: [18/Jun/2019:08:12:15.532101] id=7 proto=tcpv4 source=198.51.100.77:51366
      flags=0x4ce, conn_retries=3, srv_conn=0x55e1d5b9f0c0, pend_pos=(nil)
      frontend=qcproxy (id=2 mode=tcp), listener=? (id=1) addr=10.12.32.13:3129
      backend=qcbackend (id=3 mode=tcp) addr=10.12.32.13:40142
      server=qc1 (id=1) addr=10.8.1.3:3129
      task=0x55e1d5c0a540 (state=0x00 nice=0 calls=3 exp=27s tmask=0x1 age=1m2s)
      si[0]=0x55e1d5c0a4e8 (state=EST flags=0x1040008 endp0=CONN:0x55e1d5c0a780 exp=<NEVER>, et=0x000)
      si[1]=0x55e1d5c0a510 (state=EST flags=0x1040018 endp1=CONN:0x55e1d5c12345 exp=<NEVER>, et=0x000)
      co0=0x55e1d5c08ed0 ctrl=tcpv4 xprt=RAW mux=PASS data=STRM target=LISTENER:0x55e1d5b9e5a0
          flags=0x00205306 fd=12 fd.state=25 fd.cache=0 updt=0 fd.tmask=0x1
      co1=0x55e1d5c0c4b0 ctrl=tcpv4 xprt=RAW mux=PASS data=STRM target=SERVER:0x55e1d5b9f0c0
          flags=0x00203306 fd=13 fd.state=25 fd.cache=0 updt=0 fd.tmask=0x1
      req=0x55e1d5c0a2c0 (f=0x848000 an=0x0 pipe=0 tofwd=-1 total=517)
          an_exp=<NEVER> rex=27s wex=<NEVER>
          buf=0x55e1d5b7e3a0 data=0x55e1d5b7e3b4 o=0 p=0 req.next=0 i=0 size=0
      res=0x55e1d5c0a300 (f=0x80048000 an=0x0 pipe=0 tofwd=-1 total=3000000017)
          an_exp=<NEVER> rex=27s wex=<NEVER>
          buf=0x55e1d5b7e3a0 data=0x55e1d5b7e3b4 o=0 p=0 rsp.next=0 i=0 size=0
    0x55e1d5c0b2b0: [18/Jun/2019:08:12:16.000001] id=8 proto=tcpv6 source=fd50::2:41004
      flags=0x8, conn_retries=0, srv_conn=(nil), pend_pos=(nil)
      frontend=web (id=4 mode=http), listener=main addr=x (id=1) addr=fd50::1:80
      backend=<NONE> (id=-1 mode=-)
      server=<NONE> (id=-1)
      task=0x55e1d5c0a540 (state=0x00 nice=0 calls=1 exp=9s tmask=0x1 age=?)

    """

  /// 3.5: the connections' ends count, a descriptor has its thread group, times may be without a calendar.
  static let sessions35 = """
    0x7f39cc039b40: [1795277076.509427] id=1 proto=tcpv6 source=::ffff:192.0.2.9:44892
      flags=0x4a, conn_retries=0, conn_exp=<NEVER> conn_et=0x000 srv_conn=0x564ea3818bb0, pend_pos=(nil) waiting=0 epoch=0
      p_con=1 p_stc=6 p_req=2 p_res=1 p_prp=3
      frontend=web (id=4 mode=http), listener=? (id=1) addr=::ffff:192.0.2.1:80
      backend=app (id=5 mode=http) addr=unix
      server=<none> (id=0) addr=unix
      task=0x564ea39f05d0 (state=0x00 nice=0 calls=2 rate=2 exp=1s tid=0(1/0) age=1d3h)
      txn=0x564ea39 flags=0x0 meth=1 status=-1 req.st=MSG_DONE rsp.st=MSG_RPBEFORE req.f=0x4c rsp.f=0x00
      scf=0x564ea39911b0 flags=0x00000000 ioto=1m state=EST endp=CONN,0x564ea39f0050,0x028c0001 sub=1 in=345 out=12 rex=59s wex=<NEVER> rto=59s wto=<NEVER>
        iobuf.flags=0x00000000 .pipe=0 .buf=0@(nil)+0/0
          h1s=0x7f39 h1s.flg=0x10 .sd.flg=0x21
          co0=0x7f39cc039b40 ctrl=tcpv6 xprt=RAW mux=H1 target=LISTENER:0x564ea3818910
          flags=0x00000300 fd=1/20 fd.state=121 updt=0 fd.tmask=0x1
      scb=0x564ea3936330 flags=0x00000001 ioto=1m state=EST endp=CONN,0x564ea39f07c0,0x028c0001 sub=1 in=6789 out=345 rex=59s wex=<NEVER> rto=59s wto=<NEVER>
          co1=0x564ea39eff80 ctrl=unix_stream xprt=RAW mux=H1 target=SERVER:0x564ea3818bb0
          flags=0x10000300 fd=1/-1 fd.state=00 updt=0 fd.tmask=0x0
      req=0x564ea38d8120 (f=0x848202 an=0x0 tofwd=-1)
          an_exp=<NEVER> buf=0x564ea38d8128 data=(nil) o=0 p=0 i=0 size=0
      res=0x564ea38d8180 (f=0x80008000 an=0x0 tofwd=-1)
          an_exp=<NEVER> buf=0x564ea38d8188 data=(nil) o=0 p=0 i=0 size=0
    0x564ea39f0bd0: [21/Nov/2026:16:04:39.111093] id=4 proto=unix_stream source=unix:2
      frontend=GLOBAL (id=0 mode=tcp), listener=? (id=2) addr=unix:2
      backend=<NONE> (id=-1 mode=-)
      server=<NONE> (id=-1)
    """

  static let descriptors18 = """
          4 : st=0x05(R:PrA W:pra) ev=0x00(heopi) [nlc] cache=0 owner=0x1 iocb=0x2(listener_accept) tmask=0x1 l.st=RDY fe=web
         12 : st=0x25(R:PrA W:pRa) ev=0x00(heopi) [nlc] cache=0 owner=0x1 iocb=0x2(conn_fd_handler) tmask=0x1 cflg=0x00205306 fe=web
         13 : st=0x25(R:PrA W:pRa) ev=0x00(heopi) [nlc] cache=0 owner=0x1 iocb=0x2(conn_fd_handler) tmask=0x1 cflg=0x00203306 sv=s1/app
         14 : st=0x25(R:PrA W:pRa) ev=0x00(heopi) [nlc] cache=0 owner=0x1 iocb=0x2(unknown) tmask=0x1
    """
  static let descriptors26 = """
         11 : st=0x100121(cl heopI W:sRa R:srA) ref=0 gid=1 tmask=0x3 umask=0x0 prmsk=0x3 pwmsk=0x0 owner=0x5 iocb=0x5(sock_accept_iocb) l.st=RDY fe=tcp fam=ipv4 lport=18084
         17 : st=0x000121(cl heopI W:sRa R:srA) ref=0 gid=1 tmask=0x1 umask=0x0 prmsk=0x1 pwmsk=0x0 owner=0x5 iocb=0x5(poller_pipe_io_handler)
         19 : st=0x000121(cl heopI W:sRa R:srA) tmask=0x1 umask=0x0 owner=0x7 iocb=0x5(sock_conn_iocb) back=0 cflg=0x00000300 cerr=0 fam=ipv6 lport=80 rport=46612 fe=web mux=H1 ctx=0x5 h1c.flg=0x40400 .sub=1 xprt=RAW
         21 : st=0x010421(cL heOpi W:sRa R:srA) tmask=0x1 umask=0x0 owner=0x5 iocb=0x5(sock_conn_iocb) back=1 cflg=0x10000300 fam=ipv4 lport=60320 rport=18090 sv=app/s1 mux=PASS ctx=0x5 xprt=RAW !
         23 : st=0x000021(cl heopi W:sRa R:srA) tmask=0x2 umask=0x2 owner=0x7 iocb=0x5(sock_conn_iocb) back=0 cflg=0x00000300 fam=unix fe=GLOBAL mux=PASS ctx=0x7 xprt=RAW
    """
  /// 2.2: no ports, a parenthesis at the end, the server's name first.
  static let descriptors22 = """
         13 : st=0x22(R:rA W:Ra) ev=0x01(heopI) [lc] tmask=0x1 umask=0x0 owner=0x5 iocb=0x5(conn_fd_handler) back=1 cflg=0x00203300 sv=s1/app nomux)
         14 : st=0x22(R:rA W:Ra) ev=0x01(heopI) [lc] tmask=0x1 umask=0x0 owner=0x5 iocb=0x5(listener_accept)) l.st=RDY fe=web)
    """
  static let info =
    "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nProcess_num: 1\nPid: 31471\nUptime: 0d 0h00m01s\nUptime_sec: 1\nStopping: 0\n"
  static let workers = """
    #<PID>          <type>          <reloads>       <uptime>        <version>
    1162            master          5               0d00h02m07s     2.5-dev13
    # workers
    1271            worker          1               0d00h00m00s     2.5-dev13
    # old workers
    1233            worker          3               0d00h00m43s     2.0-dev3-6019f6-289
    # programs
    1244            foo             0               0d00h00m00s     -

    """
  static let statistics = """
    # pxname,svname,qcur,scur,bin,bout,status,type,check_desc,addr,mode,
    web,FRONTEND,,2,38,555,OPEN,0,,,http,
    web,sock-1,,1,30,500,OPEN,3,,[fd50::1]:80,http,
    app,s1,0,1,38,555,"UP, \"\"well\"\"",2,"a, b",10.0.0.9:8080,http,
    app,BACKEND,0,1,38,5000000000,UP,1,,,http,

    """
}

@Suite struct HAProxyAnswersTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `streams of 1.8 have both sides`() throws {
    let sessions = HAProxySession.list(parsing: bytes(HAProxyAnswers.sessions18))
    #expect(sessions.map(\.streamID) == ["0x55e1d5c0a2b0", "0x55e1d5c0b2b0"])
    let first = try #require(sessions.first)
    #expect(first.client == Endpoint("198.51.100.77:51366"))
    #expect(first.acceptedOn == Endpoint("10.12.32.13:3129"))
    #expect((first.frontend, first.backend, first.server) == ("qcproxy", "qcbackend", "qc1"))
    #expect(first.own == Endpoint("10.12.32.13:40142"))
    #expect(first.target == Endpoint("10.8.1.3:3129"))
    #expect(first.bytes == HAProxySession.Bytes(fromClient: 517, fromServer: 3_000_000_017))
    #expect((first.clientDescriptor, first.serverDescriptor, first.age) == (12, 13, 62))
    let second = try #require(sessions.last)
    #expect(second.client == Endpoint("[fd50::2]:41004"))
    #expect(second.acceptedOn == Endpoint("[fd50::1]:80"))
    #expect((second.backend, second.server, second.own, second.target) == (nil, nil, nil, nil))
    #expect((second.bytes, second.age, second.clientDescriptor) == (nil, nil, nil))
  }

  @Test func `streams of 3_5 have both sides`() throws {
    let sessions = HAProxySession.list(parsing: bytes(HAProxyAnswers.sessions35))
    #expect(sessions.map(\.isCommandLine) == [false, true])
    let first = try #require(sessions.first)
    #expect(first.client == Endpoint("192.0.2.9:44892"))
    #expect(first.acceptedOn == Endpoint("192.0.2.1:80"))
    #expect((first.backend, first.server, first.own, first.target) == ("app", nil, nil, nil))
    #expect(first.bytes == HAProxySession.Bytes(fromClient: 345, fromServer: 6789))
    #expect((first.clientDescriptor, first.serverDescriptor, first.age) == (20, nil, 97200))
    #expect(sessions.last?.client == nil)
  }

  @Test func `descriptors of three versions are joined with names`() {
    let configuration = HAProxyConfiguration(parsing: [
      ("x", bytes("frontend web\n bind :80\nbackend app\n server s1 192.0.2.1:1\n"))
    ])
    let old = HAProxyDescriptor.list(parsing: bytes(HAProxyAnswers.descriptors18)).map { $0.ordered(by: configuration) }
    #expect(old.map(\.number) == [4, 12, 13])
    #expect(old.map(\.side) == [.listener, .client, .server])
    #expect(old.map(\.frontend) == ["web", "web", nil])
    #expect(old.map(\.backend) == [nil, nil, "app"])
    #expect(old.map(\.server) == [nil, nil, "s1"])
    let middle = HAProxyDescriptor.list(parsing: bytes(HAProxyAnswers.descriptors22))
      .map { $0.ordered(by: configuration) }
    #expect(middle.map(\.backend) == ["app", nil])
    #expect(middle.map(\.frontend) == [nil, "web"])
    let new = HAProxyDescriptor.list(parsing: bytes(HAProxyAnswers.descriptors26)).map { $0.ordered(by: configuration) }
    #expect(new.map(\.number) == [11, 19, 21, 23])
    #expect(new.map(\.side) == [.listener, .client, .server, .client])
    #expect(new.map(\.localPort) == [18084, 80, 60320, nil])
    #expect(new.map(\.remotePort) == [nil, 46612, 18090, nil])
    #expect(new.map(\.backend) == [nil, nil, "app", nil])
    #expect(new.map(\.mux) == [nil, "H1", "PASS", "PASS"])
    let snapshot = HAProxySnapshot(sessions: [], descriptors: new)
    #expect(snapshot.idleClients.map(\.number) == [19])
    #expect(snapshot.idleServers.map(\.number) == [21])
  }

  @Test func `what a process says about itself and its workers`() throws {
    let info = try #require(HAProxyInfo(parsing: bytes(HAProxyAnswers.info)))
    #expect((info.pid, info.version, info.processNumber) == (31471, "2.6.12-1+deb12u4", 1))
    #expect((info.uptime, info.isStopping) == (1, false))
    #expect(HAProxyInfo(parsing: bytes("Pid: x\n")) == nil)
    let workers = HAProxyWorker.list(parsing: bytes(HAProxyAnswers.workers))
    #expect(workers.map(\.pid) == [1271, 1233])
    #expect(workers.map(\.isOld) == [false, true])
  }

  @Test func `counters are read by their header`() {
    let rows = HAProxyStatistic.list(parsing: bytes(HAProxyAnswers.statistics))
    #expect(rows.map(\.kind) == [.frontend, .listener, .server, .backend])
    #expect(rows.map(\.address) == [nil, Endpoint("[fd50::1]:80"), Endpoint("10.0.0.9:8080"), nil])
    #expect(rows.map(\.mode) == ["http", "http", "http", "http"])
    #expect(rows.last?.bytesOut == 5_000_000_000)
    #expect(HAProxyStatistic.list(parsing: bytes("web,FRONTEND\n")).isEmpty)
  }

  @Test func `any bytes are survived`() {
    let texts = [
      HAProxyAnswers.sessions18, HAProxyAnswers.sessions35, HAProxyAnswers.descriptors18, HAProxyAnswers.descriptors26,
      HAProxyAnswers.info, HAProxyAnswers.workers, HAProxyAnswers.statistics,
    ]
    func read(_ bytes: [UInt8]) {
      _ = HAProxySession.list(parsing: bytes)
      _ = HAProxyDescriptor.list(parsing: bytes)
      _ = HAProxyInfo(parsing: bytes)
      _ = HAProxyWorker.list(parsing: bytes)
      _ = HAProxyStatistic.list(parsing: bytes)
    }
    for text in texts {
      let good = bytes(text)
      for count in stride(from: 0, to: good.count, by: 37) { read(Array(good.prefix(count))) }
      for index in stride(from: 0, to: good.count, by: 11) {
        for byte: UInt8 in [0, 10, 0x20, 0x3A, 0xFF] {
          var spoiled = good
          spoiled[index] = byte
          read(spoiled)
        }
      }
    }
    // A cut answer keeps what was whole before.
    let cut = HAProxyAnswers.sessions18.prefix(HAProxyAnswers.sessions18.utf8.count / 2)
    #expect(HAProxySession.list(parsing: bytes(String(cut))).first?.own == Endpoint("10.12.32.13:40142"))
    read([UInt8](repeating: UInt8(ascii: "="), count: 1 << 16))
    read(bytes("0x1: " + String(repeating: "source=", count: 1 << 12)))
  }
}

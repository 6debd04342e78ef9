import Flows
import Foundation
import Programs
import Testing

@testable import Bundles

@Suite struct SocketOutputTests {
  private func lines(_ text: String) -> [PastedText.Line] { PastedText(Array(text.utf8)).parts.flatMap(\.lines) }

  @Test func `ss of several versions gives ends, states, processes and bytes`() throws {
    let found = ListedSocket.ss(
      lines(
        """
        Netid State  Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
        tcp   LISTEN 0      128          0.0.0.0:3129        0.0.0.0:*     users:(("squid",pid=811,fd=12))
        tcp   ESTAB  3      7           10.8.1.3:3129    10.0.7.248:40142 users:(("squid worker",pid=812,fd=15),("squid",pid=811,fd=15)) uid:13 ino:4711 sk:1a cgroup:/system.slice/squid.service <->
        \t cubic wscale:7,7 rto:204 bytes_sent:12 bytes_acked:11 bytes_received:22 segs_out:5
        udp   UNCONN 0      0      127.0.0.53%lo:53          0.0.0.0:*     users:(("systemd-resolve",885,12))
        tcp   ESTAB  0      0    [::ffff:10.8.1.3]:22 [::ffff:10.0.0.9]:5000
        tcp   LISTEN 0      128               *:80                *:*
        tcp   ESTAB  0      0      2001:db8::1:443  2001:db8::2:50000
        """))
    try #require(found.count == 6)
    #expect(found[0].isListening && found[0].local == Endpoint("0.0.0.0:3129"))
    let socket = found[1]
    #expect(socket.line == 3 && socket.state == "established" && socket.isConnected)
    #expect(
      socket.flow
        == Flow(.tcp, from: try #require(Endpoint("10.8.1.3:3129")), to: try #require(Endpoint("10.0.7.248:40142"))))
    #expect(socket.holders.map(\.pid) == [812, 811] && socket.holders.first?.name == "squid worker")
    #expect(socket.uid == 13 && socket.inode == 4711 && socket.cgroup == "/system.slice/squid.service")
    #expect(socket.acknowledged == 11 && socket.received == 22 && socket.receiveQueue == 3 && socket.sendQueue == 7)
    #expect(found[2].holders.first?.pid == 885 && found[2].transport == .udp && !found[2].isConnected)
    #expect(found[3].remote == Endpoint("10.0.0.9:5000"))
    #expect(found[4].isListening && found[4].local == Endpoint("[::]:80"))
    #expect(found[5].local == Endpoint("[2001:db8::1]:443"))
  }

  @Test func `ss without a column for the kind, or for the state, is read`() {
    let some = ListedSocket.ss(
      lines("State   Recv-Q   Send-Q   Local Address:Port   Peer Address:Port\nESTAB 0 0 10.0.0.1:22 10.0.0.2:5000\n"))
    #expect(some.count == 1 && some.first?.transport == .tcp)
    let filtered = ListedSocket.ss(
      lines("Recv-Q Send-Q Local Address:Port Peer Address:Port\n0 0 10.0.0.1:22 10.0.0.2:5000\n"), transport: .udp)
    #expect(filtered.count == 1 && filtered.first?.state == "established" && filtered.first?.transport == .udp)
  }

  @Test func `a listing of one state has no column for it, with or without its heading`() {
    let line = "0      0           10.8.1.3:3129    10.0.7.248:40142 users:((\"squid\",pid=811,fd=15))\n"
    for text in ["Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n" + line, line, "tcp " + line] {
      #expect(PastedOutputs.name(of: lines(text)) == "ss")
      let found = ListedSocket.ss(lines(text))
      #expect(found.count == 1 && found.first?.holders.first?.pid == 811 && found.first?.state == "established")
    }
  }

  @Test func `a process number that a line's end cuts is none`() {
    let whole = #"ESTAB 0 0 10.8.1.3:3129 10.0.7.248:40142 users:(("squid",pid=811,fd=15),("squid",pid=812,fd=15))"#
    for count in whole.utf8.count - 52..<whole.utf8.count {
      let cut = String(whole.prefix(count))
      // A second line, so that the cut is not the end of the text.
      for socket in ListedSocket.ss(lines(cut + "\nESTAB 0 0 10.8.1.3:22 10.0.0.9:50000\n")) {
        for holder in socket.holders {
          #expect([811, 812].contains(holder.pid) && [nil, 15].contains(holder.descriptor), "\(cut)")
        }
      }
    }
    #expect(ListedSocket.ss(lines(whole + "\n")).first?.holders.map(\.pid) == [811, 812])
  }

  @Test func `netstat with programs, timers and users is read`() throws {
    let found = ListedSocket.netstat(
      lines(
        """
        Active Internet connections (servers and established)
        Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name     Timer
        tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1127/sshd            off (0.00/0/0)
        tcp        0     36 10.8.1.3:3129           10.0.7.248:40142        ESTABLISHED 1127/sshd: root@pts  keepalive (7123.45/0/0)
        tcp6       0      0 :::22                   :::*                    LISTEN      -                    off (0.00/0/0)
        tcp6       0      0 ::ffff:10.8.1.3:22      10.0.0.9:51000          TIME_WAIT   -                    timewait (1.2/0/0)
        udp        0      0 192.168.71.131:68       0.0.0.0:*                           867/systemd-network  off (0.00/0/0)
        Active UNIX domain sockets (servers and established)
        unix  2      [ ACC ]     SEQPACKET  LISTENING     20812    1/init               /run/udev/control
        """))
    try #require(found.count == 5)
    #expect(found[0].isListening && found[0].holders.first?.pid == 1127)
    #expect(found[1].holders.first?.name == "sshd: root@pts" && found[1].sendQueue == 36 && found[1].line == 4)
    #expect(found[2].holders.isEmpty && found[3].state == "time-wait")
    #expect(found[3].local == Endpoint("10.8.1.3:22"))
    #expect(found[4].transport == .udp && found[4].holders.first?.name == "systemd-network")
    let extended = ListedSocket.netstat(
      lines(
        """
        Proto Recv-Q Send-Q Local Address Foreign Address State User Inode PID/Program name
        tcp 0 0 10.8.1.3:3129 10.0.7.248:40142 ESTABLISHED 13 4711 811/squid

        """))
    #expect(extended.first?.uid == 13 && extended.first?.inode == 4711 && extended.first?.holders.first?.pid == 811)
  }

  @Test func `lsof gives each connection once with all of its holders`() throws {
    let found = ListedSocket.lsof(
      lines(
        """
        COMMAND     PID            USER   FD   TYPE  DEVICE SIZE/OFF NODE NAME
        squid       811           proxy   12u  IPv4   21890      0t0  TCP *:3129 (LISTEN)
        squid       811           proxy   15u  IPv4   21999      0t0  TCP 10.8.1.3:3129->10.0.7.248:40142 (ESTABLISHED)
        squid       812           proxy   15u  IPv4   21999      0t0  TCP 10.8.1.3:3129->10.0.7.248:40142 (ESTABLISHED)
        some\\x20it   99  100 worker root    3u  IPv6   22000      0t0  UDP [::1]:5353
        cat         700            root  txt    REG     8,1    44016  123 /usr/bin/cat
        """))
    try #require(found.count == 3)
    #expect(found[0].isListening && found[0].local == Endpoint("0.0.0.0:3129"))
    #expect(found[1].holders.map(\.pid) == [811, 812] && found[1].holders.first?.user == "proxy")
    #expect(found[2].holders.first?.name == "some it" && found[2].transport == .udp)
  }

  private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("../shared/data/jc/tests/fixtures").standardizedFileURL

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: samples.path), "no sample files"),
    arguments: [
      "generic/ss-wide.out", "centos-7.7/ss-sudo-a.out", "ubuntu-18.04/ss-sudo-a.out",
    ])
  func `every TCP and UDP line of a real output of ss is read`(_ name: String) throws {
    let content = Array(try Data(contentsOf: Self.samples.appendingPathComponent(name)))
    let all = PastedText(content).parts.flatMap(\.lines)
    #expect(PastedText.recognise(all)?.output.name == "ss")
    let wanted = String(decoding: content, as: UTF8.self).split(separator: "\n").filter {
      $0.hasPrefix("tcp ") || $0.hasPrefix("udp ")
    }
    let services = ServiceNames(
      parsing: Array(
        "ssh 22/tcp\nsmtp 25/tcp\nbootpc 68/udp\ndomain 53/tcp\ndomain 53/udp\nmdns 5353/udp\nipp 631/tcp\nsunrpc 111/tcp\nsunrpc 111/udp\n"
          .utf8))
    let found = ListedSocket.ss(all, services: services)
    #expect(found.count == wanted.count && !found.isEmpty)
    if name.hasPrefix("generic") {
      #expect(found[0].holders.first?.pid == 118409 && found[0].cgroup == "/system.slice/xinetd.service")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: samples.path), "no sample files"))
  func `a real output of netstat is read`() throws {
    let content = Array(try Data(contentsOf: Self.samples.appendingPathComponent("ubuntu-18.04/netstat-sudo-lnp.out")))
    let all = PastedText(content).parts.flatMap(\.lines)
    #expect(PastedText.recognise(all)?.output.name == "netstat")
    let found = ListedSocket.netstat(all)
    // Four of TCP and two of UDP stand in the file, before a raw one.
    #expect(found.count == 6)
    #expect(
      found.filter { $0.local.port == 22 }.allSatisfy {
        $0.holders.first?.name == "sshd" && $0.holders.first?.pid == 1127
      })
  }

  @Test func `torn, huge and hostile listings do no harm`() {
    let bad = [
      "tcp ESTAB", "tcp ESTAB 0 0 : :", "tcp ESTAB 0 0 1.2.3.4:70000 5.6.7.8:1", "users:((((",
      "tcp ESTAB x y 1.2.3.4:1 2.3.4.5:2",
      "tcp   ESTAB 0 0 [:::1 ]:x", String(repeating: "(", count: 100_000), "COMMAND PID\nx 1 IPv4 IPv4 IPv4 IPv4 TCP",
    ]
    for text in bad {
      #expect(ListedSocket.ss(lines(text)).isEmpty)
      #expect(ListedSocket.netstat(lines(text)).isEmpty)
      #expect(ListedSocket.lsof(lines(text)).isEmpty)
    }
    let torn = ListedSocket.ss(lines("tcp ESTAB 0 0 1.2.3.4:1 5.6.7.8:2 users:((\"a"))
    #expect(torn.count == 1 && torn.first?.holders.isEmpty == true)
  }
}

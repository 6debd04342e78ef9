import AddressSets
import Bundles
import Documents
import Flows
import Questions
import Testing
import Tracing

/// Texts that a screen cut, that several hosts are in, or that look like something else than they are.
@Suite struct DamagedTextsTests {
  private func flows(_ text: String) async throws -> (flows: [FlowTraffic], notes: [String]) {
    let folder = try BundleFolder(["x.txt": text + "\n"])
    do {
      let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
      let interval = try await vantage.measure(seconds: 1)
      return (interval.flows, vantage.notes + interval.notes)
    } catch let error as BundleError {
      return ([], ["\(error)"])
    }
  }

  private func traces(_ text: String, _ target: String? = nil) async throws -> TraceDocument {
    let folder = try BundleFolder(["x.txt": text + "\n"])
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    let vantage: any Vantage =
      vantages.count == 1
      ? try #require(vantages.first) : CombinedVantage(vantages.map { .init($0, publicAddresses: [:]) })
    return try await Tracer(vantage).trace(target, seconds: 1, sets: AddressSets()).document
  }

  private func hosts(_ text: String) throws -> [String] {
    let folder = try BundleFolder(["x.txt": text + "\n"])
    return try EvidenceBundle(reading: folder.path).vantages.map(\.host)
  }

  private static func cut(_ text: String, at column: Int) -> String {
    text.split(separator: "\n").map { String($0.prefix(column)) }.joined(separator: "\n")
  }

  // MARK: Shells

  @Test(arguments: ["/ # ", "/ # \nexit", "/ # exit", "/srv # command terminated with exit code 130"])
  func `a shell in a container that Ctrl-D ended is left`(_ end: String) async throws {
    let text = """
      root@h7:~# docker exec -it web sh
      / # ip a
      2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
          inet 172.18.0.2/16 scope global eth0
      \(end)
      root@h7:~# ss -tnp
      ESTAB 0 0 10.20.0.9:6001 10.20.0.4:40777 users:(("cache",pid=77,fd=9))
      """
    let chain = try #require(try await traces(text, ":6001").chains.first)
    #expect(chain.destination.process?.name == "cache" && chain.destination.host == "h7")
    #expect(!chain.hops.contains { $0.container != nil }, "\(chain.hops)")
  }

  // MARK: Cut lines

  private static let listing = """
    State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
    ESTAB 0      0         10.20.0.9:6001   10.20.7.248:40142
    ESTAB 0      0         10.20.0.9:6001   10.20.7.248:40155
    ESTAB 0      0         10.20.0.9:6001   10.20.7.249:51999
    ESTAB 0      0      [2001:db8::9]:6001  [2001:db8::7]:5099
    """

  @Test(arguments: ["18446744073709551615", "9007199254740993"])
  func `counts that no network moves are no bytes, and said to be left out`(_ count: String) async throws {
    let listing = try await traces(
      """
      root@a:~# ss -tnpi
      State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      ESTAB 0 0 10.0.0.1:40000 198.51.100.9:443 users:(("app",pid=100,fd=3))
      \t cubic bytes_sent:\(count) bytes_acked:\(count) bytes_received:7

      """)
    #expect(listing.coverage.bytes == 0 && listing.chains.first?.source.name == "app", "\(listing)")
    #expect(listing.coverage.reasons.contains { $0.contains("more than a network moves") }, "\(listing.coverage)")
    let tracked = try await traces(
      """
      root@a:~# conntrack -L
      tcp 6 431999 ESTABLISHED src=2001:db8::1 dst=2001:db8::9 sport=40000 dport=443 packets=1 bytes=\(count) src=2001:db8::9 \
      dst=2001:db8::1 sport=443 dport=40000 packets=1 bytes=60 [ASSURED] mark=0 use=1

      """)
    #expect(tracked.coverage.bytes == 0 && tracked.chains.count == 1, "\(tracked)")
  }

  @Test func `a listing that a screen cut has no ports that it does not have`() async throws {
    let ports: Set<UInt16> = [6001, 40142, 40155, 51999, 5099]
    for column in 45...56 {
      let (flows, notes) = try await flows(Self.cut(Self.listing, at: column))
      for row in flows {
        #expect(
          ports.contains(row.flow.source.port) && ports.contains(row.flow.destination.port), "\(column): \(row.flow)")
      }
      if flows.isEmpty {
        #expect(notes.contains { $0.contains("cut off") || $0.contains("known of line") }, "\(column): \(notes)")
      }
    }
    #expect(try await flows(Self.listing).flows.count == 4)
  }

  @Test func `whole listings whose lines have one length are believed`() async throws {
    let text = """
      ESTAB 0 0 10.20.0.9:50111 10.20.0.7:6001
      ESTAB 0 0 10.20.0.9:50113 10.20.0.7:6001
      ESTAB 0 0 10.20.0.9:50115 10.20.0.8:5432
      """
    let (flows, notes) = try await flows(text)
    #expect(flows.count == 3 && !notes.contains { $0.contains("cut off") }, "\(notes)")
  }

  @Test func `lsof without a state is cut, and says so`() async throws {
    let head = "app 811 root 4u IPv6 25074559 0t0 TCP "
    for tail in [
      "10.20.0.9:6001->10.20.7.1:411", "[2001:db8::9]:6001->[2001:db8::7]:4", "10.20.0.9:6001->10.20",
      "10.20.0.9:6001-",
    ] {
      let (flows, notes) = try await flows("app 811 root 3u IPv6 1 0t0 TCP *:6001 (LISTEN)\n" + head + tail)
      #expect(
        flows.isEmpty && notes.contains { $0.contains("cut off") || $0.contains("not understood") }, "\(tail): \(notes)"
      )
    }
  }

  @Test func `bytes of a cut entry of conntrack are not known`() async throws {
    let start =
      "tcp 6 84 ESTABLISHED src=172.19.0.5 dst=10.20.0.9 sport=40777 dport=6001 packets=6 bytes=340 src=10.20.0.9 dst=10.20.0.4 sport=6001 dport=40777 packets=4 bytes="
    let cut = try await flows(start + "102")
    #expect(cut.flows.count == 1 && cut.flows[0].traffic.bytes == 340, "\(cut.flows)")
    #expect(cut.notes.contains { $0.contains("cut off") })
    let whole = try await flows(start + "10216 [ASSURED] mark=0 use=1")
    #expect(whole.flows.first?.traffic.bytes == 340 + 10216)
  }

  @Test func `a packet whose length is cut off has none, and options count`() async throws {
    let line =
      "22:26:30.753020 IP 10.20.0.2.6001 > 10.20.0.1.41140: Flags [P.], seq 1:5001, ack 10, win 64, options [nop,nop,TS val 354 ecr 422], length "
    let cut = try await flows(line)
    #expect(cut.flows.first?.traffic.bytes == 0 && cut.notes.contains { $0.contains("length") }, "\(cut)")
    #expect(try await flows(line + "5000").flows.first?.traffic.bytes == 5052)
    let six = line.replacing("IP 10.20.0.2.6001", with: "IP6 2001:db8::2.6001").replacing(
      "10.20.0.1", with: "2001:db8::1")
    #expect(try await flows(six + "5000").flows.first?.traffic.bytes == 5072)
    let verbose = """
      22:26:31.7 eth0 In ethertype IPv4 (0x0800), length 5072: (tos 0x0, ttl 64, id 6607, offset 0, flags [DF], proto TCP (6), length 5052)
          10.20.0.2.6001 > 10.20.0.1.41140: Flags [P.], seq 1:5001, ack 10, win 64, length 5000
      """
    #expect(try await flows(verbose).flows.first?.traffic.bytes == 5052)
    // Cut within the word, TCP is not known to be TCP.
    #expect(try await flows("22:26:30.7 IP 10.20.0.2.6001 > 10.20.0.1.41140: Fla").flows.isEmpty)
  }

  @Test(arguments: ["", "2026-11-29 ", "2026-11-30 "])
  func `midnight lies within a capture`(_ date: String) async throws {
    let next = date == "2026-11-29 " ? "2026-11-30 " : date == "2026-11-30 " ? "2026-12-01 " : ""
    let text = """
      \(date)23:59:58.1 IP 10.20.0.1.41140 > 10.20.0.2.6001: Flags [S], seq 1, win 64240, length 0
      \(next)00:00:01.1 IP 10.20.0.1.41140 > 10.20.0.2.6001: Flags [P.], seq 1:1001, ack 1, win 105, length 1000
      """
    let folder = try BundleFolder(["x.txt": text + "\n"])
    let interval = try await #require(try EvidenceBundle(reading: folder.path).vantages.first).measure(seconds: 1)
    #expect(abs(interval.seconds - 3) < 0.01 && !interval.started.hasPrefix("1970"))
  }

  // MARK: Monitors

  private static let screen = """
       # Host name (port/service if enabled)            last 2s   last 10s   last 40s cumulative
       1 10.20.0.9:6001                            =>     8.00Mb     8.00Mb     8.00Mb     2.00MB
         10.20.7.248:40142                         <=      800Kb      800Kb      800Kb     25.0KB

    """

  @Test func `refreshes and runs of a monitor are not added`() async throws {
    for count in [1, 3] {
      let (flows, _) = try await flows(Array(repeating: Self.screen, count: count).joined())
      // Shares of refreshes are rounded down.
      #expect(flows.count == 1 && (1_099_990...1_100_000).contains(flows[0].traffic.bytes), "\(count): \(flows)")
    }
    let run = "root@h7:~# nethogs -t -c 1\nRefreshing:\n/usr/sbin/cache/811/13\t1000\t10\n"
    #expect(try await flows(run + run).flows.first?.traffic.bytes == 1010 * 1024)
    let both = try await flows(Self.screen + "\nRefreshing:\n/usr/sbin/cache/811/13\t976.56\t97.6")
    #expect(both.flows.reduce(0) { $0 + $1.traffic.bytes } == 1_100_000)
    #expect(both.notes.contains { $0.contains("iftop's") })
  }

  @Test(arguments: ["-v 1", "-v 2", "-v3"])
  func `totals of nethogs are no rates`(_ option: String) async throws {
    let (flows, notes) = try await flows(
      "root@h7:~# nethogs -t \(option) -c 1\nRefreshing:\n/usr/sbin/cache/811/13\t1000\t10")
    #expect(flows.allSatisfy(\.traffic.isZero) && notes.contains { $0.contains("totals") })
  }

  @Test(arguments: [
    "root@h7:~# ps -eo pid,ppid,cmd,%mem,%cpu\n   1234       1 /usr/bin/java -Xmx4g -jar b  48.2 99.5",
    "  812 root     /usr/bin/my-app --x eth0    99.5  9.3", "/var/lib/docker/overlay2/101/33  12.5 0.3",
  ])
  func `numbers of other programs are no rates`(_ line: String) async throws {
    #expect(try await flows(line).flows.isEmpty)
  }

  // MARK: Readings

  @Test func `what began between two readings carried all of its bytes since`() async throws {
    func socket(_ port: Int, _ bytes: Int) -> String {
      "ESTAB 0 0 [2001:db8::9]:6001 [2001:db8::4]:\(port) users:((\"cache\",pid=77,fd=9))\n\t cubic bytes_acked:\(bytes) bytes_received:100\n"
    }
    let text = "$ ss -tinpH\n" + socket(40142, 5000) + "$ ss -tinpH\n" + socket(40142, 5100) + socket(50111, 900_000)
    let rows = try await flows(text).flows
    #expect(rows.first { $0.flow.destination.port == 50111 }?.traffic.bytes == 900_100)
    #expect(rows.first { $0.flow.destination.port == 40142 }?.traffic.bytes == 100)
    // A listing with another filter is no later reading.
    let other = text.replacing("5000 bytes", with: "5000 bytes").replacing(
      "$ ss -tinpH\n" + socket(40142, 5000), with: "$ ss -tinpH dport 40142\n" + socket(40142, 5000))
    #expect(try await flows(other).flows.first { $0.flow.destination.port == 50111 }?.traffic.isZero == true)
    func entry(_ port: Int, _ bytes: Int) -> String {
      "tcp 6 84 ESTABLISHED src=172.19.0.5 dst=10.20.0.9 sport=\(port) dport=6001 packets=6 bytes=\(bytes) src=10.20.0.9 dst=10.20.0.4 sport=6001 dport=\(port) packets=4 bytes=10 [ASSURED] mark=0 use=1\n"
    }
    let tracked = try await flows(
      "# conntrack -L\n" + entry(40142, 5000) + "# conntrack -L\n" + entry(40142, 5100) + entry(50111, 900_000))
    #expect(tracked.flows.first { $0.flow.source.port == 50111 }?.traffic.bytes == 900_010, "\(tracked)")
  }

  @Test func `events of ended connections are added, and these have ended`() async throws {
    func event(_ bytes: Int) -> String {
      "[DESTROY] tcp 6 src=10.20.0.9 dst=203.0.113.9 sport=40142 dport=443 packets=1 bytes=\(bytes) src=203.0.113.9 dst=10.20.0.9 sport=443 dport=40142 packets=9 bytes=1000 [ASSURED]\n"
    }
    let row = try #require(try await flows(event(5000) + event(9000)).flows.first)
    #expect(row.traffic.bytes == 16_000 && row.closed)
  }

  @Test func `an entry's number is no identifier of its echo requests`() async throws {
    let text =
      "icmp 1 28 src=10.20.1.2 dst=10.20.2.2 type=8 code=0 id=15442 packets=1 bytes=84 src=10.20.2.2 dst=10.20.1.2 type=0 code=0 id=15442 packets=1 bytes=84 mark=0 use=1 id=4711"
    #expect(try await flows(text).flows.first?.translated == nil)
  }

  // MARK: Places and hosts

  @Test func `pods without an address, or with their node's, have none of their own`() async throws {
    let text = """
      NAME          READY   STATUS              RESTARTS     AGE   IP            NODE        NOMINATED NODE
      api-7d9f      1/1     Running             3 (2d ago)   3d    10.244.1.7    10.0.0.11   <none>
      new-2893      0/1     ContainerCreating   0            9s    <none>        10.0.0.11   <none>
      proxy-88      1/1     Running             0            9d    10.0.0.11     10.0.0.11   <none>
      old-11        0/1     Completed           0            9d    10.244.1.9    10.0.0.11   <none>

      tcp 6 84 ESTABLISHED src=10.244.1.7 dst=203.0.113.9 sport=40142 dport=443 src=203.0.113.9 dst=10.0.0.11 sport=443 dport=40142 [ASSURED] mark=0 use=1
      tcp 6 84 ESTABLISHED src=10.244.1.9 dst=203.0.113.9 sport=40143 dport=443 src=203.0.113.9 dst=10.0.0.11 sport=443 dport=40143 [ASSURED] mark=0 use=1
      """
    let folder = try BundleFolder(["x.txt": text + "\n"])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    #expect(try await vantage.inventory().containers.compactMap(\.container.name) == ["api-7d9f"])
    #expect(vantage.notes.contains { $0.contains("old-11 has ended") })
  }

  @Test func `routes of other tables are not the main table's`() async throws {
    let text = """
      root@gw:~# ip route show table all
      default via 10.99.0.1 dev tun9 table 200
      default via 192.0.2.1 dev eth0
      root@gw:~# ip route show table 300
      203.0.113.0/24 via 10.99.0.1 dev tun9
      root@gw:~# ip a
      2: eth0: <UP> mtu 1500 state UP
          inet 192.0.2.7/24 scope global eth0
      4: tun9: <UP> mtu 1500 state UNKNOWN
          link/none
          inet 10.99.0.2/24 scope global tun9
      root@gw:~# ss -tnp
      ESTAB 0 0 192.0.2.7:443 203.0.113.9:40142 users:(("nginx",pid=811,fd=12))
      """
    let chain = try #require(try await traces(text).chains.first)
    #expect(!chain.hops.contains { $0.kind == .tunnel } && chain.source.name == "203.0.113.9", "\(chain.hops)")
  }

  private static let socket = #"ESTAB 0 0 10.20.0.9:6001 10.20.0.4:40777 users:(("cache",pid=77,fd=9))"#
  private static let other = #"ESTAB 0 0 10.20.0.4:40777 10.20.0.9:6001 users:(("puller",pid=5,fd=3))"#

  @Test(arguments: [
    "web1 | CHANGED | rc=0 >>\n\(socket)\nweb2 | CHANGED | rc=0 >>\n\(other)",
    "[1] 21:33:01 [SUCCESS] web1\n\(socket)\n[2] 21:33:02 [SUCCESS] web2\n\(other)",
    "web1:\n    \(socket)\nweb2:\n    \(other)", "=== web1 ===\n\(socket)\n=== web2 ===\n\(other)",
    "web1: \(socket)\nweb2: \(other)", "[web1] out: \(socket)\n[web2] out: \(other)",
    "---------------\nweb1\n---------------\n\(socket)\n---------------\nweb2\n---------------\n\(other)",
  ])
  func `what one command printed on several hosts is of several hosts`(_ text: String) async throws {
    #expect(try hosts(text) == ["web1", "web2"])
    let chain = try #require(try await traces("me@desk:~$ run-it\n" + text, ":6001").chains.first)
    #expect(
      chain.destination.host == "web1" && chain.source.summary == "puller (pid 5) on web2", "\(chain.source.summary)")
  }

  @Test(arguments: [
    "=== before ===\n\(socket)\n=== after ===\n\(socket)", "== ipv4 ==\n\(socket)\n== ipv6 ==\n\(socket)",
    "# tcp4\n\(socket)\n# tcp6\n\(socket)",
  ])
  func `a section's heading is no host`(_ text: String) throws { #expect(try hosts(text).count == 1) }

  @Test func `a short and a full name are one host`() throws {
    let text = "root@h7:~# ss -tnp\n\(Self.socket)\n[root@h7.example.org ~]# ss -tnp\n\(Self.socket)"
    #expect(try hosts(text) == ["h7"])
    #expect(try hosts(text + "\nroot@h8.example.org:~# ss -tnp\n\(Self.other)").count == 2)
  }

  @Test(arguments: [
    "$ ssh web05\n$ ss -tnp\n\(socket)\n$ exit\nConnection to web05 closed.",
    "$ vagrant ssh web05 -c \"ss -tnp\"\n\(socket)",
    "$ gcloud compute ssh web05 --command \"ss -tnp\"\n\(socket)",
  ])
  func `what ran on another host is that host's`(_ text: String) async throws {
    let chain = try #require(try await traces("me@jump:~$ ss -tnp\n\(Self.other)\n" + text, ":6001").chains.first)
    #expect(chain.destination.host == "web05" && chain.destination.process?.name == "cache", "\(chain)")
    #expect(chain.source.summary == "puller (pid 5) on jump")
  }

  @Test(arguments: [
    "$ ssh -J bastion web05 'sudo docker exec app ss -tnp'", "$ docker -H ssh://web05 exec app ss -tnp",
  ])
  func `a container on another host is that host's`(_ command: String) async throws {
    let text = "me@jump:~$ ss -tnp\n\(Self.other)\n\(command)\n\(Self.socket)\n"
    let folder = try BundleFolder(["x.txt": text])
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    #expect(vantages.map(\.host).sorted() == ["jump", "web05"])
    for vantage in vantages {
      let names = try await vantage.measure(seconds: 1).flows.compactMap { $0.owner.process?.name }
      #expect(names == [vantage.host == "jump" ? "puller" : "cache"], "\(vantage.host)")
    }
  }

  // MARK: Lines

  @Test func `what people write between lines is no part of a process's name`() async throws {
    let text = """
      tcp        0      0 10.20.0.9:6001         10.20.7.249:40777        ESTABLISHED 811/cache
      alice  10:02 PM
      hm that is the prod one
      """
    #expect(try await flows(text).flows.first?.owner.process?.name == "cache")
  }

  @Test(arguments: [
    #"ESTAB 0 0 10.20.0.9:6001 10.20.7.248:401 42 users:(("cache",pid=811,fd=12))"#,
    #"ESTAB O 0 1O.20.0.9:6001 10.20.7.248:4O142 users:(("cache",pid=811,fd=12))"#,
    #"ESTAB 0 0 [2001:db8::9]:6001 [2001:db8::7]:401 42 users:(("cache",pid=811,fd=12))"#,
    "tcp 0 0 10.20.0.9:6001 10.20.7.248:401 42 ESTABLISHED 811/cache",
    "cache 811 proxy 12u IPv4 30011 0t0 TCP 10.20.0.9:6001->10.20.7.248:401 42 (ESTABLISHED)",
  ])
  func `a damaged line gives no connection, and is told`(_ line: String) async throws {
    let whole = #"ESTAB 0 0 10.20.0.9:6001 10.20.7.9:50142 users:(("cache",pid=811,fd=12))"#
    let (flows, notes) = try await flows(whole + "\n" + line)
    #expect(flows.count == 1, "\(flows.map(\.flow))")
    #expect(notes.contains { $0.contains("not understood") || $0.contains("line 2") }, "\(notes)")
  }

  @Test func `descriptors of two processes, or given again, are no session`() async throws {
    let session =
      "0x55d0: proto=tcpv4 src=203.0.113.9:42214 fe=shop be=shopbe srv=web1 ts=00 age=4h calls=33 s0=[8,200008h,fd=18,ex=] s1=[8,200018h,fd=19,ex=]\n"
    let client = "ESTAB 0 0 10.1.0.4:443 203.0.113.9:42214 users:((\"haproxy\",pid=700,fd=18))\n"
    for server in [
      "ESTAB 0 0 10.1.0.4:40112 10.1.0.23:8080 users:((\"haproxy\",pid=800,fd=19))",
      "ESTAB 0 0 10.1.0.4:443 198.51.100.55:5555 users:((\"haproxy\",pid=700,fd=19))",
    ] {
      let document = try await traces(session + client + server)
      #expect(
        !document.chains.contains { chain in
          chain.hops.contains { $0.relay?.frontend == "shop" && $0.certainty == .observed }
        })
    }
  }

  @Test func `an error's quoted packet is not the packet, and what was stopped reached nobody`() async throws {
    let head = "Nov 30 22:00:03 gw kernel: [UFW BLOCK] IN=eth0 OUT= MAC=aa "
    let text = """
      \(head)SRC=192.0.2.4 DST=10.8.1.3 LEN=72 TTL=52 ID=1 PROTO=ICMP TYPE=3 CODE=3 [SRC=10.8.1.3 DST=192.0.2.4 LEN=60 PROTO=UDP SPT=5000 DPT=5001 ]
      \(head)SRC=2001:db8::66 DST=2001:db8::3 LEN=60 HOPLIMIT=52 PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 SYN URGP=0
      """
    let rows = try await flows(text).flows
    #expect(
      rows.count == 2 && rows.allSatisfy { $0.owner.reason?.contains("BLOCK") == true || $0.role == .forwarded },
      "\(rows)")
    #expect(rows.contains { $0.flow.transport == .icmp && $0.flow.source.port == 0 })
  }

  @Test func `a listing behind the journal's words is read`() async throws {
    let text =
      "Nov 30 22:01:02 svc dump[771]: \(Self.socket)\n2026-11-30T22:01:02+00:00 svc dump[771]: \(Self.socket.replacing("40777", with: "40778"))"
    #expect(try await flows(text).flows.map(\.owner.process?.pid) == [77, 77])
  }

  @Test func `states of a German Windows are known`() async throws {
    let text =
      "  TCP    10.8.1.3:6001     10.0.7.248:40143     WARTEND         0\n  TCP    10.8.1.3:6001     10.0.7.248:40144     HERGESTELLT    811"
    let rows = try await flows(text).flows
    #expect(rows.first { $0.flow.destination.port == 40143 }?.closed == true)
    #expect(rows.first { $0.flow.destination.port == 40144 }?.closed == false)
  }

  @Test(arguments: [
    "TCP 10.8.1.3:6001->10.0.7.248:40142 (ESTABLISHED)", "UDP relay 10.1.1.1:1194 => 10.2.2.2:1194 removed yesterday",
    "TCP [2001:db8::1]:6001->[2001:db8::2]:40142 (ESTABLISHED)",
  ])
  func `an arrow between two ends is no packet`(_ line: String) async throws {
    #expect(try await flows(line).flows.isEmpty)
  }

  @Test func `a Mac's listing has its pids below its title`() async throws {
    let text = """
      Active Internet connections (including servers)
      Proto Recv-Q Send-Q  Local Address    Foreign Address     (state)     rhiwat shiwat    pid   epid
      tcp4  0  0  10.20.0.9.6001   198.51.100.7.50111  ESTABLISHED 131072 131072   811      0
      """
    #expect(try await flows(text).flows.first?.owner.process?.pid == 811)
  }

  @Test func `a container that has exited has nothing`() async throws {
    let text = """
      CONTAINER ID   IMAGE          COMMAND     CREATED      STATUS                    PORTS     NAMES
      0123456789ab   nginx          "nginx"     8 days ago   Up 3 days                           web
      0123456789ac   openvpn        "openvpn"   8 days ago   Exited (137) 5 days ago             vpn
      """
    let folder = try BundleFolder(["x.txt": text + "\n\n" + Self.socket + "\n"])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    #expect(try await vantage.inventory().namespaces.map(\.name) == ["host", "container web"])
  }

  @Test func `addresses in front of lines are no line numbers`() throws {
    let line = #" - - [30/Nov/2026:22:00:0"#
    let text =
      "2001:db8::1\(line)1 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"-\"\n2003:db8::2\(line)2 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"-\"\n"
    let folder = try BundleFolder(["x.txt": text])
    let log = try #require(try EvidenceBundle.logs(reading: [folder.path]).first?.logs.first)
    #expect(String(decoding: log.content, as: UTF8.self).contains("2003:db8::2 - -"))
  }
}

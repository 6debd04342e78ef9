import AddressSets
import Bundles
import Documents
import Flows
import Questions
import Testing
import Tracing

/// Texts as people paste them: any prompt, any order, names for numbers, cut and wrapped.
@Suite struct PeoplesTextsTests {
  private func traces(_ files: [String: String], _ target: String? = nil) async throws -> TraceDocument {
    let folder = try BundleFolder(files)
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    let vantage: any Vantage =
      vantages.count == 1
      ? try #require(vantages.first) : CombinedVantage(vantages.map { .init($0, publicAddresses: [:]) })
    return try await Tracer(vantage).trace(target, seconds: 1, sets: AddressSets()).document
  }

  @Test func `a line without an end is not said to name nobody`() async throws {
    let line = "tcp 0 0 10.8.1.3:3129 198.51.100.7:40142 ESTABLISHED 811/squid"
    let torn = try #require(try await traces(["a.txt": line]).chains.first)
    #expect(torn.destination.process == nil)
    #expect(torn.hops.contains { $0.reason?.contains("a.txt:1 ends in the middle of a word") == true })
    let whole = try #require(try await traces(["a.txt": line + "\n"]).chains.first)
    #expect(whole.destination.process?.pid == 811)
  }

  @Test(arguments: ["", "udp UNCONN 0 0 0.0.0.0:68 0.0.0.0:* users:((\"dhclient\",pid=3,fd=7))\n"])
  func `what several clients share is the service, whatever else is listed`(_ other: String) async throws {
    for host in ["10.20.0.9", "IP", "2001:db8::9"] {
      let local = host.contains(":") ? "[\(host)]" : host
      let remote = host.contains(":") ? ["[2001:db8:7::1]", "[2001:db8:7::2]"] : ["198.51.100.1", "198.51.100.2"]
      let text = """
        \(other)tcp ESTAB 0 0 \(local):6001 \(remote[0]):1025 users:(("served",pid=9,fd=8))
        tcp ESTAB 0 0 \(local):6001 \(remote[1]):40001 users:(("served",pid=9,fd=7))

        """
      let document = try await traces(["x.txt": text], ":6001")
      #expect(document.chains.count == 2)
      for chain in document.chains {
        #expect(chain.destination.process?.name == "served" && chain.source.kind == .external, "\(host)")
        #expect(chain.hops.contains { hop in hop.evidence.contains { $0.detail.contains("share the port 6001") } })
        #expect(chain.hops.first?.certainty == .inferred)
      }
    }
  }

  @Test func `packets printed on both sides of a translation are one connection, behind a tunnel`() async throws {
    let text = """
      02:08:30.100000 tun0  In  IP 172.16.9.22.58318 > 10.8.1.3.6001: Flags [.], ack 1, win 501, length 0
      02:08:30.100001 eth0  Out IP 172.17.0.2.58318 > 10.8.1.3.6001: Flags [.], ack 1, win 501, length 0
      02:08:30.100100 eth0  In  IP 10.8.1.3.6001 > 172.17.0.2.58318: Flags [.], seq 1:1449, ack 1, win 9, length 1448
      02:08:30.100101 tun0  Out IP 10.8.1.3.6001 > 172.16.9.22.58318: Flags [.], seq 1:1449, ack 1, win 9, length 1448
      02:08:30.200000 tun0  In  IP 172.16.9.23.58318 > 10.8.1.3.6001: Flags [.], ack 1, win 501, length 0
      02:08:30.200300 tun0  In  IP 172.16.9.22.58318 > 10.8.1.3.6001: Flags [.], ack 1449, win 501, length 0

      """
    let document = try await traces(["x.txt": text])
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 2 && chain.hops.first?.kind == .nat)
    #expect(chain.hops.first?.flow?.source == Endpoint("172.16.9.22:58318"))
    #expect(chain.hops.last?.kind == .tunnel && chain.source.name == "172.16.9.22")
    // One direction has three packets of 40 bytes, the other 1,488, each once.
    #expect(chain.bytes == 2 * 40 + 1488)
    #expect(document.chains.last?.source.name == "172.16.9.23" && document.chains.last?.hops.last?.kind == .tunnel)
  }

  @Test(arguments: [
    "squid squid 811 15 tcp4 10.20.0.9:6001 198.51.100.7:50111\nsquid squid 811 12 tcp4 *:6001 *:*",
    """
    Proto Recv-Q Send-Q  Local Address    Foreign Address     (state)     rhiwat shiwat    pid   epid state    options
    tcp4  0  0  10.20.0.9.6001   198.51.100.7.50111  ESTABLISHED 131072 131072   811      0 00102 00000000
    """,
    """
    Proto Recv-Q Send-Q  Local Address    Foreign Address     (state)  rxbytes txbytes rhiwat shiwat    pid   epid
    tcp4  0  0  10.20.0.9.6001   198.51.100.7.50111  ESTABLISHED 1 2 131072 131072   811      0
    """,
    "tcp4  0  0  10.20.0.9.6001   198.51.100.7.50111  ESTABLISHED  1 2 131072 131072 squid:811 00102 00000000",
    "  TCP    10.20.0.9:6001          198.51.100.7:50111     ESTABLISHED     811\n [squid.exe]",
    "  TCP    10.20.0.9:6001          198.51.100.7:50111     HERGESTELLT     811",
    "10.20.0.9  6001  198.51.100.7  50111  Established  Internet  811",
  ])
  func `listings of other systems name the process`(_ text: String) async throws {
    let chain = try #require(try await traces(["x.txt": text + "\n"], ":6001").chains.first)
    #expect(chain.destination.process?.pid == 811 && chain.source.name == "198.51.100.7")
  }

  @Test func `a post as one text gives the same as its pieces in files`() async throws {
    let configuration = """
      frontend front
          bind 10.12.0.13:6001
          mode tcp
          default_backend back

      backend back
          mode tcp
          server  one 10.20.0.9:6001

      """
    let docker = "root@box:~# docker inspect puller|grep IPAddress\n            \"IPAddress\": \"172.19.0.5\",\n"
    let tracked = "root@box:~# conntrack -L | grep 40777\n\(Self.tracked)\n"
    let pieces = try await traces(["a.txt": tracked, "b.txt": docker, "haproxy.cfg": configuration])
    let post = """
      # Who pulls?

      I asked connection tracking on 10.20.0.4:

      ```
      \(tracked)root@box:~#\u{20}
      ```

      A container. Which one?

      ```
      \(docker)root@box:~#\u{20}
      ```

      Its proxy has this in its configuration:

      ```
      \(configuration)```

      That was it.

      """
    for name in ["post.md", "post.txt"] {
      let whole = try await traces([name: post])
      #expect(whole.chains.count == 1 && pieces.chains.count == 1)
      #expect(whole.chains.first?.source == pieces.chains.first?.source)
      #expect(whole.chains.first?.hops.map(\.kind) == pieces.chains.first?.hops.map(\.kind))
      for document in [whole, pieces] {
        #expect(document.coverage.reasons.contains { $0.contains("front leads 10.12.0.13:6001 to 10.20.0.9:6001") })
      }
    }
  }

  @Test func `a connection that a listing lacks is the process's that has all others to there`() async throws {
    let files = [
      "gate/conntrack.txt": """
      tcp 6 299 ESTABLISHED src=172.16.9.22 dst=10.20.0.9 sport=50001 dport=6001 src=10.20.0.9 dst=10.20.0.4 sport=6001 dport=50001 [ASSURED] mark=0 use=1
      tcp 6 299 ESTABLISHED src=172.16.9.22 dst=10.20.0.9 sport=50002 dport=6001 src=10.20.0.9 dst=10.20.0.4 sport=6001 dport=50002 [ASSURED] mark=0 use=1

      """,
      "gate/openvpn-status.log": """
      OpenVPN CLIENT LIST
      Updated,2026-11-30 02:08:30
      Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
      node1,10.12.0.13:45369,9,9,2026-11-30 02:01:37
      ROUTING TABLE
      Virtual Address,Common Name,Real Address,Last Ref
      172.16.9.22,node1,10.12.0.13:45369,2026-11-30 02:08:29
      GLOBAL STATS
      Max bcast/mcast queue length,0
      END

      """,
    ]
    let listed = "tcp 0 0 172.16.9.22:50001 10.20.0.9:6001 ESTABLISHED 79/puller\n"
    let document = try await traces(files.merging(["node/netstat.txt": listed]) { one, _ in one })
    let chains = document.chains.filter { $0.source.name == "puller" }
    #expect(document.chains.count == chains.count && chains.reduce(0) { $0 + $1.flows } == 2)
    #expect(
      document.coverage.reasons.contains {
        $0.contains("no listing of node has tcp 172.16.9.22:50002") && $0.contains("taken for puller's")
      })
    // Of two that might be it neither is.
    let both = listed + "tcp 0 0 172.16.9.22:50003 10.20.0.9:6001 ESTABLISHED 80/other\n"
    let open = try await traces(files.merging(["node/netstat.txt": both]) { one, _ in one })
    #expect(open.chains.contains { $0.source.kind == .vpnClient && $0.flows == 1 })
  }

  @Test func `of two statuses of a VPN the newer one says whose an address is, whatever the files are called`()
    async throws
  {
    func status(_ name: String, _ real: String, _ time: String) -> String {
      """
      OpenVPN CLIENT LIST
      Updated,2026-11-30 \(time)
      Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since
      \(name),\(real),1000,2000,2026-11-30 08:00:00
      ROUTING TABLE
      Virtual Address,Common Name,Real Address,Last Ref
      10.8.0.6,\(name),\(real),2026-11-30 \(time)
      GLOBAL STATS
      END

      """
    }
    let listing = """
      root@vpn:~# ip a
      2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP
          inet 192.0.2.7/24 scope global eth0
      4: tun0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc mq state UNKNOWN
          link/none
          inet 10.8.0.1/24 scope global tun0
      root@vpn:~# conntrack -L
      tcp      6 431999 ESTABLISHED src=10.8.0.6 dst=203.0.113.99 sport=50000 dport=443 packets=9 bytes=1000 src=203.0.113.99 dst=192.0.2.7 sport=443 dport=50000 packets=9 bytes=9000 [ASSURED] mark=0 use=1

      """
    for names in [["a.txt", "z.txt"], ["z.txt", "a.txt"]] {
      let document = try await traces([
        names[0]: status("alice", "203.0.113.5:1194", "10:00:00"),
        names[1]: status("bob", "198.51.100.9:1194", "12:00:00"), "out.txt": listing,
      ])
      let source = try #require(document.chains.first?.source)
      #expect(source.summary.contains("bob") && !source.summary.contains("alice"), "\(names): \(document.chains)")
    }
  }

  @Test func `rules say where connections may go, and that no output shows one`() async throws {
    let rules = [
      "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.5:80",
      "DNAT       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:8080 to:172.17.0.5:80",
      "\t\tiifname \"eth0\" tcp dport 8080 counter packets 12 bytes 720 dnat to 172.17.0.5:80",
    ]
    for rule in rules {
      let text =
        "root@box:~# docker inspect -f '{{.Name}} {{.NetworkSettings.IPAddress}}' web\n/web 172.17.0.5\n\n\(rule)\n"
      let document = try await traces(["x.txt": text])
      #expect(document.chains.isEmpty)
      #expect(
        document.coverage.reasons.contains {
          $0.contains("x.txt:4: tcp port 8080 is led to 172.17.0.5:80 (container web) by a rule")
        }, "\(rule)")
    }
  }

  @Test func `access logs within a text are found, with their site`() throws {
    let lines = (0..<30).map {
      "203.0.113.7 - - [30/Nov/2026:02:08:\($0 + 10) +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\""
    }
    let text = "root@web:~# tail -n 30 /var/log/nginx/git.example.com-access.log\n" + lines.joined(separator: "\n")
    let folder = try BundleFolder(["x.txt": text + "\nroot@web:~# uptime\n"])
    let found = try EvidenceBundle.logs(reading: [folder.path])
    #expect(found.count == 1 && found.first?.host == "web" && found.first?.logs.count == 1)
    #expect(found.first?.logs.first?.path == "/var/log/nginx/git.example.com-access.log")
    let other = try BundleFolder(["x.txt": "nothing\n"])
    #expect(try EvidenceBundle.logs(reading: [other.path]).allSatisfy(\.logs.isEmpty))
  }

  @Test(arguments: [
    "Active Internet connections\ntcp 0 0 10.20.0.9:6001 198.51.100.7:50111 ESTABLISHED 811/served\ntcp 0 0 10.20.0.9:22 198.51.100.8:50112 ESTABLISHED 812/sshd",
    "  TCP    10.20.0.9:6001   198.51.100.7:50111   ESTABLISHED   811\n [served]",
    "COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\nserved 811 proxy 12u IPv4 30011 0t0 TCP 10.20.0.9:6001->198.51.100.7:50111 (ESTABLISHED)",
    "root@box:~# ss -tnp\nState Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nESTAB 0 0 10.20.0.9:6001 198.51.100.7:50111 users:((\"served\",pid=811,fd=3))",
  ])
  func `a listing that is cut off anywhere names no other process, and says why there is none`(_ text: String)
    async throws
  {
    let whole = Array(text.utf8)
    let names: Set<String> = ["served", "sshd", "process"]
    for length in 1..<whole.count {
      let folder = try BundleFolder()
      try folder.write("x.txt", Array(whole.prefix(length)))
      do {
        for vantage in try EvidenceBundle(reading: folder.path).vantages {
          for row in try await vantage.measure(seconds: 1).flows {
            let process = row.owner.process
            #expect(process.map { names.contains($0.name) && [811, 812].contains($0.pid) } ?? true, "\(length)")
          }
        }
      } catch let error as BundleError {
        #expect("\(error)".contains("recognises: ") && !"\(error)".hasSuffix(": "), "\(length): \(error)")
      }
    }
  }

  private static let tracked =
    "tcp      6 84 ESTABLISHED src=172.19.0.5 dst=10.20.0.9 sport=40777 dport=6001 src=10.20.0.9 dst=10.20.0.4 sport=6001 dport=40777 [ASSURED] mark=0 use=1"

  @Test(arguments: [
    "❯ sudo conntrack -L", "➜  ~ git:(main) ✗ conntrack -L", "+ conntrack -L", "### conntrack -L ###", "$ conntrack -L",
    "alice@box ~> conntrack -L", "└─$ sudo conntrack -L", "sudo conntrack -L",
    "[alice@box log]$ conntrack -L | grep 6001",
    "box:~# conntrack -L", "**conntrack -L**", "",
  ])
  func `one output below the other, whatever the prompt is`(_ prompt: String) async throws {
    let text = """
      \(prompt)
      \(Self.tracked)
      \(prompt.replacing("conntrack -L", with: "docker inspect -f '{{.Name}} {{.NetworkSettings.IPAddress}}' $(docker ps -q)"))
      /puller 172.19.0.5
      """
    let document = try await traces(["all.txt": text + "\n"])
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.hops.contains { $0.container?.name == "puller" })
    #expect(chain.hops.first?.flow?.destination == Endpoint("10.20.0.9:6001"))
  }

  @Test func `quotes, numbers, indentation and HTML around a text do no harm`() async throws {
    let plain = ["/puller 172.19.0.5", Self.tracked]
    let forms = [
      plain.map { "> \($0)" }, plain.map { "    \($0)" },
      plain.enumerated().map { "     \($0.offset + 1)\t\($0.element)" },
      plain.enumerated().map { "\($0.offset + 7):\($0.element)" },
      ["<pre>"] + plain + ["</pre>"], ["```"] + plain + ["```"],
    ]
    for form in forms {
      let chain = try #require(try await traces(["x.txt": form.joined(separator: "\n") + "\n"]).chains.first)
      #expect(chain.hops.contains { $0.container?.name == "puller" }, "\(form)")
    }
  }

  @Test func `a wrapped line gives its port, and never another one`() async throws {
    // Cut at 80 columns, in the middle of a port.
    let start = Self.tracked.prefix(80)
    let wrapped = "\(start)\n\(Self.tracked.dropFirst(80))\n"
    let chain = try #require(try await traces(["x.txt": wrapped]).chains.first)
    #expect(chain.hops.first?.flow?.source.port == 40777 || chain.hops.first?.flow?.destination.port == 6001)
    let listing = "tcp        0      0 10.20.0.9:6001          10.20.0.4:4077"
    // What ends the file in the middle of a line may go on.
    let folder = try BundleFolder([
      "x.txt": "tcp        0      0 10.20.0.9:22            10.20.0.7:50000         ESTABLISHED 9/sshd\n" + listing
    ])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let flows = try await vantage.measure(seconds: 1).flows
    #expect(flows.count == 1 && vantage.notes.contains { $0.contains("ends in the middle of line 2") })
  }

  @Test func `cut anywhere a text never says what it did not say, and is never silent`() async throws {
    let text = """
      root@box:~# conntrack -L
      \(Self.tracked)
      root@box:~# ss -tnp
      State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      ESTAB 0      0      10.20.0.4:51515    198.51.100.7:443  users:(("fetcher",pid=4711,fd=3))
      root@box:~# docker inspect -f '{{.Name}} {{.NetworkSettings.IPAddress}}' puller
      /puller 172.19.0.5

      """
    let whole = Array(text.utf8)
    let known: Set<String> = [
      "172.19.0.5:40777", "10.20.0.9:6001", "10.20.0.4:40777", "10.20.0.4:51515", "198.51.100.7:443",
    ]
    for length in stride(from: 10, through: whole.count, by: 10) {
      let folder = try BundleFolder()
      try folder.write("x.txt", Array(whole.prefix(length)))
      let vantages: [BundleVantage]
      do { vantages = try EvidenceBundle(reading: folder.path).vantages } catch {
        #expect(!"\(error)".isEmpty)
        continue
      }
      for vantage in vantages {
        let interval = try await vantage.measure(seconds: 1)
        for row in interval.flows {
          for flow in [row.flow, row.translated ?? row.flow] {
            #expect(known.contains("\(flow.source)") && known.contains("\(flow.destination)"), "\(length): \(flow)")
          }
          #expect(row.owner.process.map { $0.name == "fetcher" && $0.pid == 4711 } ?? true, "\(length)")
        }
        #expect(!interval.flows.isEmpty || !vantage.notes.isEmpty || !interval.notes.isEmpty, "\(length)")
      }
    }
  }

  @Test func `what nobody reads is told with its lines`() throws {
    let folder = try BundleFolder(["x.txt": "we saw this:\n\n\(Self.tracked)\n\nand then 10.9.9.9 was slow\n"])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    #expect(vantage.notes.contains { $0.contains("x.txt: nothing is known of lines 1, 5") })
  }

  @Test func `names stand for addresses, and other languages for states`() async throws {
    let german = """
      Aktive Internetverbindungen (ohne Server)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
      tcp        0      0 0.0.0.0:6001            0.0.0.0:*               LISTEN      77/cache
      tcp        0      0 10.20.0.9:6001          10.20.0.4:40777         VERBUNDEN   77/cache

      """
    let chain = try #require(try await traces(["n.txt": german]).chains.first)
    #expect(chain.hops.first?.process?.name == "cache" && chain.hops.first?.flow?.source == Endpoint("10.20.0.4:40777"))
    let named = """
      COMMAND  PID  USER   FD   TYPE DEVICE SIZE/OFF NODE NAME
      cache     77 cache   12u  IPv4  30011      0t0  TCP store.lan:6001->box.lan:40777 (ESTABLISHED)

      """
    let other = try #require(try await traces(["l.txt": named]).chains.first)
    #expect(other.hops.first?.process?.pid == 77 && "\(other.source)".contains("box.lan"))
    let hidden = "tcp ESTAB 0 0 x.x.x.x:8000 198.51.100.9:25306 users:((\"python3\",pid=11,fd=8))\n"
    let third = try #require(try await traces(["s.txt": hidden]).chains.first)
    #expect(third.hops.contains { $0.process?.name == "python3" })
  }

  @Test func `what moves now goes before what moved once`() async throws {
    let sockets = """
      Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      tcp   ESTAB 0      0      10.0.0.5:44000     10.0.0.9:873      users:(("backup",pid=100,fd=3)) bytes_acked:90000000000 bytes_received:100 lastsnd:86400000 lastrcv:86400000
      tcp   ESTAB 0      0      10.0.0.5:45000     198.51.100.7:443  users:(("miner",pid=200,fd=3)) bytes_acked:200000 bytes_received:100 lastsnd:1 lastrcv:10

      """
    #expect(try await traces(["ss.txt": sockets]).chains.first?.source.name == "miner")
    let rates = "Refreshing:\n/usr/bin/miner/200/0\t12200.5\t40.2\n/usr/bin/backup/100/0\t0\t0\n"
    let document = try await traces(["ss.txt": sockets, "nethogs.txt": rates])
    #expect(document.chains.first?.source.name == "miner" && document.seconds == 1)
    // Two readings: what grew between them.
    let later = sockets.replacing("200000 ", with: "900000 ").replacing("lastsnd:86400000 lastrcv:86400000", with: "")
    let first = sockets.replacing("lastsnd:86400000 lastrcv:86400000", with: "")
    let twice = try await traces(["ss-1.txt": first, "ss-2.txt": later])
    #expect(twice.chains.first?.source.name == "miner" && twice.chains.first?.bytes == 700_000)
  }

  @Test func `descriptors of show sess are the connections that ss lists`() async throws {
    let text = """
      # echo "show sess" | socat - /run/haproxy.sock
      0x55d0: proto=tcpv4 src=203.0.113.9:42214 fe=shop be=shopbe srv=web1 ts=00 age=4h calls=33 s0=[8,200008h,fd=18,ex=] s1=[8,200018h,fd=19,ex=]
      # ss -tnp
      ESTAB 0 0 10.1.0.4:40112 10.1.0.23:8080 users:(("haproxy",pid=700,fd=19))
      ESTAB 0 0 10.1.0.4:40113 10.1.0.23:8080 users:(("haproxy",pid=700,fd=21))
      ESTAB 0 0 203.0.113.80:443 203.0.113.9:42214 users:(("haproxy",pid=700,fd=18))
      ESTAB 0 0 203.0.113.80:443 203.0.113.10:42215 users:(("haproxy",pid=700,fd=20))

      """
    let document = try await traces(["x.txt": text], "10.1.0.4:40112")
    let chain = try #require(document.chains.first)
    #expect(chain.hops.contains { $0.kind == .relay && $0.relay?.frontend == "shop" && $0.certainty == .observed })
    #expect(chain.source.name == "203.0.113.9")
  }

  @Test func `two hosts in one text are two, and a configuration leads further`() async throws {
    let text = """
      z@first:~$ conntrack -L
      \(Self.tracked)
      z@first:~$ docker inspect puller | grep IPAddress
                  "IPAddress": "172.19.0.5",
      root@second:~# ss -tnp
      ESTAB 0 0 10.20.0.9:6001 10.20.0.4:40777 users:(("cache",pid=77,fd=9))

      """
    let chain = try #require(try await traces(["post.txt": text], "10.20.0.9:6001").chains.first)
    #expect(chain.destination.process?.name == "cache" && chain.destination.host == "second")
    #expect(chain.hops.contains { $0.container?.name == "puller" && $0.host == "first" })
    let lead = """
      frontend edge
          bind 10.30.0.2:6001
          mode tcp
          default_backend store
      backend store
          mode tcp
          server one 10.20.0.9:6001

      """
    let document = try await traces(["c.txt": Self.tracked + "\n", "haproxy.cfg": lead])
    #expect(
      document.coverage.reasons.contains {
        $0.contains("edge") && $0.contains("10.30.0.2:6001") && $0.contains("ss -tnp")
      })
    // An address that nobody shows ends with what to collect.
    let source = try #require(document.chains.first?.source)
    #expect(source.kind == .unknown && source.name == "172.19.0.5" && source.summary.contains("docker inspect"))
  }

  @Test func `PowerShell's connections are read in any columns, as a table or as a list`() async throws {
    let rows = [
      """
      LocalAddress  LocalPort RemoteAddress  RemotePort State       AppliedSetting OwningProcess
      ------------  --------- -------------  ---------- -----       -------------- -------------
      10.0.0.5      50123     198.51.100.7   443        Established Internet       4412

      """,
      """
      OwningProcess LocalAddress LocalPort RemoteAddress RemotePort
      ------------- ------------ --------- ------------- ----------
               4412 10.0.0.5         50123 198.51.100.7         443

      """,
      """
      LocalAddress   : 10.0.0.5
      LocalPort      : 50123
      RemoteAddress  : 198.51.100.7
      RemotePort     : 443
      State          : Established
      OwningProcess  : 4412

      """,
    ]
    for text in rows {
      let chain = try #require(try await traces(["x.txt": text]).chains.first, "\(text)")
      #expect(
        chain.source.summary.contains("pid 4412")
          && chain.hops.contains { $0.flow?.destination == Endpoint("198.51.100.7:443") })
      // tasklist has the name.
      let both = text + "\nchrome helper.exe             4412 Console                    1    212,344 K\n"
      #expect(try await traces(["x.txt": both]).chains.first?.source.name == "chrome helper.exe")
    }
    // Without the column of the process nobody is named, and the advice is for that system.
    let plain = "LocalAddress LocalPort RemoteAddress RemotePort State\n10.0.0.5 50123 198.51.100.7 443 Established\n"
    let chain = try #require(try await traces(["x.txt": plain]).chains.first)
    #expect(chain.source.kind == .unknown)
    #expect(chain.hops.contains { $0.reason?.contains("Get-NetTCPConnection") == true })
  }

  @Test func `a program without its pid is told, and a connection in time-wait has none`() async throws {
    let text = """
        TCP    10.0.0.5:50123         198.51.100.7:443       ESTABLISHED
       [chrome.exe]
        TCP    10.0.0.5:50124         198.51.100.8:443       TIME_WAIT

      """
    let reasons = try await traces(["x.txt": text]).chains.flatMap { $0.hops.compactMap(\.reason) }
    #expect(reasons.contains { $0.contains("chrome.exe without its pid: collect netstat -ano") })
    #expect(reasons.contains { $0.contains("in time-wait it has no process any more") })
  }

  @Test func `iftop's screen gives both directions of a connection`() async throws {
    let text = """
      10.8.1.3:6001                      => 198.51.100.7:40142                  80.0Mb  94.1Mb  94.1Mb
                                         <=                                     1.60Mb  1.18Mb  1.18Mb
      [2001:db8::3]:6001                 => [2001:db8:7::7]:40142               8.00Kb  9.41Kb  9.41Kb
                                         <=                                       80b     80b     80b

      """
    let document = try await traces(["x.txt": text])
    #expect(document.chains.count == 2)
    #expect(document.chains.first?.bytes == UInt64(81.6e6 / 8))
    #expect(document.chains.last?.bytes == UInt64(8080 / 8))
  }

  @Test func `a container's address below its name is its own, whatever else has a name`() async throws {
    let connection =
      "tcp 6 9 ESTABLISHED src=172.17.0.2 dst=198.51.100.7 sport=40142 dport=443 src=198.51.100.7 dst=203.0.113.1 sport=443 dport=40142 [ASSURED] use=1\n"
    let network = """
      $ docker network inspect bridge | grep -A3 Name
              "Name": "bridge",
              "Id": "1f",
      --
                  "Name": "openvpn",
                  "EndpointID": "abcd",
                  "IPv4Address": "172.17.0.2/16",

      """
    let own = """
      $ docker inspect openvpn | grep -E 'Name|IPAddress'
          "Name": "/openvpn",
                  "Name": "always",
              "Name": "overlay2",
                      "IPAddress": "172.17.0.2",

      """
    for text in [network, own] {
      let document = try await traces(["x.txt": "$ conntrack -L\n" + connection + text])
      #expect(document.chains.first?.source.name == "openvpn", "\(text)")
    }
  }
}

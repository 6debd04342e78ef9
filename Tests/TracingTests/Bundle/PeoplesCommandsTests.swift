import AddressSets
import Bundles
import Documents
import Flows
import Questions
import Testing
import Tracing

/// Where a command ran, as people type it, and outputs that have no place of their own.
@Suite struct PeoplesCommandsTests {
  private func trace(_ text: String, _ target: String? = nil) async throws -> TraceDocument {
    let folder = try BundleFolder(["x.txt": text + "\n"])
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    let vantage: any Vantage =
      vantages.count == 1
      ? try #require(vantages.first) : CombinedVantage(vantages.map { .init($0, publicAddresses: [:]) })
    return try await Tracer(vantage).trace(target, seconds: 1, sets: AddressSets()).document
  }

  private static let listing = """
    State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
    ESTAB 0      0      172.18.0.7:50514    198.51.100.80:443  users:(("php",pid=41,fd=3))
    """

  @Test(arguments: [
    "docker exec -u root -it web ss -tnp", "docker exec -e A=b -w /srv web ss -tnp",
    "sudo -u ops docker exec web sh -c 'ss -tnp'", "docker compose -p shop exec -T web ss -tnp",
    "podman exec -it web ss -tnp", "crictl exec -it web ss -tnp", "lxc exec web -- ss -tnp",
    "kubectl -n shop exec -it web -c php -- ss -tnp", "kubectl exec pod/web -n shop -- ss -tnp",
    "docker run --rm -it --net container:web nicolaka/netshoot ss -tnp",
    "docker run --network=container:web --rm alpine ss -tnp",
    "nsenter -t $(docker inspect -f '{{.State.Pid}}' web) -n ss -tnp",
    "sudo nsenter -n -t $(docker inspect --format='{{.State.Pid}}' web) ss -tnp",
    "nsenter --net --target \"$(docker inspect -f {{.State.Pid}} web)\" ss -tnp | head",
    "nsenter -t $(crictl inspect -o go-template --template '{{.info.pid}}' $(crictl ps -q --label io.kubernetes.pod.name=web | head -n 1)) -n ss -tnp",
    "timeout 5 docker exec web ss -tnp --cgroup", "LANG=C sudo docker exec web ss -tnp",
  ])
  func `what ran in a container is the container's, however it was entered`(_ command: String) async throws {
    let chain = try #require(try await trace("root@h1:~# \(command)\n\(Self.listing)").chains.first)
    #expect(chain.source.summary == "php (pid 41) in container web on h1", "\(command)")
    #expect(chain.hops.contains { $0.flow?.transport == .tcp })
  }

  @Test(arguments: ["ip netns exec web ss -tnp", "ss -N web -tnp", "nsenter --net=/run/netns/web ss -tnp"])
  func `what was asked in a named namespace is not the host's`(_ command: String) async throws {
    let chain = try #require(try await trace("root@h1:~# \(command)\n\(Self.listing)").chains.first)
    #expect(chain.hops.contains { $0.namespace == "netns web" }, "\(command)")
  }

  @Test func `what ssh printed is the other host's, and what follows is not`() async throws {
    let text = """
      $ ssh -p 2222 root@web01 'ss -tnp'
      State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
      ESTAB 0      0      10.20.0.5:50514     10.20.0.9:3306  users:(("php-fpm",pid=41,fd=3))
      me@db01:~$ sudo ss -tnp
      State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
      ESTAB 0      0      10.20.0.9:3306     10.20.0.5:50514  users:(("mysqld",pid=700,fd=33))
      """
    let document = try await trace(text)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.source.summary == "php-fpm (pid 41) on web01")
    #expect(chain.destination.process?.name == "mysqld" && chain.hops.first?.host == "db01")
  }

  @Test(arguments: ["# ssh into web01", "# ssh to the other one and look"])
  func `a heading names no host of what follows`(_ line: String) async throws {
    let chain = try #require(try await trace("me@db01:~$ date\n\(line)\n\(Self.listing)").chains.first)
    #expect(chain.source.summary == "php (pid 41) on db01", "\(line)")
  }

  @Test func `a network's listing names its containers, and a gateway is none of their addresses`() async throws {
    let tracked =
      "$ conntrack -L\ntcp 6 99 ESTABLISHED src=172.19.0.3 dst=198.51.100.9 sport=5050 dport=25 src=198.51.100.9 dst=203.0.113.7 sport=25 dport=5050 [ASSURED]\n"
      + "tcp 6 99 ESTABLISHED src=172.19.0.1 dst=198.51.100.9 sport=6060 dport=25 src=198.51.100.9 dst=203.0.113.7 sport=25 dport=6060 [ASSURED]\n"
    let network = """
      $ docker network inspect mail
      [{"Name": "mail", "Id": "f7ab26d71dbd6f557852c7156ae0574b", "Driver": "bridge",
        "IPAM": {"Config": [{"Subnet": "172.19.0.0/16", "Gateway": "172.19.0.1"}]},
        "Containers": {"0a1b2c3d4e5f0a1b2c3d4e5f": {"Name": "mailer", "IPv4Address": "172.19.0.3/16", "IPv6Address": ""}}}]

      """
    let template = """
      $ docker inspect -f '{{.Name}} {{json .NetworkSettings.Networks}}' mailer
      /mailer {"mail":{"IPAMConfig":null,"Gateway":"172.19.0.1","IPAddress":"172.19.0.3","IPPrefixLen":16}}

      """
    let list = """
      $ docker ps --format 'table {{.ID}}\\t{{.Names}}\\t{{.Status}}'
      CONTAINER ID   NAMES      STATUS
      0a1b2c3d4e5f   mailer     Up 2 days

      """
    for text in [network, template, list + template, list + network] {
      let document = try await trace(text + tracked)
      let sources = document.chains.map(\.source.name)
      #expect(Set(sources) == ["mailer", "172.19.0.1"], "\(text)")
      #expect(document.chains.first { $0.source.name == "mailer" }?.source.kind == .container)
    }
  }

  @Test(arguments: [
    """
    09:15:01.000100 52:54:00:aa:bb:cc > 52:54:00:11:22:33, ethertype IPv4 (0x0800), length 74: 10.9.0.4.44444 > 198.51.100.80.6001: Flags [S], seq 100, win 64240, length 0
    09:15:01.010100 52:54:00:11:22:33 > 52:54:00:aa:bb:cc, ethertype IPv4 (0x0800), length 74: 198.51.100.80.6001 > 10.9.0.4.44444: Flags [S.], seq 200, ack 101, win 65160, length 0
    """,
    """
    09:15:01.000100 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)
        10.9.0.4.44444 > 198.51.100.80.6001: Flags [S], cksum 0x1234 (correct), seq 100, win 64240, length 0
    09:15:01.010100 IP (tos 0x0, ttl 50, id 0, offset 0, flags [DF], proto TCP (6), length 60)
        198.51.100.80.6001 > 10.9.0.4.44444: Flags [S.], cksum 0x1235 (correct), seq 200, ack 101, win 65160, length 0
    """,
    """
        1 0.000000000 10.9.0.4 → 198.51.100.80 TCP 54 44444 → 6001 [SYN] Seq=0 Win=64240 Len=0 MSS=1460
        2 0.010000000 198.51.100.80 → 10.9.0.4 TCP 54 6001 → 44444 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0
    """,
  ])
  func `packets are read as tcpdump -e, tcpdump -v and tshark print them`(_ text: String) async throws {
    let document = try await trace(text)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.source.name == "10.9.0.4")
    #expect(chain.destination.endpoint == Endpoint("198.51.100.80:6001"))
    // Two packets of 40 bytes; with -v the lines tell 60, with the options that these lines leave out.
    #expect(chain.bytes == (text.contains("(tos") ? 120 : 80))
    // Where neither end is the host's, it has only been seen there.
    #expect(chain.source.summary.contains("seen on "))
  }

  @Test func `tcpdump -q tells lengths, and a text without -n has names`() async throws {
    let quiet = try await trace(
      "09:15:01.000100 IP 10.9.0.4.44444 > 198.51.100.80.80: tcp 0\n09:15:01.010100 IP 198.51.100.80.80 > 10.9.0.4.44444: tcp 1448"
    )
    #expect(quiet.chains.first?.bytes == 40 + 1488)
    let named = try await trace(
      "02:08:27.829672 IP web01.lan.43210 > db01.lan.postgresql: Flags [P.], seq 1:100, ack 1, win 501, length 99")
    #expect(named.chains.first?.source.name == "web01.lan" && named.chains.first?.bytes == 139)
    #expect("\(named.chains.first?.destination.endpoint, default: "")" == "db01.lan:5432")
  }

  @Test func `a packet filter's states show what was translated, and who began`() async throws {
    let document = try await trace(
      """
      # pfctl -ss
      all tcp 203.0.113.2:51000 (192.168.1.10:51000) -> 198.51.100.9:443       ESTABLISHED:ESTABLISHED
      all tcp 192.168.1.20:80 (203.0.113.2:8080) <- 198.51.100.33:50000       ESTABLISHED:ESTABLISHED
      """)
    let out = try #require(document.chains.first { $0.source.name == "192.168.1.10" })
    #expect(out.hops.first?.translated?.source == Endpoint("203.0.113.2:51000"))
    let inward = try #require(document.chains.first { $0.source.name == "198.51.100.33" })
    #expect(inward.destination.endpoint == Endpoint("192.168.1.20:80"))
  }

  @Test func `nethogs alone tells the busiest program, and with whom it does not`() async throws {
    let text = """
      NetHogs version 0.8.6-3

        PID USER     PROGRAM                     DEV         SENT      RECEIVED
        4711 backup  /usr/bin/rsync              eth0     1832.551      22.101 KB/sec
         812 root    sshd: me@pts/0              eth0        1.203       0.155 KB/sec
      """
    let document = try await trace(text)
    let chain = try #require(document.chains.first)
    #expect(chain.source.name == "rsync" && chain.bytes == UInt64(1832.551 * 1024) + UInt64(22.101 * 1024))
    #expect(chain.destination.endpoint == nil && chain.hops.first?.flow == nil)
    #expect(document.coverage.reasons.contains { $0.contains("rsync (pid 4711)") && $0.contains("ss -tunap") })
  }

  @Test func `a program with several connections is busy by nethogs, whichever of them it was`() async throws {
    let document = try await trace(
      """
      $ ss -tnp
      State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
      ESTAB 0      0      10.0.0.5:50514      198.51.100.80:443  users:(("fetch",pid=41,fd=3))
      ESTAB 0      0      10.0.0.5:50516      198.51.100.81:443  users:(("fetch",pid=41,fd=4))
      ESTAB 0      0      10.0.0.5:50518      198.51.100.82:443  users:(("quiet",pid=42,fd=4))
      $ nethogs -t
      Refreshing:
      /usr/bin/fetch/41/0	2000	10
      /usr/bin/quiet/42/0	1	1
      """)
    let first = try #require(document.chains.first)
    #expect(first.source.name == "fetch" && first.bytes == 2010 * 1024 && first.share > 0.9)
    #expect(document.chains.filter { $0.source.name == "fetch" }.reduce(0) { $0 + $1.bytes } == 2010 * 1024)
    #expect(document.chains.first { $0.source.name == "quiet" }?.bytes == 2048)
  }

  @Test func `names of ports are known that this host's file does not have, and an unknown one is told`() async throws {
    let document = try await trace(
      """
      [root@node1 ~]# netstat -tp
      Active Internet connections (w/o servers)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
      tcp        0      0 node1:netport-id        10.0.7.9:40142          ESTABLISHED 811/squid
      tcp        0      0 node1:58202             es01:some-odd-service   ESTABLISHED 912/java
      """)
    #expect(document.chains.count == 1 && document.chains.first?.destination.endpoint?.port == 3129)
    #expect(document.coverage.reasons.contains { $0.contains("x.txt: nothing is known of line 5") })
  }
}

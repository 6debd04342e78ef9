import Accounts
import Flows
import LinuxSystem
import Testing

@testable import Views

@Suite struct HostTalksViewTests {
  private func talker(_ near: String?, _ far: String?, _ port: UInt16, from initiator: String?) -> HostTalker {
    HostTalker(
      near: near.map { .init(name: $0, pid: 1) }, far: far.map { .init(name: $0, container: "web") }, transport: .tcp,
      port: port, initiator: initiator, bytes: 1)
  }

  private var talks: HostTalks {
    let lossy = HostPair(
      from: "s750", to: "tke", bytesTo: 1_000_000, bytesBack: 250_000, flows: 12,
      busiest: talker("curl", "nginx", 80, from: "s750"),
      counts: [
        .init(host: "s750", bytesTo: 1_000_000, bytesBack: 250_000),
        .init(host: "tke", bytesTo: 800_000, bytesBack: 250_000),
      ], difference: 0.2)
    let reversed = HostPair(
      from: "svc", to: "tke", bytesTo: 125_000, bytesBack: 0, flows: 1,
      busiest: talker("squid", "haproxy", 3129, from: "tke"), carriers: 12_500)
    let stranger = HostTalker(
      near: .init(name: "nginx"), address: IPAddress("198.51.100.77"), transport: .tcp, port: 443, bytes: 1)
    return HostTalks(
      pairs: [lossy, reversed],
      outside: [
        HostOutside(
          host: "s750", bytesOut: 2_500_000, bytesIn: 1000, flows: 3, busiest: stranger, bytesWithin: 125_000),
        HostOutside(host: "tke"),
      ])
  }

  private func text(_ talks: HostTalks, width: Int? = 80, limit: Int? = nil) -> [String] {
    HostTalksView(talks, seconds: 1, units: Units()).lines(width: width, limit: limit).map(\.text)
  }

  @Test func `pairs, strangers and what is doubtful fit a page of 80 columns`() {
    let lines = text(talks)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.first == "WHO TALKS TO WHOM  between 11.0 Mbit/s, outside 20.0 Mbit/s, within 1.0 Mbit/s")
    #expect(
      lines[1].split(separator: " ").map(String.init) == ["HOST", "WITH", "SENDS", "RECEIVES", "FLOWS", "BUSIEST"])
    let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(words[2].hasPrefix("s750 tke 8.0 Mbit/s 2.0 Mbit/s 12 :80 curl -> nginx in web"))
    #expect(words[3].hasPrefix("svc tke 1.0 Mbit/s 0 1 :3129 squid <- haproxy in web"))
    #expect(words[4].hasPrefix("s750 outside 20.0 Mbit/s 8.0 kbit/s 3 :443 nginx <- 198.51.100.77"))
    #expect(words[5] == "s750 -> tke: s750 counted 8.0 Mbit/s, tke 6.4 Mbit/s, 20.0 % apart")
    #expect(words[6] == "svc <-> tke: 100.0 kbit/s of VPN tunnels left out (their contents are counted)")
    #expect(lines.count == 7)
  }

  @Test func `a host that saw nothing of it is named`() {
    var talks = talks
    talks.pairs[0].counts.removeLast()
    talks.pairs[0].difference = 1
    #expect(text(talks).contains("tke has no count of s750 <-> tke, which s750 counted"))
  }

  @Test func `no more lines than there is room for, and what is left out is counted`() {
    let pairs = (0..<40).map { number in
      HostPair(
        from: "host\(number)", to: "other\(number)", bytesTo: UInt64(1000 - number), bytesBack: 0, flows: 1,
        difference: number < 5 ? 0.5 : nil)
    }
    let many = HostTalks(pairs: pairs)
    for limit in 1...60 {
      for width in [20, 40, 80, 130] {
        let lines = HostTalksView(many, seconds: 1, units: Units()).lines(width: width, limit: limit)
        #expect(lines.count <= limit && lines.allSatisfy { $0.width <= width }, "\(width)×\(limit)")
      }
    }
    #expect(text(many, limit: 10).contains("… and 33 more"))
  }

  @Test func `sums over intervals add up, whichever host began`() {
    var later = talks
    later.pairs[0] = later.pairs[0].reversed
    let sum = talks + later
    #expect(sum.pairs.count == 2 && sum.pairs[0].from == "s750")
    #expect(sum.pairs[0].bytesTo == 2_000_000 && sum.pairs[0].bytesBack == 500_000)
    #expect(sum.pairs[0].counts.map(\.bytesTo) == [2_000_000, 1_600_000])
    #expect(sum.outside[0].bytesOut == 5_000_000 && sum.pairs[1].carriers == 25_000)
    let empty = sum + HostTalks()
    #expect(empty.pairs[0].bytesTo == 2_000_000 && empty.pairs[0].flows == 0)
  }

  /// An interval of two hosts, of which a third is gone; both have a process 7.
  private var interval: Interval {
    func row(_ host: String, _ number: Int, _ bytes: UInt64) -> FlowTraffic {
      var row = FlowTraffic(
        namespace: Place(namespace: 1).on(host: number), namespaceName: "host", role: .initiator,
        flow: Flow(.tcp, from: Endpoint(.v4(1), 1), to: Endpoint(.v4(2), 443)),
        owner: Owner(process: Process(pid: 7, startTime: 1, name: "curl", user: "root")),
        traffic: Traffic(bytesOut: bytes), interface: "eth0")
      row.host = host
      return row
    }
    func entry(_ host: String, _ number: Int) -> LedgerEntry {
      var entry = LedgerEntry(
        namespace: Place(namespace: 1).on(host: number), namespaceName: "host", interface: "eth0",
        total: Traffic(bytesOut: 1000), sockets: Traffic(bytesOut: 1000))
      entry.host = host
      return entry
    }
    var interval = Interval(
      host: "svc", started: "2025-04-20T14:57:17Z", seconds: 1, meter: "ebpf",
      flows: [row("svc", 0, 1000), row("tke", 1, 5000)], ledger: [entry("svc", 0), entry("tke", 1)],
      notes: ["s750: the connection has ended"])
    interval.hosts = [
      HostInterval(host: "svc", seconds: 1, meter: "ebpf"), HostInterval(host: "tke", seconds: 1, meter: "ebpf"),
      HostInterval(host: "s750", failure: "the connection has ended"),
    ]
    interval.talks = talks
    return interval
  }

  @Test func `equal pids on two hosts are two rows, and each says its host`() {
    let lines = TopTable(.process, width: 80).lines(interval).map(\.text)
    #expect(lines.allSatisfy { $0.count <= 80 })
    let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
    #expect(words.contains { $0.hasPrefix("curl tke 0 40.0 kbit/s 40.0 kbit/s") }, "\(lines)")
    #expect(words.contains { $0.hasPrefix("curl svc 0 8.0 kbit/s 8.0 kbit/s") })
    #expect(words.contains { $0.hasPrefix("tke: eth0 8.0 kbit/s") } && words.contains { $0.hasPrefix("svc: eth0") })
    #expect(lines.contains { $0.hasPrefix("WHO TALKS TO WHOM") })
    #expect(lines[0].hasPrefix("svc, tke: 1.0 s from"))
  }

  @Test func `rows by host are one each`() {
    let rows = TopGrouping.host.rows(interval.flows)
    #expect(rows.map(\.title) == ["tke", "svc"] && rows.map(\.traffic.bytes) == [5000, 1000])
    #expect(
      TopTable(.host, width: 80).lines(interval).map(\.text).contains { $0.hasPrefix("WHO ") && !$0.contains("HOST") })
  }

  @Test func `w shows who talks to whom and goes back, and a host that dropped out is in the first line`() {
    var state = TopState(size: Terminal.Size(columns: 80, rows: 24))
    _ = state.handle(.interval(interval))
    func screen() -> [String] { TopScreen.lines(state).map(\.text) }
    #expect(screen()[0].hasPrefix("2 of 3 hosts, without s750  between 11.0 Mbit/s  outside 20.0 Mbit/s"))
    #expect(screen().contains { $0.contains("note: s750: the connection has ended") })
    _ = state.handle(.key(.character("w")))
    #expect(screen().contains { $0.hasPrefix("WHO TALKS TO WHOM") } && screen().count == 24)
    #expect(screen().contains { $0.contains("s750") && $0.contains(":80 curl -> ngi") })
    #expect(screen().last?.contains("note: s750: the connection has ended") == true)
    _ = state.handle(.key(.character("T")))
    #expect(screen().contains { $0.contains("8.0 Mbit ") })
    _ = state.handle(.key(.character("w")))
    #expect(state.screen == .list && screen().contains { $0.contains("WHO") && $0.contains("HOST") })
    _ = state.handle(.key(.character("H")))
    #expect(screen().contains { $0.hasPrefix("by host") })
  }
}

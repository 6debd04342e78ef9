import Accounts
import Flows
import LinuxSystem
import Testing
import TestNumbers

@testable import Views

@Suite struct TopScreenTests {
  private static let keys: [Key] = [
    .down, .up, .pageDown, .pageUp, .home, .end, .enter, .escape, .backspace, .tab, .character("h"), .character("o"),
    .character("O"), .character("/"), .character("e"), .character(" "), .character("b"), .character("t"),
    .character("T"),
    .character("x"), .character("r"), .character("p"), .character("w"), .character("H"), .other, .left, .right,
  ]

  /// Escape sequences are the program's own; everything else is what a person sees.
  private func check(_ state: TopState, _ context: String) {
    let lines = TopScreen.lines(state)
    #expect(lines.count <= state.size.rows, "\(context)")
    for line in lines {
      #expect(line.width <= state.size.columns && line.width == line.text.displayWidth, "\(context): \(line.text)")
      #expect(line.text.visible == line.text)
    }
  }

  @Test func `a ledger without any interface does not say that they were still`() {
    var interval = Interval(host: "a", started: "", seconds: 1, meter: "ebpf", flows: [], ledger: [], notes: [])
    #expect(LedgerView(interval, units: Units()).lines().map(\.text) == ["ledger: no interface is known"])
    interval.ledger = [
      LedgerEntry(namespace: Place(namespace: 1), namespaceName: "host", interface: "lo", total: Traffic())
    ]
    #expect(LedgerView(interval, units: Units()).lines().map(\.text) == ["ledger: no interface carried anything"])
  }

  @Test func `no screen exceeds its size`() {
    var random = SeededNumbers(11)
    for columns in Array(1...45) + [60, 79, 80, 81, 120, 200] {
      for rows in Array(1...14) + [20, 24, 60] {
        var state = TopState(size: Terminal.Size(columns: columns, rows: rows))
        check(state, "before the first interval, \(columns)×\(rows)")
        let interval = SyntheticTraffic.interval(
          seed: UInt64(columns * rows), flows: columns % 5 * 8, names: SyntheticTraffic.hostileNames)
        _ = state.handle(.interval(interval))
        for _ in 0..<4 {
          check(state, "\(state.screen), \(columns)×\(rows)")
          _ = state.handle(.key(Self.keys.randomElement(using: &random) ?? .other))
        }
        for screen in [TopState.Screen.help, .talks, state.rows.first.map { .row($0.key) } ?? .list, .list] {
          state.screen = screen
          check(state, "\(screen), \(columns)×\(rows)")
        }
      }
    }
  }

  @Test func `any keys in any order keep the screen in its size`() {
    var random = SeededNumbers(12)
    var state = TopState()
    for step in 0..<3000 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let size = Terminal.Size(
          columns: .random(in: 1...200, using: &random), rows: .random(in: 1...60, using: &random))
        _ = state.handle(.resize(size))
      case 1:
        let names = SyntheticTraffic.hostileNames
        _ = state.handle(.interval(SyntheticTraffic.interval(seed: UInt64(step), flows: step % 50, names: names)))
      default: _ = state.handle(.key(Self.keys.randomElement(using: &random) ?? .other))
      }
      check(state, "step \(step)")
    }
  }

  @Test func `the ledger is on every list that has three lines`() {
    for rows in 3...60 {
      var state = TopState(size: Terminal.Size(columns: 80, rows: rows))
      _ = state.handle(.interval(SyntheticTraffic.interval(seed: 5, flows: 100)))
      let text = TopScreen.lines(state).map(\.text)
      #expect(text.contains { $0.contains("+UNKNOWN") || $0.contains("explained") }, "\(rows) rows")
    }
  }

  @Test func `totals in the ledger are of all the time, like those of the rows`() {
    var state = TopState(size: Terminal.Size(columns: 120, rows: 30))
    for _ in 0..<3 { _ = state.handle(.interval(SyntheticTraffic.interval(seed: 5, flows: 10))) }
    _ = state.handle(.key(.character("T")))
    let once = SyntheticTraffic.interval(seed: 5, flows: 10).ledger.reduce(0) { $0 + $1.total.bytes }
    #expect(state.shown.ledger.reduce(0) { $0 + $1.total.bytes } == 3 * once)
  }

  @Test func `a frame holds no escape sequence but its own`() {
    var state = TopState()
    _ = state.handle(.interval(SyntheticTraffic.interval(seed: 5, flows: 100, names: SyntheticTraffic.hostileNames)))
    let frame = TopLoop.frame(state, .plain)
    let own = ["\u{1B}[?2026h\u{1B}[H", "\u{1B}[?2026l", "\u{1B}[K", "\u{1B}[J", "\r\n"]
    let rest = own.reduce(frame) { text, sequence in text.split(separator: sequence).joined() }
    #expect(rest.visible == rest)
  }

  @Test func `the open row shows its owner's parents and its flows`() {
    let process = Process(
      pid: 811, startTime: 1, name: "squid", executable: "/usr/sbin/squid", command: ["squid", "-N"], user: "proxy",
      parents: [.init(pid: 80, name: "containerd-shim"), .init(pid: 1, name: "systemd")])
    let flow = Flow(.tcp, from: Endpoint(.v4(0x0A08_0103), 3129), to: Endpoint(.v4(0x0A00_07F8), 40142))
    let item = FlowTraffic(
      namespace: Place(namespace: 1), namespaceName: "host", role: .responder, flow: flow,
      owner: Owner(process: process, unit: "squid.service"), traffic: Traffic(bytesIn: 1_000_000, bytesOut: 500),
      interface: "eth0")
    var state = TopState()
    let interval = Interval(host: "svc", started: "", seconds: 1, meter: "ebpf", flows: [item], ledger: [], notes: [])
    _ = state.handle(.interval(interval))
    _ = state.handle(.key(.enter))
    let text = TopScreen.lines(state).map(\.text).joined(separator: "\n")
    for part in [
      "squid, pid 811", "squid -N", "/usr/sbin/squid", "proxy", "squid.service", "containerd-shim (80) <- systemd (1)",
      "10.0.7.248:40142", "10.8.1.3:3129", "8.0 Mbit/s",
    ] { #expect(text.contains(part)) }
  }

  @Test func `help fits a terminal of 80 columns and 24 rows`() {
    var state = TopState(size: Terminal.Size(columns: 80, rows: 24))
    state.screen = .help
    let lines = TopScreen.lines(state)
    #expect(lines.count <= 24 && lines.last?.text.contains("in and out are as the owner sees them") == true)
    #expect(lines.allSatisfy { !$0.text.contains("…") }, "\(lines.map(\.text))")
    for item in TopState.help { #expect(lines.contains { $0.text.contains(item.meaning) }, "\(item)") }
  }

  @Test func `an unknown part without a reason has a line of its own only where it is one in a hundred`() {
    var entry = LedgerEntry(
      namespace: Place(namespace: 1), namespaceName: "host", interface: "eth0",
      total: Traffic(bytesIn: 1_000_000, packetsIn: 1000))
    (entry.sockets, entry.unknown) = (Traffic(bytesIn: 995_000, packetsIn: 995), Traffic(bytesIn: 5000, packetsIn: 5))
    var interval = Interval(host: "a", started: "", seconds: 1, meter: "ebpf", flows: [], ledger: [entry], notes: [])
    #expect(!LedgerView(interval, units: Units()).lines().contains { $0.text.contains("no reason was found") })
    interval.ledger[0].sockets = Traffic(bytesIn: 900_000, packetsIn: 900)
    interval.ledger[0].unknown = Traffic(bytesIn: 100_000, packetsIn: 100)
    #expect(LedgerView(interval, units: Units()).lines().contains { $0.text.contains("no reason was found") })
  }

  @Test func `a plain table has everything in it`() {
    let interval = SyntheticTraffic.interval(seed: 6, flows: 50)
    for grouping in TopGrouping.allCases {
      let text = TopTable(grouping).lines(interval).map(\.text).joined(separator: "\n")
      for row in grouping.rows(interval.flows) { #expect(text.contains(row.title)) }
      for word in ["WHO", "IN", "OUT", "TOTAL", "FLOWS", "+ UNKNOWN", "note: "] { #expect(text.contains(word)) }
      #expect(!text.contains("\u{1B}"))
    }
  }
}

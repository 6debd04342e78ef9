import Accounts
import Flows
import LinuxSystem
import Testing

@testable import Views

@Suite struct TopStateTests {
  private func state(flows: Int = 200, hosts: (any NameSource)? = nil) -> TopState {
    var state = TopState(names: TopNames(hosts: hosts))
    _ = state.handle(.interval(SyntheticTraffic.interval(seed: 5, flows: flows)))
    return state
  }

  private func press(_ state: inout TopState, _ text: String) {
    for character in text { _ = state.handle(.key(.character(character))) }
  }

  @Test func `by name is there where names are watched`() {
    var state = TopState(size: Terminal.Size(columns: 80, rows: 24))
    _ = state.handle(.key(.character("N")))
    #expect(state.grouping == .process)
    var interval = SyntheticTraffic.interval(seed: 1, flows: 3)
    interval.names = []
    _ = state.handle(.interval(interval))
    _ = state.handle(.key(.character("N")))
    #expect(state.grouping == .name)
    #expect(Set(state.rows.map(\.title)) == ["(no name seen)"])
    _ = state.handle(.key(.tab))
    #expect(state.grouping == .process)
  }

  @Test func `keys choose what rows are grouped by`() {
    var state = state()
    for (keys, grouping) in zip(["1p", "2c", "3u", "4s", "5r", "6x", "7i", "8H", "9g", "0a"], TopGrouping.allCases) {
      for key in keys {
        #expect(state.handle(.key(.character(key))) == [.redraw])
        #expect(state.grouping == grouping)
        #expect(state.rows.reduce(0) { $0 + $1.flows } == 200)
      }
    }
    _ = state.handle(.key(.tab))
    #expect(state.grouping == .process)
    _ = state.handle(.key(.backTab))
    #expect(state.grouping == .network)
  }

  @Test func `the order cycles and can be reversed`() {
    var state = state()
    #expect(state.rows.map(\.traffic.bytes) == state.rows.map(\.traffic.bytes).sorted(by: >))
    press(&state, "o")
    #expect(state.rows.map(\.traffic.bytesIn) == state.rows.map(\.traffic.bytesIn).sorted(by: >))
    press(&state, "O")
    #expect(state.rows.map(\.traffic.bytesIn) == state.rows.map(\.traffic.bytesIn).sorted(by: <))
    press(&state, "oo")
    #expect(state.order == .name)
    #expect(state.rows.map(\.title) == state.rows.map(\.title).sorted(by: >))
    press(&state, "oo")
    #expect(state.order == .total)
  }

  @Test func `a filter shows rows whose names, addresses or ports have it`() {
    var state = state()
    let all = state.rows.count
    press(&state, "/SQUID")
    #expect(state.isTyping)
    #expect(state.filter == "SQUID")
    #expect(!state.rows.isEmpty && state.rows.count < all)
    // `q` while typing is a letter.
    #expect(state.handle(.key(.character("q"))) == [.redraw])
    _ = state.handle(.key(.backspace))
    _ = state.handle(.key(.enter))
    #expect(!state.isTyping && state.filter == "SQUID")
    _ = state.handle(.key(.escape))
    #expect(state.filter.isEmpty && state.rows.count == all)
    press(&state, "/2001:db8")
    #expect(!state.rows.isEmpty && state.rows.count < all)
    _ = state.handle(.key(.escape))
    #expect(!state.isTyping && state.rows.count == all)
  }

  @Test func `a paused view stands still but counting goes on`() {
    var state = state()
    press(&state, " ")
    let before = TopScreen.lines(state)
    #expect(state.isPaused)
    #expect(state.handle(.interval(SyntheticTraffic.interval(seed: 6, flows: 300))) == [])
    #expect(TopScreen.lines(state) == before)
    press(&state, " T")
    let bytes = [5, 6].map { seed in
      SyntheticTraffic.total(SyntheticTraffic.interval(seed: seed, flows: seed == 5 ? 200 : 300).flows).bytes
    }
    #expect(state.rows.reduce(0) { $0 + $1.total.bytes } == bytes.reduce(0, +))
  }

  @Test func `the selection stays with its row, whatever moves`() throws {
    var state = state()
    for _ in 0..<3 { _ = state.handle(.key(.down)) }
    let chosen = try #require(state.selectedRow)
    press(&state, "O")
    #expect(state.selectedRow?.key == chosen.key)
    _ = state.handle(.key(.end))
    #expect(state.selectedIndex == state.rows.count - 1)
    _ = state.handle(.key(.down))
    #expect(state.selectedIndex == state.rows.count - 1)
    _ = state.handle(.key(.home))
    _ = state.handle(.key(.up))
    #expect(state.selectedIndex == 0)
    _ = state.handle(.key(.pageDown))
    #expect(state.selectedIndex > 1)
    _ = state.handle(
      .interval(Interval(host: "h", started: "", seconds: 1, meter: "", flows: [], ledger: [], notes: [])))
    #expect(state.selectedRow == nil && state.selectedIndex == 0)
    #expect(state.handle(.key(.enter)) == [])
  }

  @Test func `Enter opens a row and Esc or Backspace closes it`() throws {
    var state = state()
    let key = try #require(state.selectedRow?.key)
    for close in [Key.escape, .backspace] {
      _ = state.handle(.key(.enter))
      #expect(state.screen == .row(key))
      _ = state.handle(.key(.end))
      #expect(state.scrolled == state.rows[0].flows - 1)
      _ = state.handle(.key(close))
      #expect(state.screen == .list && state.scrolled == 0)
    }
  }

  @Test func `t traces the selected row and shows what that says, and Esc goes back`() throws {
    var state = TopState(grouping: .remote)
    _ = state.handle(.interval(SyntheticTraffic.interval(seed: 4, flows: 200)))
    let row = try #require(state.rows.first { if case .remote = $0.key { true } else { false } })
    let index = try #require(state.rows.firstIndex { $0.key == row.key })
    for _ in 0..<index { _ = state.handle(.key(.down)) }
    let target = row.title
    #expect(state.handle(.key(.character("t"))) == [.redraw, .trace(target)])
    #expect(TopScreen.lines(state).contains { $0.text.contains("measuring…") })
    // The answer to another question is not shown.
    #expect(state.handle(.traced(target: "other", lines: ["wrong"])) == [])
    let hostile = "\u{1B}[31mred " + String(repeating: "word ", count: 60)
    _ = state.handle(.traced(target: target, lines: [hostile] + (0..<90).map { "line \($0)" }))
    #expect(TopScreen.lines(state).contains { $0.text.contains("\\x1b[31mred") })
    #expect(TopScreen.lines(state).allSatisfy { $0.width <= 80 })
    _ = state.handle(.key(.end))
    #expect(TopScreen.lines(state).last?.text == "line 89")
    _ = state.handle(.key(.escape))
    #expect(state.screen == .list && state.selectedRow?.key == row.key)
    // From an open row it goes back to that.
    _ = state.handle(.key(.enter))
    #expect(state.handle(.key(.character("t"))) == [.redraw, .trace(target)])
    _ = state.handle(.key(.escape))
    #expect(state.screen == .row(row.key))
  }

  @Test func `every row with a known end has a target`() throws {
    for grouping in TopGrouping.allCases where grouping != .name {
      var state = TopState(grouping: grouping)
      let interval = SyntheticTraffic.interval(seed: 4, flows: 60)
      _ = state.handle(.interval(interval))
      for row in state.rows {
        let target = RowTarget.of(row, state.shown.flows(row.key, grouping, state.names))
        let ends = state.shown.flows(row.key, grouping, state.names).filter { $0.flow.transport.hasPorts }
        #expect(target != nil || ends.allSatisfy { $0.flow.destination.address.isUnspecified }, "\(row.title)")
      }
    }
  }

  @Test func `units, totals and names are switched`() {
    struct Names: NameSource { func name(of address: IPAddress) -> String? { "host.example" } }
    var state = state(hosts: Names())
    press(&state, "bT")
    #expect(state.units.base == .bytes && state.isCumulative)
    #expect(state.handle(.tick) == [.redraw])
    press(&state, "r")
    #expect(TopScreen.lines(state).contains { $0.text.contains("host.example") })
    press(&state, "n")
    #expect(!TopScreen.lines(state).contains { $0.text.contains("host.example") })
    #expect(state.handle(.tick) == [])
    var nameless = self.state()
    #expect(nameless.handle(.key(.character("n"))) == [])
  }

  @Test func `help opens, and q or Ctrl-C quits from everywhere`() {
    for keys in ["", "h", "?", "\r"] {
      var state = state()
      for key in keys { _ = state.handle(.key(key == "\r" ? .enter : .character(key))) }
      #expect(state.handle(.key(.character("q"))) == [.quit])
      #expect(state.handle(.key(.control("c"))) == [.quit])
    }
    var state = state()
    press(&state, "/")
    #expect(state.handle(.key(.control("c"))) == [.quit])
    _ = state.handle(.key(.escape))
    press(&state, "h")
    #expect(state.screen == .help)
    _ = state.handle(.key(.escape))
    #expect(state.screen == .list)
  }

  @Test func `a million remotes don't fill the memory, and no byte is lost`() {
    var totals = TopTotals(.remote)
    var sent: UInt64 = 0
    for round in 0..<3 {
      let flows = (0..<60_000).map { number in
        FlowTraffic(
          namespace: Place(namespace: 1), namespaceName: "host", role: .initiator,
          flow: Flow(.tcp, from: Endpoint(.v4(1), 1), to: Endpoint(.v4(UInt32(round * 60_000 + number + 10)), 80)),
          owner: Owner(), traffic: Traffic(bytesOut: 40))
      }
      sent += 60_000 * 40
      totals.add(flows, TopNames())
    }
    // Those of the last interval stay until it is over.
    #expect(totals.rows.count == 60_000)
    totals.add([], TopNames())
    #expect(totals.rows.count <= TopTotals.most)
    #expect(totals.rows.reduce(0) { $0 + $1.total.bytes } + totals.forgotten.bytes == sent)
  }
}

import Foundation
import Glibc
import Lab
import Testing

/// `headwater top` as a person uses it: in a terminal, with keys.
@Suite(.requires(Requirement.host + [.program("tmux"), .built("headwater")]))
struct TopTerminalTests {
  private func withTraffic(_ name: String, _ body: (TerminalPane, TestHost) throws -> Void) throws {
    let host = try TestHost(name)
    defer { host.stop() }
    let sink = try Traffic.serve(on: host, port: 4000)
    let client = try Traffic.start(.bulk(bytes: 40_000_000, rate: 1_000_000), from: host, to: "127.0.0.1", port: 4000)
    try body(TerminalPane(host), host)
    client.process.stop()
    sink.process.stop()
  }

  @Test func `keys change the view, and q gives the terminal back`() throws {
    try withTraffic("keys") { pane, host in
      try pane.start()
      try pane.waitFor("python3", "WHO", "lo")
      #expect(try pane.state("#{alternate_on} #{cursor_flag}") == "1 0")
      #expect(try pane.text.hasPrefix(host.name))
      try pane.type("c")
      try pane.waitFor("by container")
      try pane.type("s")
      try pane.waitFor("by service port", "4000")
      try pane.type("r")
      try pane.waitFor("by remote address", "127.0.0.1")
      try pane.type("p")
      try pane.waitFor("by process", "python3")
      try pane.type("Enter")
      try pane.waitFor("traffic.py", "127.0.0.1:4000")
      #expect(try !pane.text.contains("by process"))
      try pane.type("Escape")
      try pane.waitFor("by process")
      try pane.type("q")
      try pane.checkRestored(status: 0)
    }
  }

  @Test(arguments: [(80, 24), (200, 50)])
  func `t traces the selected row in the view, and Esc goes on with it`(_ columns: Int, _ rows: Int) throws {
    let host = try TestHost("rowtrace\(columns)")
    defer { host.stop() }
    let sink = try Traffic.serve(on: host, port: 4000)
    let client = try Traffic.start(.bulk(bytes: 60_000_000, rate: 1_000_000), from: host, to: "127.0.0.1", port: 4000)
    let pane = try TerminalPane(host, columns: columns, rows: rows)
    try pane.start()
    try pane.waitFor("python3")
    try pane.type("s")
    try pane.waitFor("by service port", "4000")
    try pane.type("t")
    try pane.waitFor("trace :4000", "all of it from python3 (pid", "every hop observed")
    try pane.type("Escape")
    try pane.waitFor("by service port")
    try pane.type("h")
    try pane.waitFor("trace the row", "Ctrl-C", "as the owner sees them")
    try pane.type("q")
    try pane.checkRestored(status: 0)
    client.process.stop()
    sink.process.stop()
  }

  @Test func `a terminal that changes its size is filled again`() throws {
    try withTraffic("resize") { pane, host in
      try pane.start()
      try pane.waitFor("python3")
      try host.output(of: ["tmux", "resize-window", "-x", "60", "-y", "16"])
      try waitUntil("narrow lines", every: 30_000, detail: { (try? pane.text) ?? "" }) {
        let lines = try pane.text.split(separator: "\n")
        return lines.count <= 16 && lines.contains { $0.contains("python3") } && lines.allSatisfy { $0.count <= 60 }
      }
      try host.output(of: ["tmux", "resize-window", "-x", "140", "-y", "40"])
      try pane.waitFor("python3", "q quit")
      try pane.type("q")
      try pane.checkRestored(status: 0)
    }
  }

  @Test(arguments: ["INT", "TERM", "HUP"]) func `a signal gives the terminal back too`(_ signal: String) throws {
    try withTraffic("signal\(signal)") { pane, host in
      try pane.start()
      try host.output(of: ["sh", "-c", "kill -\(signal) $(pgrep -P $(tmux display-message -p '#{pane_pid}'))"])
      try waitUntil("the end", every: 30_000, detail: { (try? pane.text) ?? "" }) {
        try pane.text.contains(/status \d+\./)
      }
      let status = try #require(try pane.text.firstMatch(of: /status (\d+)\./)).1
      try pane.checkRestored(status: #require(Int(status)))
    }
  }

  @Test func `it ends by itself after its time`() throws {
    try withTraffic("timed") { pane, _ in
      try pane.start("--for 1")
      try pane.checkRestored(status: 0)
    }
  }
}

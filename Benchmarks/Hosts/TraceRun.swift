import Foundation
import Lab

/// One trace on the service's host, with the connections to the others as they are wanted.
struct TraceRun {
  enum State: String, CaseIterable {
    /// No connection is open, and no probe lies there.
    case copying
    /// No connection is open.
    case cold
    /// The connections of the last command are open.
    case open

    /// Seconds besides the window.
    var target: Double {
      switch self {
      case .copying: 6
      case .cold: 3
      case .open: 1
      }
    }

    var words: String {
      switch self {
      case .copying: "a chain over four hosts, the probe copied to three of them"
      case .cold: "a chain over four hosts, cold: the probe is there, no connection open"
      case .open: "a chain over four hosts, connections open"
      }
    }
  }

  struct Sample {
    /// From the start of the program to its end, without the window.
    let seconds: Double
    /// IP bytes of SSH by host, both ways.
    let bytes: [String: Int]
  }

  static let window = 1.0
  static let shown = "headwater trace :3129 --hosts /root/hosts.yaml --for 1"
  let story: StoryA
  /// The hosts that are asked over SSH. The first passes the others' connections on, which are not counted as its own.
  let asked: [(name: String, host: TestHost)]

  init(_ story: StoryA) {
    self.story = story
    let names = story.plan.aliases
    asked = [
      (names.dockerHost, story.cloud.dockerHost), (names.node, story.cloud.node), (names.other, story.cloud.other),
    ]
  }

  /// Counts what sshd takes and gives, and what a jump host passes on, on every host that is asked.
  func countWires() throws {
    for (_, host) in asked {
      try host.output(
        of: ["nft", "-f", "-"],
        input: """
          table inet labcount {
            counter own {}
            counter passed {}
            chain in { type filter hook input priority 1; tcp dport 22 counter name own; tcp sport 22 counter name passed; }
            chain out { type filter hook output priority 1; tcp sport 22 counter name own; tcp dport 22 counter name passed; }
          }

          """)
    }
  }

  func once(_ state: State) throws -> Sample {
    if state != .open {
      // All clients: the kept connections, and those to the jump host behind them.
      _ = try story.cloud.service.run(["pkill", "-x", "ssh"])
      try waitUntil("connections to end") { try story.cloud.service.run(["pgrep", "-x", "ssh"]).status != 0 }
    }
    if state == .copying {
      for (_, host) in asked { try host.output(of: ["rm", "-rf", "/root/.cache/headwater"]) }
    }
    for (_, host) in asked { try host.output(of: ["nft", "reset", "counters", "table", "inet", "labcount"]) }
    // Timed beside the program: entering the host's namespaces takes a while of its own.
    let script = """
      import subprocess, sys, time
      began = time.monotonic()
      status = subprocess.run(sys.argv[1:], stdout=open("/tmp/document", "w")).returncode
      print(time.monotonic() - began, status)
      """
    let words = StoryA.command(["trace", ":\(story.plan.servicePort)", "--for", "1", "--json"])
    let result = try story.cloud.service.run(
      ["python3", "-c", script] + words, timeout: .seconds(60), environment: StoryA.environment)
    let said = result.stdout.split(whereSeparator: \.isWhitespace)
    guard said.count == 2, let seconds = Double(said[0]), said[1] == "0" else {
      throw LabError("the trace: \(result.stdout)\(result.stderr)")
    }
    let document = try story.cloud.service.output(of: ["cat", "/tmp/document"])
    // A figure of a trace that did not get there would be none.
    guard document.contains("\"external\""), document.contains(story.plan.frontend) else {
      throw LabError("the chain is not whole: \(document)")
    }
    return Sample(seconds: seconds - Self.window, bytes: try bytes())
  }

  private func bytes() throws -> [String: Int] {
    struct Listing: Decodable {
      struct Entry: Decodable {
        struct Counter: Decodable {
          let name: String
          let bytes: Int
        }
        let counter: Counter?
      }
      let nftables: [Entry]
    }
    var result: [String: Int] = [:]
    for (name, host) in asked {
      let text = try host.output(of: ["nft", "-j", "list", "counters", "table", "inet", "labcount"])
      let counters = try JSONDecoder().decode(Listing.self, from: Data(text.utf8)).nftables.compactMap(\.counter)
      let sums = Dictionary(grouping: counters, by: \.name).mapValues { $0.reduce(0) { $0 + $1.bytes } }
      // What a jump host passes on came to it in its own connections; SSH's wrapping of it stays with it.
      result[name] = max(0, (sums["own"] ?? 0) - (sums["passed"] ?? 0))
    }
    return result
  }
}

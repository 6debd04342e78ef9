import Flows
import LocalHost
import Questions
import Tracing

/// Measures how long pairing by mirrored counters takes.
///
///     MirrorBenchmark 5000              made-up counters, 5,000 inbound and 5,000 outbound connections
///     MirrorBenchmark pids PID...       the connections of running processes, as they are
///     MirrorBenchmark once PID...       the same by one snapshot, without the times
@main struct MirrorBenchmark {
  static func main() async throws {
    let words = CommandLine.arguments.dropFirst()
    if words.first == "pids" {
      try await live(Set(words.dropFirst().compactMap { Int32($0) }))
    } else if words.first == "once" {
      let vantage = try LocalVantage(meter: .sockets, environment: [:])
      show(try await RelaySnapshots(vantage).pair(Set(words.dropFirst().compactMap { Int32($0) }), seconds: 0))
    } else {
      let count = words.first.flatMap { Int($0) } ?? 5000
      for (name, kind) in [("different", 0), ("40 equal each", 40), ("all equal", count)] { made(count, name, kind) }
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  private static func made(_ count: Int, _ name: String, _ group: Int) {
    let clock = ContinuousClock()
    let flow = Flow(.tcp, from: Endpoint(.anyV4, 1), to: Endpoint(.anyV4, 2))
    func snapshot(_ time: Double, isMoving: Bool) -> CounterSnapshot {
      let sockets = (0..<2 * count).shuffled().map { index -> SocketCounters in
        let (pair, isInbound) = (index / 2, index % 2 == 0)
        let kind = group == 0 ? pair : pair / group
        let round = isMoving && pair % 2 == 0 ? UInt64(time * 10) : 0
        let (asked, answered) = (UInt64(kind) * 7 + 100 + round * 100, UInt64(kind) * 3 + 5000 + round * 1000)
        let age: UInt32 = isMoving && pair % 2 == 0 ? 0 : 60_000
        return SocketCounters(
          cookie: UInt64(index + 1), namespace: Place(namespace: 1), flow: flow,
          role: isInbound ? .inbound : .outbound, pid: 1, received: isInbound ? asked : answered,
          writtenAtLeast: isInbound ? answered : asked, sinceReceived: age, sinceSent: age)
      }
      return CounterSnapshot(began: time, ended: time + 0.02, sockets: sockets)
    }
    for (state, isMoving) in [("quiet", false), ("half of them moving", true)] {
      var pairing = MirrorPairing()
      var took: [Double] = []
      var matched = 0
      for round in 0..<3 {
        let next = snapshot(1 + Double(round) * 0.1, isMoving: isMoving)
        let began = clock.now
        pairing.add(next)
        matched = pairing.outcome().matched
        took.append(seconds(clock.now - began))
      }
      print("\(count) + \(count), \(name), \(state): seconds for each snapshot \(took), \(matched) matched")
    }
  }

  private static func live(_ pids: Set<Int32>) async throws {
    let vantage = try LocalVantage(meter: .sockets, environment: [:])
    let clock = ContinuousClock()
    var took: [(whole: Double, dump: Double)] = []
    var sockets = 0
    for _ in 0..<50 {
      let began = clock.now
      let snapshot = try await vantage.counters(of: pids, in: Place(namespace: 0))
      took.append((seconds(clock.now - began), snapshot.ended - snapshot.began))
      sockets = snapshot.sockets.count
    }
    let later = took.dropFirst(4).map(\.whole).sorted()
    print("\(sockets) sockets: first snapshot \(took[0].whole) s, later ones median \(later[later.count / 2]) s")
    show(try await RelaySnapshots(vantage).pair(pids))
  }

  private static func show(_ outcome: MirrorOutcome) {
    print("\(outcome.matched) of \(outcome.links.count) in \(outcome.seconds) s, \(outcome.snapshots) snapshots")
    print(outcome.notes.joined(separator: "\n"))
    // For a comparison with what the clients know: the client's port, the relay's port, or how many fit.
    for link in outcome.links {
      let other = link.outbound.map { "\($0.flow.source.port)" } ?? "- \(link.candidates)"
      print("\(link.inbound.flow.destination.port) \(other)")
    }
  }
}

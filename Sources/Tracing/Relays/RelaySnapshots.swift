public import Flows
public import Questions

/// Takes snapshots of a relay's connections until each has its partner or the time is over.
public struct RelaySnapshots: Sendable {
  /// Seconds between two snapshots: short while connections move, because each snapshot then shows an order; longer
  /// while they are idle.
  public static let pauses = 0.0005...0.003
  /// The minimum number of seconds between two evaluations of the snapshots.
  private static let looks = 0.03
  private let inquiry: Inquiry
  private let rules: MirrorRules

  public init(_ vantage: any Vantage, rules: MirrorRules = MirrorRules()) { self.init(Inquiry(vantage), rules: rules) }

  init(_ inquiry: Inquiry, rules: MirrorRules = MirrorRules()) {
    self.inquiry = inquiry
    self.rules = rules
  }

  /// - Parameters:
  ///   - pids: the relay's processes: all that accept on the same listening sockets.
  ///   - namespace: a namespace that they have sockets in.
  ///   - seconds: the maximum duration.
  ///   - mustStop: asked between two snapshots.
  public func pair(
    _ pids: Set<Int32>, in namespace: Place = Place(namespace: 0), seconds: Double = 4,
    mustStop: () -> Bool = { false }
  ) async throws -> MirrorOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    var pairing = MirrorPairing(rules: rules)
    var cost = 0.0
    var looked = -1.0
    while true {
      let snapshot = try await snapshot(of: pids, in: namespace)
      pairing.add(snapshot)
      let now = Self.seconds(clock.now - start)
      // If nothing can be seen, and there is a reason, waiting does not help.
      let isOver = now >= seconds || mustStop() || (snapshot.sockets.isEmpty && !snapshot.notes.isEmpty)
      if isOver || now - looked >= max(Self.looks, 4 * cost) {
        var outcome = pairing.outcome()
        outcome.seconds = Self.seconds(clock.now - start)
        (looked, cost) = (now, outcome.seconds - now)
        if isOver || outcome.isComplete { return outcome }
      }
      let pause = pairing.isMoving ? Self.pauses.lowerBound : Self.pauses.upperBound
      try await Task.sleep(for: .seconds(min(pause, max(0, seconds - now))))
    }
  }

  /// A snapshot; without sockets and with the reason if the counters were refused.
  private func snapshot(of pids: Set<Int32>, in place: Place) async throws -> CounterSnapshot {
    return switch try await inquiry.ask(CountersQuestion(of: pids, in: place)) {
    case .told(let told): told.value
    case .refused(let reason): CounterSnapshot(began: 0, ended: 0, sockets: [], notes: [reason])
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}

public import Vantage

/// Takes snapshots of a relay's connections until each has its partner or time is over.
public struct RelaySnapshots: Sendable {
  /// Seconds between two snapshots, from the first ones to the later ones.
  public static let pauses = 0.005...0.02
  /// Longer pauses where reading takes long: at most half of the time is spent on it.
  private let vantage: any Vantage
  private let rules: MirrorRules

  public init(_ vantage: any Vantage, rules: MirrorRules = MirrorRules()) {
    self.vantage = vantage
    self.rules = rules
  }

  /// - Parameters:
  ///   - pids: the relay's processes: all that accept on the same listening sockets.
  ///   - seconds: when to stop in any case.
  ///   - mustStop: asked between two snapshots.
  public func pair(
    _ pids: Set<Int32>, seconds: Double = 4, mustStop: () -> Bool = { false }
  ) async throws -> MirrorOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    var pairing = MirrorPairing(rules: rules)
    var pause = Self.pauses.lowerBound
    while true {
      let began = clock.now
      pairing.add(try await vantage.counters(of: pids))
      var outcome = pairing.outcome()
      outcome.seconds = Self.seconds(clock.now - start)
      // The first one finds the sockets, and what changes while it does so; one more shows what is still moving.
      let isOver = outcome.seconds >= seconds || mustStop()
      if isOver || outcome.isComplete || outcome.links.isEmpty && outcome.snapshots > 2 { return outcome }
      let wait = min(max(pause, Self.seconds(clock.now - began)), seconds - outcome.seconds)
      pause = min(pause * 1.1, Self.pauses.upperBound)
      try await Task.sleep(for: .seconds(wait))
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}

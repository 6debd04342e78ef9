import Flows
import Questions
import Testing
import TestNumbers
import Tracing

@Suite struct MirrorPairingTests {
  /// What came of pairing, and whether a true pair was ever refused.
  struct Result {
    var matched = 0
    var wrong = 0
    var refused = 0
    var seconds = 0.0
    var outcome = MirrorOutcome()
  }

  /// Looks at `relay` from `begin` on, every `pause` seconds.
  static func pair(_ relay: SimulatedRelay, from begin: Double, snapshots: Int, pause: Double = 0.02) -> Result {
    var pairing = MirrorPairing()
    var result = Result()
    var time = begin
    for _ in 0..<snapshots {
      let snapshot = relay.snapshot(at: time)
      pairing.add(snapshot)
      result.seconds = snapshot.ended - begin
      time = snapshot.ended + pause
      result.outcome = pairing.outcome()
      // Right at every moment, not only in the end.
      for link in result.outcome.links {
        guard let outbound = link.outbound else { continue }
        if outbound.cookie != link.inbound.cookie + 1 { result.wrong += 1 }
      }
      if result.outcome.isComplete { break }
    }
    for pair in 0..<relay.plan.pairs
    where !pairing.isOpen(inbound: UInt64(2 * pair + 2), outbound: UInt64(2 * pair + 3)) {
      result.refused += 1
    }
    result.matched = result.outcome.matched
    return result
  }

  @Test func `500 quiet connections with different payloads are paired by one snapshot`() {
    for seed in 1...5 {
      let plan = SimulatedRelay.Plan(pairs: 500, asked: 100...100_000, answered: 1000...1_000_000, until: 3)
      let result = Self.pair(SimulatedRelay(plan, seed: seed), from: 20, snapshots: 1)
      #expect(result.matched == 500 && result.wrong == 0 && result.refused == 0)
      #expect(result.outcome.links.allSatisfy { $0.basis == MirrorLink.Basis.unique })
    }
  }

  @Test(arguments: 1...3)
  func `500 connections with equal payloads are told apart by when they move`(seed: Int) {
    let result = Self.pair(SimulatedRelay(.init(pairs: 500), seed: seed), from: 5, snapshots: 180)
    print("equal payloads: \(result.matched) of 500 in \(result.seconds) s, \(result.outcome.snapshots) snapshots")
    #expect(result.seconds <= 4.2)
    #expect(result.matched >= 450 && result.wrong == 0 && result.refused == 0)
  }

  @Test(arguments: 1...40)
  func `a true pair is never refused and no wrong one is claimed`(seed: Int) {
    var chance = SeededNumbers(UInt64(seed))
    var plan = SimulatedRelay.Plan(pairs: .random(in: 1...60, using: &chance), until: 4)
    if Bool.random(using: &chance) { plan.asked = 1...3 }
    if Bool.random(using: &chance) { plan.answered = 1...100_000 }
    plan.think = [0.0001...0.002, 0.01...0.1, 0.2...0.2001, 0.5...2][Int.random(in: 0..<4, using: &chance)]
    plan.hold = [0.000001...0.00001, 0.0001...0.002, 0.001...0.02][Int.random(in: 0..<3, using: &chance)]
    plan.stallOneIn = [0, 10, 100][Int.random(in: 0..<3, using: &chance)]
    plan.tick = [0.001, 0.004, 0.01][Int.random(in: 0..<3, using: &chance)]
    let pause = [0.0, 0.005, 0.05][Int.random(in: 0..<3, using: &chance)]
    let result = Self.pair(
      SimulatedRelay(plan, seed: seed), from: .random(in: 0.5...2, using: &chance), snapshots: 150, pause: pause)
    #expect(result.wrong == 0 && result.refused == 0, "\(plan)")
  }

  @Test(arguments: 1...8)
  func `connections without a partner are not paired with others'`(seed: Int) {
    let plan = SimulatedRelay.Plan(pairs: 60, strangers: 20)
    let result = Self.pair(SimulatedRelay(plan, seed: seed), from: 2, snapshots: 180)
    print("with strangers: \(result.matched) of 60, wrong \(result.wrong), \(result.seconds) s")
    #expect(result.wrong == 0 && result.refused == 0)
  }

  @Test func `a relay that changes bytes gets no pairs, and the outcome says so`() {
    for overhead in [1, 29] as [UInt64] {
      var plan = SimulatedRelay.Plan(pairs: 100, answered: 1000...100_000)
      plan.overhead = overhead
      let result = Self.pair(SimulatedRelay(plan, seed: 7), from: 3, snapshots: 150)
      #expect(result.matched == 0)
      #expect(result.outcome.notes.contains { $0.contains("changes the bytes") })
    }
  }

  @Test func `idle connections are as many candidates as there are`() {
    var plan = SimulatedRelay.Plan(pairs: 9, until: 0)
    plan.think = 100...101
    let result = Self.pair(SimulatedRelay(plan, seed: 1), from: 0.9, snapshots: 20)
    #expect(result.matched == 0)
    for link in result.outcome.links {
      #expect(link.basis == .several)
      #expect(link.candidates == 9)
      #expect(link.reason?.contains("9") == true)
    }
  }
}

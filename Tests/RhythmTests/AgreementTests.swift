import Rhythm
import SyntheticLogs
import Testing
import TestNumbers

@Suite struct AgreementTests {
  @Test func `a log of the same connections, a little later and in whole seconds, agrees`() {
    var numbers = SeededNumbers(11)
    let times = Poller(period: 1).requests(within: 600, &numbers)
    let log = SyntheticLog([times.map { $0 + 2.3 }], resolution: 1, pollers: []).times
    let seen = SyntheticLog([times], resolution: 0, pollers: []).times
    let answer = Rhythm.agreement(of: seen, with: log, resolution: 1, tolerance: 1, maximalLag: 5)
    #expect(answer.events > 550)
    #expect(answer.matched > 0.98)
    #expect(answer.otherMatched > 0.98)
    #expect(abs(answer.rate - 1) < 0.05)
    #expect(abs(answer.lag - 1.8) < 1.1)
  }

  @Test func `people's bursts agree only with themselves`() {
    var numbers = SeededNumbers(12)
    let kind = People(sessionsPerHour: 30, &numbers)
    let (mine, other) = (kind.requests(within: 36000, &numbers), kind.requests(within: 36000, &numbers))
    let same = Rhythm.agreement(of: mine, with: mine.map { $0 + 1 }, resolution: 0, tolerance: 0.5, maximalLag: 5)
    let strange = Rhythm.agreement(of: mine, with: other, resolution: 0, tolerance: 0.5, maximalLag: 5)
    #expect(same.matched == 1 && same.correlation > 0.95 && same.chanceAtMost < 0.5)
    #expect(strange.matched < 0.5 && strange.correlation < 0.5)
    #expect(strange.matched < strange.chanceAtMost * 2 + 0.05)
  }

  @Test func `nothing agrees with nothing`() {
    #expect(Rhythm.agreement(of: [], with: [1, 2], resolution: 1, tolerance: 1, maximalLag: 5).events == 0)
    #expect(Rhythm.agreement(of: [1], with: [1e12], resolution: 1, tolerance: 1, maximalLag: 5).matched == 0)
  }
}

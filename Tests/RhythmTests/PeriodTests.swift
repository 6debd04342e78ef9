import Foundation
import Rhythm
import SyntheticLogs
import Testing
import TestNumbers

/// The seeds from 1 to 2,000 were used while the method was made; those here were not.
@Suite struct PeriodTests {
  private func close(_ period: Period, _ seconds: Double) -> Bool { abs(period.seconds - seconds) <= seconds * 0.05 }

  @Test(arguments: [0, 0.1]) func `of 100 pollers among people 95 are found`(jitter: Double) {
    var missed: [UInt64] = []
    for seed in UInt64(10_001)...10_100 {
      let log = SyntheticLog.polled(seed: seed, jitter: jitter)
      let periods = Rhythm.periods(in: log.times, resolution: log.resolution)
      if !log.pollers.allSatisfy({ poller in periods.contains { close($0, poller.period) } }) { missed.append(seed) }
    }
    #expect(missed.count <= 5, "not found: \(missed)")
  }

  @Test func `in 100 logs of people alone nothing polls`() {
    let shown = (UInt64(10_001)...10_100).filter { seed in
      let log = SyntheticLog.unpolled(seed: seed)
      return !Rhythm.periods(in: log.times, resolution: log.resolution).isEmpty
    }
    #expect(shown.isEmpty)
  }

  private func log(_ pollers: [Poller], seconds: Double, resolution: Double, visits: Double = 4) -> [Double] {
    var numbers = SeededNumbers(99)
    let people = People(sessionsPerHour: visits, &numbers).requests(within: seconds, &numbers)
    let parts = pollers.map { $0.requests(within: seconds, &numbers) }
    return SyntheticLog(parts + [people], resolution: resolution, pollers: pollers).times
  }

  @Test(arguments: [0.5, 0.98, 1, 1.02]) func `a clockwork as fast as the time stamps is found`(period: Double) throws {
    let times = log([Poller(period: period, jitter: 0)], seconds: 3600, resolution: 1)
    let found = try #require(Rhythm.periods(in: times, resolution: 1).first)
    #expect(abs(found.seconds - period) < 0.01 * period)
    #expect(found.pollers == 1 && found.jitter < 0.05 && found.confidence > 0.99)
    #expect(abs(Double(found.count) - 3600 / period) < 0.1 * 3600 / period)
    let gaps = found.histogram
    #expect(gaps.map(\.count).reduce(0, +) > times.count * 9 / 10)
    #expect(gaps.max { $0.count < $1.count }.map { abs($0.seconds - period) <= 0.5 } == true)
  }

  @Test func `two different periods are told apart`() {
    let times = log([Poller(period: 10), Poller(period: 67)], seconds: 40_000, resolution: 1)
    let found = Rhythm.periods(in: times, resolution: 1)
    #expect(found.count == 2)
    #expect(found.contains { close($0, 10) && $0.pollers == 1 })
    #expect(found.contains { close($0, 67) && $0.pollers == 1 })
  }

  @Test(arguments: [2, 3, 5]) func `pollers of the same period are counted`(count: Int) throws {
    let pollers = (0..<count).map { _ in Poller(period: 60, jitter: 0.02, kind: .ofSchedule) }
    let found = try #require(
      Rhythm.periods(in: log(pollers, seconds: 36_000, resolution: 0.001), resolution: 0.001).first)
    #expect(close(found, 60))
    #expect(found.pollers == count)
  }

  @Test func `hours in which a poller is off are missed events, not another period`() throws {
    let times = log([Poller(period: 30, jitter: 0.05, off: 0.4)], seconds: 86_400, resolution: 1)
    let found = Rhythm.periods(in: times, resolution: 1)
    let period = try #require(found.first)
    #expect(found.count == 1 && close(period, 30))
    // Of 2,880 it was off for 1,152, the first part of which comes before its first event.
    #expect((600...1200).contains(period.missed))
    #expect((1500...1900).contains(period.count))
    #expect(period.first >= times[0] && period.last <= SyntheticLog.epoch + 86_400)
  }

  @Test func `a page's script that asks again after the same time is no poller`() {
    var numbers = SeededNumbers(5)
    var people = People(sessionsPerHour: 60, &numbers)
    (people.scripted, people.scriptDelay) = (1, 5)
    let log = SyntheticLog([people.requests(within: 86_400, &numbers)], resolution: 0.001, pollers: [])
    #expect(Rhythm.periods(in: log.times, resolution: log.resolution).isEmpty)
  }

  @Test func `odd input has no period`() {
    #expect(Rhythm.periods(in: [], resolution: 1).isEmpty)
    #expect(Rhythm.periods(in: Array(repeating: 1e9, count: 10_000), resolution: 1).isEmpty)
    #expect(Rhythm.periods(in: [0, 1e300, .infinity], resolution: .nan).isEmpty)
    #expect(Rhythm.periods(in: Array(repeating: .nan, count: 100), resolution: 0).isEmpty)
    #expect(Rhythm.periods(in: (0..<100).map { Double(-$0) }, resolution: -1).isEmpty)
  }
}

/// Pollers told apart: by when, by how many at a time, and of few events.
@Suite struct PollersTests {
  @Test(arguments: [1, 1.02, 1.5]) func `75 requests in whole seconds are enough`(period: Double) throws {
    let times = (0..<75).map { (1_795_833_480.3 + Double($0) * period).rounded(.down) }
    let found = try #require(Rhythm.pollers(in: times, resolution: 1).first)
    #expect(abs(found.seconds / period - 1) < 0.015, "\(found.seconds)")
  }

  @Test(arguments: [3600.0, 86_400]) func `jobs of hours and days are found by a few times`(period: Double) throws {
    let times = (0..<8).map { 1_795_833_480 + Double($0) * period + Double($0 * 7 % 3) }
    let found = try #require(Rhythm.pollers(in: times, resolution: 1).first)
    #expect(abs(found.seconds / period - 1) < 0.001 && found.count == 8)
  }

  @Test func `every 5 s and every 7 s is not every 3 s`() {
    let times = ((0..<600).map { Double($0 * 5) } + (0..<428).map { Double($0 * 7) }).sorted()
    let found = Rhythm.pollers(in: times, resolution: 1)
    #expect(found.map { $0.seconds.rounded() }.sorted() == [5, 7])
  }

  @Test(arguments: [(2.0, 3.0), (3, 7), (11, 15), (66, 85), (5, 72), (2, 191), (40, 293)])
  func `two clockworks at once are both told, and no third one`(_ pair: (Double, Double)) {
    let seconds = 200 * max(pair.0, pair.1)
    for phase in [0.2, 0.7] {
      var times: [Double] = []
      for period in [pair.0, pair.1] {
        for number in 0..<Int(seconds / period) {
          let time: Double = 1_795_833_480 + (phase + Double(number)) * period
          times.append(time.rounded(.down))
        }
      }
      times.sort()
      let found = Rhythm.pollers(in: times, resolution: 1).map(\.seconds).sorted()
      #expect(found.count == 2 && zip(found, [pair.0, pair.1]).allSatisfy { abs($0 / $1 - 1) < 0.05 }, "\(found)")
    }
  }

  @Test func `a change of the pace gives both periods, the last one first`() throws {
    let times = (0..<1000).map { Double($0 * 60) } + (0..<2000).map { Double(60_000 + $0) }
    let found = Rhythm.pollers(in: times, resolution: 1)
    #expect(found.map { $0.seconds.rounded() } == [1, 60])
    #expect(abs((found.first?.first ?? 0) - 60_000) < 61)
  }

  @Test func `in 300 logs of people nothing polls`() {
    var wrong = 0
    for seed in 0..<300 {
      var numbers = SeededNumbers(UInt64(7000 + seed))
      let kind = People(sessionsPerHour: 6, &numbers)
      let log = SyntheticLog([kind.requests(within: 86_400, &numbers)], resolution: 1, pollers: [])
      if !Rhythm.pollers(in: log.times, resolution: 1).isEmpty { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func `odd input gives nothing`() {
    for times in [[], [1], [1, 1, 1, 1, 1, 1, 1, 1], [0, 1e12, 2e12], [Double](repeating: 5, count: 500)] {
      #expect(Rhythm.pollers(in: times, resolution: 1).isEmpty)
    }
  }
}

/// One poller of a second, whose times fall anywhere within the second, on a machine that is now quick and now busy.
@Suite struct SecondPollerTests {
  private func stamps(_ seed: Int, count: Int, phase: Double, delay: Double) -> [Double] {
    var numbers = SeededNumbers(UInt64(900 + seed))
    return (0..<count).map { number -> Double in
      (1_795_833_480 + phase + Double(number) + Double.random(in: 0...delay, using: &numbers)).rounded(.down)
    }.sorted()
  }

  @Test(arguments: [0.0, 0.004, 0.04, 0.16])
  func `a poller of a second is found wherever in the second it falls`(delay: Double) {
    var unseen = 0
    for seed in 0..<40 {
      for count in [70, 90, 300] {
        let times = stamps(seed, count: count, phase: Double(seed) / 40, delay: delay)
        guard let found = Rhythm.pollers(in: times, resolution: 1).first else {
          unseen += 1
          continue
        }
        #expect(abs(found.seconds - 1) < 0.01, "\(seed) \(count): \(found.seconds)")
      }
    }
    #expect(unseen <= 2)
  }

  @Test func `people who come once a second on average are no poller`() {
    var wrong = 0
    for seed in 0..<200 {
      var numbers = SeededNumbers(UInt64(seed))
      var time = 1_795_833_480.0
      let times = (0..<(seed % 2 == 0 ? 50 : 200)).map { _ -> Double in
        // Exponential gaps with a mean of a second; half of the logs have steadier ones.
        let gap = -Foundation.log(Double.random(in: 1e-9...1, using: &numbers))
        time += seed % 4 < 2 ? gap : 0.4 + 0.6 * gap
        return time.rounded(.down)
      }
      if !Rhythm.pollers(in: times, resolution: 1).isEmpty { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}

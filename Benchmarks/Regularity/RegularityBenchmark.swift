import Rhythm
import SyntheticLogs
import TestNumbers

/// Counts how many pollers are found and how many are seen where there is none, and how long that takes.
///
///     RegularityBenchmark [FIRST-SEED [LOGS [all]]]     `all` shows each log that went wrong
///     RegularityBenchmark periods [FIRST [ROW [all]]]   what `headwater logs` says of whole logs: Benchmarks/periods.md
@main struct RegularityBenchmark {
  static func main() {
    if CommandLine.arguments.dropFirst().first == "periods" {
      let words = CommandLine.arguments.dropFirst(2)
      return PeriodTable(first: words.first.flatMap { UInt64($0) } ?? 30_001).print(only: words.dropFirst().first)
    }
    let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    let first = words.first ?? 1
    let logs = words.dropFirst().first ?? 100
    print("| logs | of | found | others shown |\n| --- | --- | --- | --- |")
    for jitter in [0, 0.02, 0.1] {
      var (found, others) = (0, 0)
      for seed in first..<first + logs {
        let log = SyntheticLog.polled(seed: seed, jitter: jitter)
        let periods = Rhythm.periods(in: log.times, resolution: log.resolution)
        let wanted = log.pollers.map(\.period)
        let isFound = wanted.allSatisfy { want in periods.contains { abs($0.seconds - want) <= want * 0.05 } }
        if isFound { found += 1 } else if CommandLine.arguments.count > 3 { explain(seed, log, periods) }
        let extra = periods.filter { period in !wanted.contains { abs(period.seconds - $0) <= $0 * 0.05 } }
        if !extra.isEmpty {
          others += 1
          if CommandLine.arguments.count > 3, isFound { explain(seed, log, periods) }
        }
      }
      print("| a poller with \(Int(jitter * 100)) % jitter and people | \(logs) | \(found) | \(others) |")
    }
    var shown = 0
    for seed in first..<first + logs {
      let log = SyntheticLog.unpolled(seed: seed)
      let periods = Rhythm.periods(in: log.times, resolution: log.resolution)
      if !periods.isEmpty {
        shown += 1
        if CommandLine.arguments.count > 3 { explain(seed, log, periods) }
      }
    }
    print("| people alone | \(logs) | | \(shown) |")
    speed()
  }

  private static func explain(_ seed: UInt64, _ log: SyntheticLog, _ periods: [Period]) {
    let length = (log.times.last ?? 0) - (log.times.first ?? 0)
    print("seed \(seed): \(log.times.count) events in \(Int(length)) s, resolution \(log.resolution), \(log.pollers)")
    for period in periods {
      print("   \(period.seconds) jitter \(period.jitter) count \(period.count) pollers \(period.pollers)")
    }
  }

  private static func speed() {
    var numbers = SeededNumbers(1)
    let poller = Poller(period: 1).requests(within: 700_000, &numbers)
    let people = People(sessionsPerHour: 400, &numbers).requests(within: 700_000, limit: 600_000, &numbers)
    let log = SyntheticLog([poller, people], resolution: 1, pollers: [])
    let began = ContinuousClock.now
    let periods = Rhythm.periods(in: log.times, resolution: 1)
    let found = periods.map { "\($0.count) at \($0.seconds) s" }.joined(separator: ", ")
    print("\n\(log.times.count) events: \(ContinuousClock.now - began), \(found)")
  }
}

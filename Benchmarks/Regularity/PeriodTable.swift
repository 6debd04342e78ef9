import AccessLogs
import Flows
import SyntheticLogs
import TestNumbers

/// Whole logs, written as lines of the combined format and read as `headwater logs` reads them, and what it says of who
/// is regular in them. The truth is known, because the logs are made here.
struct PeriodTable {
  /// The first seed; the method was made with others.
  let first: UInt64

  /// One log, and the periods that are really in it, the latest first.
  private struct Sample {
    var lines: [(time: Double, client: String, path: String)]
    var periods: [Double] = []
    /// Whether all periods run at once, or one after the other.
    var isOverlaid = true
  }

  private struct Result {
    var found = 0
    /// Logs with a period that is none of theirs.
    var wrong = 0
  }

  private struct Row {
    var name: String
    var count: UInt64 = 100
    var target = "found"
    var tolerance = 0.05
    var make: (UInt64) -> Sample
  }

  private static var rows: [Row] {
    [
      Row(name: "people alone: at one address, or at 200", count: 1000, target: "0 wrong") { people($0) },
      Row(name: "a poller of 0.5 s to 1 h, people at the same address", target: "95 found") { polled($0, jitter: 0) },
      Row(name: "the same with 2 % jitter", target: "95 found") { polled($0, jitter: 0.02) },
      Row(name: "the same with 10 % jitter", target: "95 found") { polled($0, jitter: 0.1) },
      Row(name: "75 requests, one every 1.00 s", tolerance: 0.01) { few($0, period: 1) },
      Row(name: "75 requests, one every 1.02 s", tolerance: 0.01) { few($0, period: 1.02) },
      Row(name: "one every 1 s through 150 edges of a CDN") { edges($0) },
      Row(name: "two pollers of one client, overlaid") { overlaid($0) },
      Row(name: "a period that changes in the middle", target: "found, in order") { changed($0) },
    ]
  }

  /// - Parameter only: a part of the names of the rows that are wanted; nil for all.
  func print(only: String? = nil) {
    var lines = [
      "# Periods of whole logs", "",
      "What `headwater logs` says of logs that were made for it: lines of the combined format in whole seconds, seeds"
        + " \(first) on, by",
      "`swift run -c release RegularityBenchmark periods`. Found: every period of the log, within 5 % (1 % of 1.00 and",
      "1.02 s). Wrong: logs of which a period is shown that is none of theirs.", "",
      "| logs | of | found | wrong | target |", "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in Self.rows where only.map(row.name.contains) ?? true {
      let result = measure(row)
      let found = row.target == "0 wrong" ? "-" : "\(result.found)"
      lines.append("| \(row.name) | \(row.count) | \(found) | \(result.wrong) | \(row.target) |")
    }
    Swift.print(lines.joined(separator: "\n"))
  }

  private func measure(_ row: Row) -> Result {
    var result = Result()
    for seed in first..<first + row.count {
      let sample = row.make(seed)
      let told = Self.told(of: sample)
      let isClose = { (one: Double, other: Double) in abs(one - other) <= row.tolerance * other }
      let all = told.flatMap(\.self)
      if all.contains(where: { one in !sample.periods.contains { isClose(one, $0) } }) { result.wrong += 1 }
      if sample.isOverlaid {
        if sample.periods.allSatisfy({ want in all.contains { isClose($0, want) } }) { result.found += 1 }
      } else if told.contains(where: { $0.count == 2 && zip($0, sample.periods).allSatisfy(isClose) }) {
        result.found += 1
      }
      if CommandLine.arguments.contains("all"),
        !sample.periods.allSatisfy({ want in all.contains { isClose($0, want) } })
          || all.count > sample.periods.count
      {
        Swift.print("seed \(seed): \(sample.lines.count) lines, \(sample.periods), told \(told)")
      }
    }
    return result
  }

  /// The periods of each visit that is told to be regular: the latest, and then those before.
  private static func told(of sample: Sample) -> [[Double]] {
    var text: [UInt8] = []
    for line in sample.lines.sorted(by: { $0.time < $1.time }) {
      text +=
        "\(line.client) - - [\(stamp(line.time)) +0000] \"GET \(line.path) HTTP/1.1\" 200 512 \"-\" \"agent/1.0\"\n"
        .utf8
    }
    var survey = LogSurvey()
    survey.read(text, site: "site")
    var options = LogReportOptions()
    let edges = IPAddress("162.158.0.0").flatMap { Prefix($0, length: 15) }
    options.addressSet = { edges?.contains($0) == true ? "cloudflare" : nil }
    return survey.document(options).regular.compactMap { visit in
      visit.period.map { [$0.seconds] + (visit.earlier ?? []).map(\.seconds) }
    }
  }

  private static func stamp(_ time: Double) -> String {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    let (days, second) = (Int(time) / 86400, Int(time) % 86400)
    // The civil date of a day since 1970 (H. Hinnant, days_from_civil).
    let shifted = days + 719_468
    let era = shifted / 146_097
    let day = shifted - era * 146_097
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
    let ofYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let date = ofYear - (153 * month + 2) / 5 + 1
    let number = month < 10 ? month + 3 : month - 9
    return "\(two(date))/\(names[number - 1])/\(year + era * 400 + (number <= 2 ? 1 : 0)):"
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
  }

  /// People behind one address who ask for one path, or at 200 addresses and 30 paths.
  private static func people(_ seed: UInt64) -> Sample {
    var numbers = SeededNumbers(seed)
    let isOne = seed % 2 == 0
    return Sample(
      lines: SyntheticLog.unpolled(seed: seed).times.map { time in
        let client = isOne ? 7 : Int.random(in: 1...200, using: &numbers)
        let path = isOne ? "/" : "/page/\(Int.random(in: 1...30, using: &numbers))"
        return (time, "203.0.113.\(client)", path)
      })
  }

  private static func polled(_ seed: UInt64, jitter: Double) -> Sample {
    let log = SyntheticLog.polled(seed: seed, jitter: jitter)
    return Sample(lines: log.times.map { ($0, "203.0.113.7", "/api/v1") }, periods: log.pollers.map(\.period))
  }

  private static func times(_ period: Double, count: Int, from start: Double) -> [Double] {
    (0..<count).map { start + Double($0) * period }
  }

  private static func few(_ seed: UInt64, period: Double) -> Sample {
    let start = SyntheticLog.epoch + Double(seed % 100) / 100
    return Sample(
      lines: times(period, count: 75, from: start).map { ($0, "203.0.113.7", "/api/v1") }, periods: [period])
  }

  private static func edges(_ seed: UInt64) -> Sample {
    var numbers = SeededNumbers(seed)
    let start = SyntheticLog.epoch + Double(seed % 100) / 100
    return Sample(
      lines: times(1, count: 3600, from: start).map { time in
        (time, "162.158.90.\(Int.random(in: 1...150, using: &numbers))", "/api/v1")
      }, periods: [1])
  }

  /// Two periods from 2 s to 5 min, neither near a multiple of the other, for as long as the slower takes for 200
  /// requests.
  private static func overlaid(_ seed: UInt64) -> Sample {
    var numbers = SeededNumbers(seed)
    let (one, other) = pair(&numbers)
    let seconds = 200 * max(one, other)
    let lines = [one, other].flatMap { period in
      times(period, count: Int(seconds / period), from: SyntheticLog.epoch + numbers.between(0, period))
    }
    return Sample(lines: lines.map { ($0, "203.0.113.7", "/api/v1") }, periods: [one, other])
  }

  private static func changed(_ seed: UInt64) -> Sample {
    var numbers = SeededNumbers(seed)
    let (one, other) = pair(&numbers)
    let seconds = 200 * max(one, other)
    let before = times(one, count: Int(seconds / one), from: SyntheticLog.epoch + numbers.between(0, one))
    let after = times(other, count: Int(seconds / other), from: (before.last ?? 0) + numbers.between(1, other + 1))
    return Sample(
      lines: (before + after).map { ($0, "203.0.113.7", "/api/v1") }, periods: [other, one], isOverlaid: false)
  }

  /// Whole seconds, as people configure pollers.
  private static func pair(_ numbers: inout SeededNumbers) -> (Double, Double) {
    while true {
      let (one, other) = (numbers.logarithmic(2, 300).rounded(), numbers.logarithmic(2, 300).rounded())
      let ratio = max(one, other) / min(one, other)
      if ratio > 1.2, abs(ratio - ratio.rounded()) > 0.1 { return (one, other) }
    }
  }
}

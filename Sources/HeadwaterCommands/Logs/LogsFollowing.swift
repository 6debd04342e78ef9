internal import AccessLogs
internal import Flows
internal import LinuxSystem

/// Reads logs as they grow, and says each interval what came.
struct LogsFollowing {
  let series: [LogSeries]
  let formats: [CustomFormat]
  let interval: Double
  let report: LogReportOptions

  /// More logs than this can't be held open.
  private static let limit = 500

  /// Until a signal ends it.
  func run(_ show: (LogsDocument) throws -> Void) throws {
    guard series.count <= Self.limit else {
      throw CommandFailure(.usage, "--follow takes up to \(Self.limit) logs, not \(series.count)")
    }
    guard !series.contains(where: { $0.path == "-" }) else {
      throw CommandFailure(.usage, "--follow needs a file: standard input can't be followed")
    }
    let signals = try Signals()
    let followers = series.map { Following($0, formats) }
    var isEnding = false
    while !isEnding {
      let began = SystemClock.now()
      var survey = LogSurvey(periods: LogPeriods(), formats: formats)
      let end = MonotonicClock.seconds + interval
      while !isEnding, MonotonicClock.seconds < end {
        let wait = min(0.25, max(0, end - MonotonicClock.seconds))
        if Readiness.wait(readable: signals.descriptor, seconds: wait) {
          isEnding = signals.read().contains(where: \.endsProgram)
          if isEnding { signals.endByDefault() }
        }
        for follower in followers { follower.follower.poll(into: &survey) }
      }
      var options = report
      options.elapsed = max(SystemClock.now() - began, 0.001)
      var document = survey.document(options)
      document.since = SystemClock.text(began)
      document.until = SystemClock.text(SystemClock.now())
      document.files = series.map { LogsFile(path: $0.path, size: 0, site: $0.site) }
      for follower in followers {
        if let failure = follower.follower.failure { document.notes.append("\(failure)") }
      }
      try show(document)
    }
  }

  /// A follower that can be in a list.
  private final class Following {
    var follower: LogFollower
    init(_ series: LogSeries, _ formats: [CustomFormat]) { follower = LogFollower(series, formats: formats) }
  }
}

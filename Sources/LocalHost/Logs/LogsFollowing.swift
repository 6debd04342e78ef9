internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Questions
internal import Synchronization

/// Reads logs as they grow. Each result has what was added since the last one.
final class LogsFollowing: LogsWork {
  /// How many logs are held open at most.
  static let limit = 500

  private struct State: ~Copyable {
    var followers: [Following]
    var survey: LogSurvey
    /// The same logs, of which everything is remembered since the beginning: what is regular shows over many intervals only.
    var rememberers: [Following]
    var memory: LogSurvey
    let start = SystemClock.now()
    var began = SystemClock.now()
  }

  private let task: LogsTask
  private let state: Mutex<State>

  init(_ task: LogsTask) throws {
    guard task.series.count <= Self.limit else {
      throw LocalRefusal(.failed, "up to \(Self.limit) logs can be followed, not \(task.series.count)")
    }
    self.task = task
    func following() -> [Following] { task.series.map { Following($0, task.formats) } }
    state = Mutex(
      State(
        followers: following(), survey: Self.survey(task), rememberers: following(), memory: Self.survey(task)))
  }

  private static func survey(_ task: LogsTask) -> LogSurvey {
    LogSurvey(periods: LogPeriods(), formats: task.formats, forwarder: task.report.isForwarder)
  }

  func next(within seconds: Double, isLast: Bool, mustStop: () -> Bool) throws -> LogsPart {
    let begin = state.withLock { $0.began }
    while true {
      state.withLock { state in
        for follower in state.followers { follower.follower.poll(into: &state.survey) }
        for follower in state.rememberers { follower.follower.poll(into: &state.memory) }
      }
      let left = begin + seconds - SystemClock.now()
      if left <= 0 || isLast || mustStop() { break }
      _ = Readiness.wait(readable: [], seconds: min(0.25, left))
    }
    return state.withLock { state in
      let now = SystemClock.now()
      var options = task.report
      options.elapsed = max(now - state.began, 0.001)
      for (series, one) in zip(task.series, state.followers) {
        let counts = one.follower.takeCounts()
        state.survey.add(series, counts, position: one.follower.position, failure: one.follower.failure)
      }
      var part = task.part(&state.survey, options)
      part.document?.since = SystemClock.text(state.began)
      part.document?.until = SystemClock.text(now)
      var whole = task.report
      whole.elapsed = max(now - state.start, 0.001)
      if let own = part.document?.regular {
        part.document?.regular = own + Self.regular(in: &state.memory, whole, besides: own, now)
      }
      part.document?.notes += state.followers.compactMap { $0.follower.failure.map { "\($0)" } }
      state.survey = Self.survey(task)
      state.began = now
      return part
    }
  }

  /// Who is regular by all that was read since the beginning, and still is.
  private static func regular(
    in memory: inout LogSurvey, _ options: LogReportOptions, besides known: [LogsVisit], _ now: Double
  ) -> [LogsVisit] {
    memory.document(options).regular.filter { visit in
      guard let period = visit.period, let last = visit.last,
        let least = SystemClock.text(now - max(60, 3 * period.seconds)), last >= least
      else { return false }
      return !known.contains { $0.client == visit.client && $0.site == visit.site && $0.path == visit.path }
    }
  }

  func end() {}

  /// A follower as a reference, so that it can be an element of a list.
  private final class Following {
    var follower: LogFollower
    init(_ series: LogSeries, _ formats: [CustomFormat]) { follower = LogFollower(series, formats: formats) }
  }
}

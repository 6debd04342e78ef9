internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Questions
internal import Synchronization

/// Reads logs once, from start to end, on a separate thread.
final class LogsReading: LogsWork {
  private struct State {
    var isEnding = false
    var part: LogsPart?
  }

  private let state = Mutex(State())
  private let isReady: WakePipe

  init(_ task: LogsTask) throws {
    isReady = try WakePipe()
    let isStarted = Companion.start { [self] in
      let part = read(task)
      state.withLock { $0.part = part }
      isReady.wake()
    }
    guard isStarted else { throw LocalRefusal(.failed, "there is no thread to read logs on") }
  }

  func next(within seconds: Double, isLast: Bool, mustStop: () -> Bool) throws -> LogsPart {
    let begin = MonotonicClock.seconds
    while true {
      let isEnding = isLast || mustStop()
      if isEnding { end() }
      if let part = state.withLock({ $0.part }) { return part }
      // The reader notices the end within one piece of a file, which is soon.
      let left = isEnding ? .infinity : begin + seconds - MonotonicClock.seconds
      if left <= 0 { return LogsPart() }
      _ = try isReady.wait(.milliseconds(Int(min(left, 0.1) * 1000) + 1))
    }
  }

  func end() { state.withLock { $0.isEnding = true } }

  private var isEnding: Bool { state.withLock { $0.isEnding } }

  private func read(_ task: LogsTask) -> LogsPart {
    var survey = survey(task, Self.periods(task))
    // If some time stamps come from a wrong clock, everything is read once more and they are counted separately.
    if !isEnding, !task.series.contains(where: { $0.path == "-" }), let closer = survey.narrowerPeriods() {
      survey = self.survey(task, closer)
    }
    var part = task.part(&survey, task.report)
    part.document?.notes += task.notes
    if isEnding { part.document?.notes.append("ended early by a signal: not everything was read") }
    return part
  }

  private func survey(_ task: LogsTask, _ periods: LogPeriods) -> LogSurvey {
    var survey = LogSurvey(periods: periods, formats: task.formats, forwarder: task.report.isForwarder)
    for series in task.series where !isEnding { survey.read(series) { !isEnding } }
    return survey
  }

  /// The periods to count and to compare: the window and the time before it, or the end of the logs and the time before
  /// that.
  private static func periods(_ task: LogsTask) -> LogPeriods {
    let now = SystemClock.now()
    var periods = LogPeriods()
    if task.since != nil || task.until != nil {
      periods = LogPeriods(since: task.since, until: task.until, now: now)
    } else if let span = LogSpan(task.series, formats: task.formats) {
      periods = LogPeriods(comparingWithin: span.first, min(span.last, now))
    }
    periods.refuseFuture(of: now)
    return periods
  }
}

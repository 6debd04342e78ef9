internal import Flows
internal import LinuxSystem
internal import Sessions
internal import Questions
internal import Views

/// Several hosts in one view.
extension TopRequest {
  private func begin(_ group: HostGroup) async throws -> LiveIntervals {
    let intervals = LiveIntervals(group.vantage)
    try await intervals.begin()
    if output.isVerbose { Console.report("measuring on all hosts") }
    return intervals
  }

  /// One interval as a table; a signal ends it early.
  func table(_ group: HostGroup) async throws {
    let intervals = try await begin(group)
    let (seconds, table, style) = (seconds ?? 2, table, output.style)
    let isEnding = try await Self.untilSignal {
      Console.print(table.lines(try await intervals.next(after: seconds)), style)
    }
    if isEnding { Console.print(table.lines(try await intervals.next(after: 0)), style) }
  }

  /// A line of JSON per interval, until the time is over or a signal ends it.
  func lines(_ group: HostGroup) async throws {
    let step = interval
    let intervals = try await begin(group)
    let end = MonotonicClock.seconds + (seconds ?? .infinity)
    let isEnding = try await Self.untilSignal {
      while true {
        let left = end - MonotonicClock.seconds
        let interval = try await intervals.next(after: min(step, max(left, 0)))
        Console.print(try Document(interval, isPretty: false))
        if left <= step + 0.001 { return }
      }
    }
    if isEnding { Console.print(try Document(try await intervals.next(after: 0), isPretty: false)) }
  }

  /// Whether a signal ended `body`; what was counted until then is still to be had.
  private static func untilSignal(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
    let outcome = try await Interruption.cancelling { () async -> Result<Bool, any Error> in
      do {
        try await body()
        return .success(false)
      } catch {
        return Task.isCancelled ? .success(true) : .failure(error)
      }
    }
    return try outcome.get()
  }

  /// The live view.
  func show(_ group: HostGroup) async throws {
    let intervals = try await begin(group)
    let end = seconds.map { MonotonicClock.seconds + $0 }
    let step = interval
    // The first answer comes soon, whatever the interval.
    var wait = min(1, step)
    // The hosts themselves keep the time, so that their intervals end together.
    try TopLoop.run(state, style: output.style, every: 0, stop: { intervals.stop() }) {
      if let end, MonotonicClock.seconds >= end { return nil }
      defer { wait = step }
      return try intervals.waitForNext(after: min(wait, end.map { max(0, $0 - MonotonicClock.seconds) } ?? wait))
    }
  }
}

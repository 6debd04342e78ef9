internal import Flows
internal import LinuxSystem
internal import Vantage
internal import Views

/// Several hosts in one view.
extension TopCommand {
  func begin(_ group: HostGroup) async throws -> LiveIntervals {
    let intervals = LiveIntervals(group.vantage)
    try await intervals.begin()
    if options.verbose { Console.report("measuring on all hosts") }
    return intervals
  }

  /// One interval as a table; a signal ends it early.
  func table(_ group: HostGroup, _ table: TopTable) async throws {
    let intervals = try await begin(group)
    let (seconds, style) = (window?.seconds ?? 2, options.style)
    let isEnding = try await Self.untilSignal {
      let interval = try await intervals.next(after: seconds)
      Console.print(table.lines(interval), style)
    }
    if isEnding { Console.print(table.lines(try await intervals.next(after: 0)), style) }
  }

  /// A line of JSON per interval, until the time is over or a signal ends it.
  func lines(_ group: HostGroup) async throws {
    let seconds = interval.seconds
    let length = window?.seconds ?? (once ? seconds : .infinity)
    let intervals = try await begin(group)
    let end = MonotonicClock.seconds + length
    let isEnding = try await Self.untilSignal {
      while true {
        let left = end - MonotonicClock.seconds
        let interval = try await intervals.next(after: min(seconds, max(left, 0)))
        Console.print(try Document(interval, isPretty: false))
        if left <= seconds + 0.001 { return }
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
  func show(_ group: HostGroup, _ state: TopState) async throws {
    let intervals = try await begin(group)
    let end = window.map { MonotonicClock.seconds + $0.seconds }
    let seconds = interval.seconds
    // The first answer comes soon, whatever the interval.
    var wait = min(1, seconds)
    // The hosts themselves keep the time, so that their intervals end together.
    try TopLoop.run(state, style: options.style, every: 0, stop: { intervals.stop() }) {
      if let end, MonotonicClock.seconds >= end { return nil }
      defer { wait = seconds }
      return try intervals.waitForNext(after: min(wait, end.map { max(0, $0 - MonotonicClock.seconds) } ?? wait))
    }
  }
}

internal import AddressSets
internal import Fleet
internal import Flows
internal import History
internal import LinuxSystem
internal import LocalHost
internal import Questions
internal import Sessions
internal import Tracing
internal import Views
internal import Watch

/// Measures without gaps, and writes each minute when it is over.
final class Recorder {
  /// The longest interval in seconds. A shorter one costs more, and names more of what ends soon.
  private static let interval = 5.0

  var settings: WatchSettings
  private let vantage: LocalVantage
  private let intervals: LiveIntervals
  private let store: HistoryStore
  private let sets: AddressSets
  private let isVerbose: Bool
  private let signals: WatchSignals
  private var sum = MinuteSum()
  /// The minute that is being measured, since 1970.
  private var minute: Int64
  private var lastProblem: String?
  /// The interfaces that led away when the minute before ended.
  private var uplinks: Uplinks?

  init(
    _ vantage: LocalVantage, _ store: HistoryStore, _ settings: WatchSettings, _ sets: AddressSets, isVerbose: Bool,
    signals: WatchSignals
  ) async throws {
    (self.vantage, self.store, self.settings, self.sets) = (vantage, store, settings, sets)
    (self.isVerbose, self.signals) = (isVerbose, signals)
    intervals = LiveIntervals(vantage, isJoined: false)
    uplinks = Uplinks(try await vantage.inventory())
    try await intervals.begin()
    minute = Self.minute(SystemClock.now())
  }

  private static func minute(_ seconds: Double) -> Int64 { Int64((seconds / 60).rounded(.down)) }

  /// Measures the next interval, up to the end of the minute at most; false when the watch is to end.
  func step() async throws -> Bool {
    let now = SystemClock.now()
    let left = Double(minute + 1) * 60 - now
    // Where the clock was set, the minute ends now.
    let isOver = left <= 0 || left > 60
    let seconds = isOver ? 0 : min(left, Self.interval)
    let intervals = intervals
    let task = Task { try await intervals.next(after: seconds) }
    signals.onEnd { task.cancel() }
    defer { signals.onEnd(nil) }
    do { sum.add(try await task.value) } catch {
      // What was counted meanwhile stays for the last interval.
      guard signals.mustEnd else { throw error }
      return false
    }
    if Self.minute(SystemClock.now()) != minute {
      await write()
      minute = Self.minute(SystemClock.now())
    }
    return !signals.mustEnd
  }

  /// Writes what was measured of the last minute.
  func finish() async throws {
    sum.add(try await intervals.next(after: 0, isLast: true))
    await write()
  }

  /// Writes the minute. What can't be written is said once, and the watch goes on: a full disk has room again some day.
  private func write() async {
    defer { sum = MinuteSum() }
    guard let interval = sum.interval, interval.seconds > 0.05 else { return }
    do {
      let written = try await rows(interval)
      try store.write(written, limits: HistoryStore.Limits(bytes: settings.bytes, days: settings.days))
      if lastProblem != nil { Console.report("the history is written again") }
      lastProblem = nil
      guard isVerbose else { return }
      let bytes = written.accounts.filter(\.isUplink).reduce(0) { $0 + $1.total.bytes }
      Console.report("wrote \(written.rows.count) rows, \(Units(.bytes).amount(bytes))")
    } catch {
      if lastProblem != "\(error)" { Console.report("this minute is not in the history: \(error)") }
      lastProblem = "\(error)"
    }
  }

  private func rows(_ interval: Interval) async throws -> HistoryMinute {
    let inventory = try await vantage.inventory()
    let current = Uplinks(inventory)
    defer { uplinks = current ?? uplinks }
    guard let uplinks = current?.including(uplinks) else {
      throw CommandFailure(.noAnswer, "the interfaces of this host can't be seen")
    }
    let signals = signals
    let tracer = Tracer(vantage, mustStop: { signals.mustEnd })
    return try await MinuteRows(interval, uplinks).minute(minute, tracer, inventory, sets: sets)
  }
}

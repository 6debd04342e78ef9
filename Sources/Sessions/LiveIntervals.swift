public import Flows
internal import LinuxSystem
public import Questions
internal import Synchronization
internal import Tracing

/// Intervals of a host without gaps between them; with several hosts, each interval also has the traffic by pairs of
/// hosts.
public final class LiveIntervals: Sendable {
  fileprivate struct State {
    var inventory: Inventory?
    var inventoryTime = 0.0
    var isAsking = false
    var task: Task<Void, Never>?
    var isStopped = false
  }

  /// After how many seconds addresses and containers are read again.
  private static let inventoryAge = 10.0

  private let vantage: any Vantage
  private let isJoined: Bool
  private let state = Mutex(State())
  private let translations = TalkTranslations()
  /// Local windows block their threads, so they get separate ones.
  private let threads = OwnThreads(limit: 64)

  /// - Parameter isJoined: whether the vantage is several hosts.
  public init(_ vantage: any Vantage, isJoined: Bool) {
    self.vantage = vantage
    self.isJoined = isJoined
  }

  /// Begins counting on all hosts.
  public func begin() async throws {
    try await withTaskExecutorPreference(threads) {
      if isJoined {
        let inventory = try await vantage.inventory()
        state.withLock { $0.take(inventory) }
      }
      try await vantage.beginIntervals()
    }
  }

  /// The traffic since the last interval, once `seconds` have passed since then.
  ///
  /// - Parameter isLast: whether this is the last interval.
  public func next(after seconds: Double, isLast: Bool = false) async throws -> Interval {
    try await withTaskExecutorPreference(threads) {
      if isJoined { refreshInventory() }
      var interval = try await vantage.nextInterval(after: seconds, isLast: isLast)
      if let inventory = state.withLock({ $0.inventory }) {
        let rows = try await translations.rows(of: interval, vantage)
        interval.talks = HostTalks(interval, inventory, rows: rows)
      }
      return interval
    }
  }

  /// The traffic since the last interval, as `next` returns it, for a thread that may block; nil once it was stopped.
  public func waitForNext(after seconds: Double) throws -> Interval? {
    let isReady = try WakePipe()
    let outcome = Mutex<Result<Interval, any Error>?>(nil)
    let task = Task(executorPreference: threads) {
      let result: Result<Interval, any Error>
      do { result = .success(try await self.next(after: seconds)) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
      isReady.wake()
    }
    let isStopped = state.withLock { state in
      state.task = task
      return state.isStopped
    }
    if isStopped { task.cancel() }
    while true {
      if let result = outcome.withLock({ $0 }) {
        if state.withLock({ $0.isStopped }) { return nil }
        return try result.get()
      }
      _ = try isReady.wait(.seconds(60))
    }
  }

  /// Ends a wait for the next interval.
  public func stop() {
    let task = state.withLock { state in
      state.isStopped = true
      return state.task
    }
    task?.cancel()
  }

  /// Reads the inventory again from time to time, at the same time as the counting.
  private func refreshInventory() {
    let mustAsk = state.withLock { state in
      guard !state.isAsking, MonotonicClock.seconds - state.inventoryTime > Self.inventoryAge else { return false }
      state.isAsking = true
      return true
    }
    guard mustAsk else { return }
    _ = Task(executorPreference: threads) {
      // Without a new one the last one stays.
      let inventory = try? await self.vantage.inventory()
      self.state.withLock { state in
        if let inventory { state.take(inventory) }
        state.isAsking = false
      }
    }
  }
}

extension LiveIntervals.State {
  /// Keeps the addresses of hosts that do not answer any more.
  fileprivate mutating func take(_ new: Inventory) {
    var new = new
    let answered = Set(new.namespaces.map(\.id.host))
    new.namespaces += inventory?.namespaces.filter { !answered.contains($0.id.host) } ?? []
    inventory = new
    inventoryTime = MonotonicClock.seconds
  }
}

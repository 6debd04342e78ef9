internal import LinuxSystem
internal import Synchronization

/// SIGINT, SIGTERM and SIGHUP for a command that then prints what it has found so far. A second signal ends the
/// program.
public final class Interruption: Sendable {
  private struct State {
    /// When the first signal came, on the monotonic clock; nil before.
    var time: Double?
    var number = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  private init() throws {
    let signals = try Signals()
    Companion.start { [self] in
      while Readiness.wait(readable: signals.descriptor, seconds: 3600) == false
        || !signals.read().contains(where: \.endsProgram)
      {}
      signals.endByDefault()
      let actions = state.withLock { state in
        state.time = MonotonicClock.seconds
        defer { state.actions = [:] }
        return state.actions.sorted { $0.key < $1.key }.map(\.value)
      }
      for action in actions { action() }
    }
  }

  private static let only = Result { try Interruption() }

  /// The program's only value. From the first call on, it handles the signals.
  public static func ofProgram() throws -> Interruption { try only.get() }

  /// Seconds since the first signal; nil before.
  public var age: Double? { state.withLock { $0.time }.map { MonotonicClock.seconds - $0 } }
  public var hasCome: Bool { age != nil }

  /// Runs `body`, and calls `action` if a signal comes meanwhile or came before.
  public func during<Value>(
    _ action: @escaping @Sendable () -> Void, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
  ) async rethrows -> Value {
    let number = state.withLock { state -> Int? in
      guard state.time == nil else { return nil }
      state.number += 1
      state.actions[state.number] = action
      return state.number
    }
    if number == nil { action() }
    defer { if let number { state.withLock { $0.actions[number] = nil } } }
    return try await body()
  }

  /// Runs `body` in a task that the first signal cancels, so that it can still return what it has found.
  public static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async throws -> Value {
    let task = Task { await body() }
    return try await ofProgram().during({ task.cancel() }) { await task.value }
  }
}

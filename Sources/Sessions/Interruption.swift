internal import LinuxSystem

/// Work that SIGINT, SIGTERM and SIGHUP end early.
public enum Interruption {
  /// Runs `body`; the first signal cancels it, so that it can still say what it found, a second one ends the program.
  public static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async throws -> Value {
    let signals = try Signals()
    let task = Task { await body() }
    Companion.start {
      while Readiness.wait(readable: signals.descriptor, seconds: 3600) == false
        || !signals.read().contains(where: \.endsProgram)
      {}
      task.cancel()
      signals.endByDefault()
    }
    return await task.value
  }
}

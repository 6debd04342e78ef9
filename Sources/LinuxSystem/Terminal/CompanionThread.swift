internal import CLinux

/// Runs `body` on this thread while `companion` runs on a separate one, and waits for both.
///
/// It is for sources that block, because the thread does not belong to Swift's pool. `body` must make `companion` end.
public func withCompanionThread<Value>(
  _ companion: sending @escaping () -> Void, _ body: () throws -> Value
) throws -> Value {
  let context = Unmanaged.passRetained(CompanionWork(companion))
  var thread: UInt = 0
  let started = hw_thread_start(
    { context in
      guard let context else { return }
      Unmanaged<CompanionWork>.fromOpaque(context).takeRetainedValue().body()
    }, context.toOpaque(), &thread)
  guard started >= 0 else {
    context.release()
    throw SystemError("start a thread", Errno(-started))
  }
  defer { hw_thread_join(thread) }
  return try body()
}

private final class CompanionWork {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}

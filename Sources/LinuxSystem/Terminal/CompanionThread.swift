internal import CLinux

/// Runs `body` here while `companion` runs on a thread of its own, and waits for both.
///
/// For sources that block: the thread is no part of Swift's pool. `body` has to see to it that `companion` ends.
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

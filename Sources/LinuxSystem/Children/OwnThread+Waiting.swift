internal import CLinux

/// Runs `body`, which may block, on a separate thread and suspends the caller until it has ended.
///
/// Use it for work that waits for other programs, so that Swift's own few threads stay free.
public func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
    let work = Unmanaged.passRetained(ThreadWork { continuation.resume(with: Result { try body() }) })
    let status = hw_thread_detach(
      { context in
        guard let context else { return }
        Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().body()
      }, work.toOpaque())
    if status < 0 {
      work.release()
      continuation.resume(throwing: SystemError("start a thread", Errno(-status)))
    }
  }
}

private final class ThreadWork {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}

internal import Synchronization

/// Runs tasks that block on separate threads, so that they delay nothing else. A thread is started when one is needed,
/// and ends when there is nothing left to do.
public final class OwnThreads: TaskExecutor {
  private struct State {
    var waiting: [UnownedJob] = []
    var running = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: how many threads may run at once.
  public init(limit: Int) { self.limit = limit }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustStart = state.withLock { state in
      state.waiting.append(job)
      guard state.running < limit else { return false }
      state.running += 1
      return true
    }
    if mustStart { Companion.start { self.work() } }
  }

  private func work() {
    while true {
      let job = state.withLock { state -> UnownedJob? in
        guard !state.waiting.isEmpty else {
          state.running -= 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      guard let job else { return }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}

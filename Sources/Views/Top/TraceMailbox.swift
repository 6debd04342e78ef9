internal import LinuxSystem
internal import Synchronization

/// Passes what a trace says from the thread that makes it to the thread that draws.
final class TraceMailbox: Sendable {
  private let trace: @Sendable (String) -> [String]
  private let answer = Mutex<(target: String, lines: [String])?>(nil)
  private let arrived: WakePipe

  /// - Parameter trace: returns the lines of a trace; it may block.
  init(_ trace: @escaping @Sendable (String) -> [String]) throws(SystemError) {
    self.trace = trace
    arrived = try WakePipe()
  }

  /// A file descriptor that is readable when there is something to take.
  var descriptor: Int32 { arrived.descriptor }

  /// Traces on a thread of its own.
  func start(_ target: String) {
    let hasStarted = Companion.start { self.put(target, self.trace(target)) }
    if !hasStarted { put(target, ["no thread could be started for the trace"]) }
  }

  private func put(_ target: String, _ lines: [String]) {
    answer.withLock { $0 = (target, lines) }
    arrived.wake()
  }

  /// The answer that arrived last, if any.
  func take() -> (target: String, lines: [String])? {
    arrived.drain()
    return answer.withLock { answer in
      defer { answer = nil }
      return answer
    }
  }
}

internal import Flows
internal import LinuxSystem
internal import Synchronization

/// Passes intervals from the thread that measures to the thread that draws.
///
/// It holds one interval. The measuring thread waits until it is taken, so a slow terminal makes intervals longer but
/// loses no bytes.
final class IntervalMailbox: Sendable {
  private struct Content {
    var interval: Interval?
    var end: Result<Void, any Error>?
    var isClosed = false
  }

  private let content = Mutex(Content())
  private let arrived: WakePipe
  private let taken: WakePipe

  init() throws(SystemError) {
    arrived = try WakePipe()
    taken = try WakePipe()
  }

  /// A file descriptor that is readable when there is something to take.
  var descriptor: Int32 { arrived.descriptor }

  /// Calls `next` every `seconds` until it returns nil or throws, or the mailbox is closed.
  func fill(every seconds: Double, _ next: () throws -> Interval?) {
    let outcome = Result { try measure(every: max(0.05, seconds), next) }
    content.withLock { $0.end = outcome }
    arrived.wake()
  }

  private func measure(every seconds: Double, _ next: () throws -> Interval?) throws {
    let clock = ContinuousClock()
    // The first answer comes soon, whatever the interval.
    var due = clock.now + .seconds(min(1, seconds))
    while true {
      while clock.now < due || content.withLock({ $0.interval != nil }) {
        let rest = clock.now.duration(to: due)
        _ = try taken.wait(rest > .zero ? rest : .seconds(1))
        taken.drain()
        if content.withLock({ $0.isClosed }) { return }
      }
      guard let interval = try next() else { return }
      content.withLock { $0.interval = interval }
      arrived.wake()
      due = max(due + .seconds(seconds), clock.now)
    }
  }

  /// The interval that arrived, if any; throws what `next` threw. `isOver` is true once there will be no more.
  func take() throws -> (interval: Interval?, isOver: Bool) {
    arrived.drain()
    let (interval, end) = content.withLock { content in
      defer { content.interval = nil }
      return (content.interval, content.end)
    }
    taken.wake()
    if interval == nil { try end?.get() }
    return (interval, end != nil)
  }

  /// Ends `fill` once a running `next` returns.
  func close() {
    content.withLock { $0.isClosed = true }
    taken.wake()
  }
}

internal import Flows
internal import LinuxSystem
internal import Meter
internal import Questions
internal import Synchronization

/// Events of followed sockets that wait to be fetched.
final class EventQueue: Sendable {
  private let source: SocketEvents
  private let waiting = Mutex<[HostEvent]>([])
  /// How many events are kept; further ones are lost and counted.
  private static let limit = 200_000
  private let dropped = Mutex<UInt64>(0)

  init(_ source: SocketEvents) { self.source = source }

  var notes: [String] { source.limits }

  /// The waiting events. If there are none, waits for one, at most `seconds`.
  ///
  /// - Parameter mustStop: asked often; true ends the wait.
  func next(within seconds: Double, mustStop: () -> Bool) -> EventBatch {
    let end = MonotonicClock.seconds + seconds
    while true {
      let left = end - MonotonicClock.seconds
      let isWaiting = waiting.withLock { !$0.isEmpty }
      let new = source.next(timeoutSeconds: isWaiting || mustStop() ? 0 : max(0, min(0.1, left))).map(HostEvent.init)
      let events = waiting.withLock { waiting in
        let room = max(0, Self.limit - waiting.count)
        waiting += new.prefix(room)
        dropped.withLock { $0 += UInt64(max(0, new.count - room)) }
        let events = Array(waiting.prefix(EventBatch.limit))
        waiting.removeFirst(events.count)
        return events
      }
      if !events.isEmpty || left <= 0 || mustStop() {
        return EventBatch(events, lost: source.lost + dropped.withLock { $0 })
      }
    }
  }
}

extension HostEvent {
  init(_ event: SocketEvent) {
    self.init(
      time: event.time, who: event.who, pid: event.task?.pid, name: event.task?.name, text: event.action,
      transport: event.transport, local: event.local, remote: event.remote)
  }
}

internal import Synchronization

/// What a local vantage follows for a person who watches: sockets, access logs. One of each kind at a time.
final class LocalFollowing: Sendable {
  private struct State {
    var events: EventQueue?
    var logs: (any LogsWork)?
  }

  private let state = Mutex(State())

  var events: EventQueue? {
    get { state.withLock { $0.events } }
    set { state.withLock { $0.events = newValue } }
  }

  /// The work before it is told to end.
  var logs: (any LogsWork)? {
    get { state.withLock { $0.logs } }
    set {
      let old = state.withLock { state in
        defer { state.logs = newValue }
        return state.logs
      }
      old?.end()
    }
  }
}

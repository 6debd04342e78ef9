internal import Synchronization

/// What a local vantage follows on behalf of a person who watches: sockets, access logs and packets, at most one of each.
final class LocalFollowing: Sendable {
  private struct State {
    var events: EventQueue?
    var logs: (any LogsWork)?
    var capture: LocalCapture?
  }

  private let state = Mutex(State())

  var events: EventQueue? {
    get { state.withLock { $0.events } }
    set { state.withLock { $0.events = newValue } }
  }

  /// The access logs that are read or followed. Setting it ends the previous work.
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

  /// The packets that are captured. Setting it ends the previous capture.
  var capture: LocalCapture? {
    get { state.withLock { $0.capture } }
    set {
      let old = state.withLock { state in
        defer { state.capture = newValue }
        return state.capture
      }
      old?.end()
    }
  }
}

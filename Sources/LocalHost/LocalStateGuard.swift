internal import Synchronization

/// The local vantage's state with its lock. The meter shares it, because it asks for namespaces.
final class LocalStateGuard: Sendable {
  private let state: Mutex<LocalState>

  init(_ state: LocalState) { self.state = Mutex(state) }

  func withLock<Value>(_ body: (inout LocalState) throws -> Value) rethrows -> Value {
    try state.withLock { try body(&$0) }
  }
}

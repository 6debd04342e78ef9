internal import Flows
internal import LinuxSystem
internal import Synchronization
internal import Views

/// Reverse DNS in the background: a question never waits for its answer, which is there from then on.
final class ReverseNames: NameSource {
  private struct State {
    var names: [IPAddress: String?] = [:]
    var waiting: [IPAddress] = []
    var isRunning = false
  }
  private let state = Mutex(State())

  func name(of address: IPAddress) -> String? {
    let (known, mustStart) = state.withLock { state -> (String?, Bool) in
      if let known = state.names[address] { return (known, false) }
      guard state.names.count < 65536 else { return (nil, false) }
      state.names[address] = .some(nil)
      state.waiting.append(address)
      defer { state.isRunning = true }
      return (nil, !state.isRunning)
    }
    if mustStart { Thread.start { [self] in work() } }
    return known
  }

  private func work() {
    while let address = state.withLock({ state -> IPAddress? in
      guard let next = state.waiting.popLast() else { state.isRunning = false; return nil }
      return next
    }) {
      let name = HostLookup.name(of: address)
      state.withLock { $0.names[address] = .some(name) }
    }
  }
}

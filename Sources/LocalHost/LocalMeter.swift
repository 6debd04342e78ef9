internal import Meter
internal import Synchronization

/// The meter of this host. It starts when it is first needed.
final class LocalMeter: Sendable {
  private let forced: MeterKind?
  private let state: LocalStateGuard
  private let running = Mutex<MeterChoice.Started?>(nil)

  init(_ forced: MeterKind?, _ state: LocalStateGuard) {
    self.forced = forced
    self.state = state
  }

  /// The running meter. If starting fails, the next call tries again.
  func started() throws -> MeterChoice.Started {
    let state = self.state
    return try running.withLock { running in
      if let running { return running }
      let started = try MeterChoice.start(
        forced, namespaces: { state.withLock { $0.namespacesForMeter() } },
        found: { inodes in state.withLock { $0.owners.anticipate(inodes) } })
      running = started
      return started
    }
  }
}

public import Flows
internal import LinuxSystem
public import Netlink
internal import Synchronization

/// The fallback where eBPF cannot be used: asks the kernel for its sockets' own counters, again and again.
///
/// TCP is counted from `struct tcp_info`: payload exactly (a connection whose end was not watched may be one byte off,
/// since the kernel counts a FIN as one), network-layer bytes as an estimate: payload and retransmits, plus one header
/// for each segment. What the kernel says of closing sockets covers those that live only between two polls.
public final class SocketsMeter: TrafficMeter {
  public let kind = MeterKind.sockets

  private let state: Mutex<SocketsMeterState>

  /// Counting starts before this returns: what sockets counted until now is not reported.
  ///
  /// - Parameters:
  ///   - namespaces: the network namespaces that can be asked at the moment. Called often, so that new ones
  ///     are picked up; the sockets of a namespace that is known already are not used.
  ///   - found: called with the inodes of TCP sockets that came up, soon enough that most of their processes still
  ///     live.
  /// - Throws: if no namespace answers.
  public init(
    namespaces: @escaping @Sendable () -> [(Place, NetworkNamespaceSockets)],
    found: @escaping @Sendable ([UInt32]) -> Void = { _ in }
  ) throws(MeterError) {
    state = Mutex(try SocketsMeterState(namespaces, found: found))
  }

  public var countsPayload: Bool { false }
  public var limits: [String] { state.withLock { $0.limits } }

  public func wait(seconds: Double, stop: () -> Bool) {
    let end = MonotonicClock.seconds + seconds
    while !stop() {
      let now = MonotonicClock.seconds
      guard now < end else { return }
      let (descriptors, nextPoll) = state.withLock { ($0.descriptors, $0.nextPoll) }
      _ = Readiness.wait(readable: descriptors, seconds: min(end - now, max(nextPoll - now, 0), 0.05))
      state.withLock { state in
        state.drain()
        if MonotonicClock.seconds >= state.nextPoll { state.poll() }
      }
    }
  }

  public func read() throws -> MeterReading { state.withLock { $0.read() } }
}

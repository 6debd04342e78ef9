public import Flows
internal import LinuxSystem
public import Netlink
internal import Synchronization

/// The fallback meter for hosts without eBPF: it polls the counters that the kernel keeps for each socket.
///
/// TCP is counted from `struct tcp_info`. Payload is exact, except that a connection whose end was not watched may be
/// one byte off, because the kernel counts a FIN as one. Network-layer bytes are an estimate: payload and
/// retransmissions plus one header per segment. The kernel's notifications of closing sockets cover connections that
/// live only between two polls.
public final class SocketsMeter: TrafficMeter {
  public let kind = MeterKind.sockets

  private let state: Mutex<SocketsMeterState>

  /// Starts to count before it returns; what sockets counted before is not reported.
  ///
  /// - Parameters:
  ///   - namespaces: the network namespaces that can be asked at the moment. It is called often to find new ones; the
  ///     sockets of a namespace that is already known are not used.
  ///   - found: called with the inodes of new TCP sockets, early enough that most of their processes still live.
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

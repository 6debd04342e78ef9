internal import Flows
internal import LinuxSystem
internal import Synchronization

/// The eBPF meter when it reaches only a part of the cgroup hierarchy, as in a container with its own cgroup namespace.
/// What its programs do not see is estimated from the sockets' own counters, as soon as there is any.
public final class PartialMeter: TrafficMeter {
  public let kind = MeterKind.ebpf
  private let exact: EBPFMeter
  private let isNeeded: @Sendable () -> Bool
  private let start: @Sendable () throws -> any TrafficMeter
  private let reason: String
  private let state = Mutex(State())

  private struct State {
    var seen = Seen()
    /// What counts the others' sockets; nil as long as there are none.
    var rest: (any TrafficMeter)?
    /// Why that could not start.
    var failure: String?
    /// When it is to be looked again whether there are others, in seconds of the monotonic clock.
    var next = 0.0
  }

  /// Sockets that the exact meter has counted; the other meter's rows for them are duplicates.
  private struct Seen {
    var now: Set<UInt64> = []
    var earlier: Set<UInt64> = []
    private static let most = 65536

    mutating func add(_ cookie: UInt64) {
      if now.count >= Self.most { (now, earlier) = ([], now) }
      now.insert(cookie)
    }
    func contains(_ cookie: UInt64) -> Bool { now.contains(cookie) || earlier.contains(cookie) }
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private struct Ends: Hashable {
    var namespace: Place
    var transport: Transport
    var local: Endpoint
    var remote: Endpoint?

    init(_ row: SocketTraffic) {
      (namespace, transport, local, remote) = (row.namespace, row.transport, row.local, row.remote)
    }
  }

  /// - Parameters:
  ///   - exact: the meter for the part that can be reached.
  ///   - reason: why only a part can be reached.
  ///   - isNeeded: whether sockets are open that `exact` cannot see; asked now and then, as a container may start at any time.
  ///   - start: starts what asks for all sockets.
  public init(
    _ exact: EBPFMeter, reason: String, isNeeded: @escaping @Sendable () -> Bool,
    start: @escaping @Sendable () throws -> any TrafficMeter
  ) {
    self.exact = exact
    self.reason = reason
    self.isNeeded = isNeeded
    self.start = start
    _ = state.withLock { look(&$0) }
  }

  /// Looks for others at most every 2 s, and for a twentieth of the time. True where they were found just now.
  private func look(_ state: inout State) -> Bool {
    let now = MonotonicClock.seconds
    guard state.rest == nil, now >= state.next else { return false }
    let isNeeded = isNeeded()
    state.next = MonotonicClock.seconds + max(2, 20 * (MonotonicClock.seconds - now))
    guard isNeeded else { return false }
    do {
      state.rest = try start()
      state.failure = nil
    } catch {
      state.failure = "\(error)"
    }
    return true
  }

  public var limits: [String] {
    let (rest, failure) = state.withLock { ($0.rest, $0.failure) }
    guard rest != nil || failure != nil else { return exact.limits }
    return [note(failure)] + exact.limits + (rest?.limits ?? [])
  }

  private func note(_ failure: String?) -> String {
    failure.map { "\(reason): the sockets of processes outside it are not counted (\($0))" }
      ?? "\(reason): the sockets of processes outside it are estimated from their own counters"
  }

  public var countsPayload: Bool { exact.countsPayload }

  public func wait(seconds: Double, stop: () -> Bool) {
    let over = Flag()
    guard let rest = state.withLock({ $0.rest }) else { return exact.wait(seconds: seconds, stop: stop) }
    do {
      try withCompanionThread({ rest.wait(seconds: seconds) { over.isSet } }) {
        defer { over.set() }
        exact.wait(seconds: seconds, stop: stop)
      }
    } catch {
      // Without a separate thread the other meter polls less often, which is acceptable for its estimates.
      exact.wait(seconds: seconds, stop: stop)
    }
  }

  public func read() throws -> MeterReading {
    try state.withLock { state in
      // The other meter is read first, so the exact one already has its connections. Otherwise a connection that opens in
      // between would count twice.
      let others = try state.rest?.read()
      var reading = try exact.read()
      for row in reading.sockets where row.cookie != 0 { state.seen.add(row.cookie) }
      if let others {
        let ends = Set(reading.sockets.map(Ends.init))
        reading.sockets += others.sockets.filter { !state.seen.contains($0.cookie) && !ends.contains(Ends($0)) }
        // Who asked for the limits at the start was not told of what came later.
        reading.notes += others.notes + [note(nil)]
        reading.countsSegments = true
      } else if look(&state) {
        // What they moved within this window is not known.
        reading.notes.append("\(note(state.failure)), from now on")
      } else if let failure = state.failure {
        reading.notes.append(note(failure))
      }
      reading.blindSpot = "\(reason): what processes outside it send and receive in short connections is not seen"
      return reading
    }
  }
}

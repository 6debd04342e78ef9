internal import Flows
internal import LinuxSystem
internal import Synchronization

/// The eBPF meter when it reaches only a part of the cgroup hierarchy, as in a container with its own cgroup namespace.
/// What its programs do not see is estimated from the sockets' own counters.
public final class PartialMeter: TrafficMeter {
  public let kind = MeterKind.ebpf
  private let exact: EBPFMeter
  private let rest: any TrafficMeter
  private let reason: String
  private let state = Mutex(Seen())

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
  ///   - rest: a meter that asks for all sockets.
  ///   - reason: why only a part can be reached.
  public init(_ exact: EBPFMeter, rest: any TrafficMeter, reason: String) {
    self.exact = exact
    self.rest = rest
    self.reason = reason
  }

  public var limits: [String] {
    ["\(reason): the sockets of processes outside it are estimated from their own counters"] + exact.limits
      + rest.limits
  }

  public var countsPayload: Bool { exact.countsPayload }

  public func wait(seconds: Double, stop: () -> Bool) {
    let (rest, over) = (rest, Flag())
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
    // The other meter is read first, so the exact one already has its connections. Otherwise a connection that opens in
    // between would count twice.
    let others = try rest.read()
    var reading = try exact.read()
    return state.withLock { seen in
      for row in reading.sockets where row.cookie != 0 { seen.add(row.cookie) }
      let ends = Set(reading.sockets.map(Ends.init))
      reading.sockets += others.sockets.filter { !seen.contains($0.cookie) && !ends.contains(Ends($0)) }
      reading.notes += others.notes
      return reading
    }
  }
}

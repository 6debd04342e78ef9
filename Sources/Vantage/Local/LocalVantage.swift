internal import Clues
public import Flows
internal import LinuxSystem
public import Meter
internal import Netlink

/// This host, asked directly.
public final class LocalVantage: Vantage {
  public let host: String
  public let meter: any TrafficMeter
  /// Why the meter is the one it is; empty if it is the best one.
  public let meterNotes: [String]
  private let state: LocalStateGuard
  /// Watches which flows of relays belong together, within the first window; nil if that is not wanted or not possible.
  private let relayWatch: RelayWatch?
  private let windowBegan: @Sendable (MeterKind) -> Void
  private let mustStop: @Sendable () -> Bool

  /// Starts the meter: counting begins before this returns.
  ///
  /// - Parameters:
  ///   - forced: nil for the best meter that starts.
  ///   - environment: may name Docker's socket (`DOCKER_HOST`).
  ///   - watchesRelays: whether to watch within the first window which flows of relays belong together.
  ///   - windowBegan: called when a window has begun.
  ///   - mustStop: asked often while measuring; ends a window early.
  public init(
    meter forced: MeterKind? = nil, environment: [String: String], watchesRelays: Bool = false,
    windowBegan: @escaping @Sendable (MeterKind) -> Void = { _ in },
    mustStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    self.windowBegan = windowBegan
    self.mustStop = mustStop
    OpenFiles.raiseLimit()
    host = HostName.current
    let state = LocalStateGuard(LocalState(environment: environment))
    func start() throws -> MeterChoice.Started {
      let started = try MeterChoice.start(
        forced, namespaces: { state.withLock { $0.namespacesForMeter() } },
        found: { inodes in state.withLock { $0.owners.anticipate(inodes) } })
      state.withLock { $0.refresh() }
      return started
    }
    // What was asked to do without eBPF does without it here too.
    guard watchesRelays, forced != .sockets else {
      let started = try start()
      (meter, meterNotes, relayWatch) = (started.meter, started.notes, nil)
      self.state = state
      return
    }
    let (started, loaded) = try RelayWatch.loaded(while: start)
    meter = started.meter
    var notes = started.notes
    var watch: RelayWatch?
    if meter.kind == .ebpf {
      do {
        watch = try loaded.get()
        try watch?.attach(state.withLock { $0.namespaces.all })
      } catch {
        watch = nil
        notes.append("relays' pairs are not told by cause: \(error)")
      }
    }
    relayWatch = watch
    meterNotes = notes
    self.state = state
  }

  public func inventory() async throws -> Inventory {
    state.withLock { state in
      state.refresh()
      return state.inventory(host: host)
    }
  }

  public func process(_ pid: Int32) async throws -> Process? { state.withLock { $0.owners.process(pid) } }

  public func measure(seconds: Double) async throws -> Interval { try interval(seconds: seconds) }

  /// Measures for `seconds`, or until it is told to stop.
  public func interval(seconds: Double) throws -> Interval {
    // The first reading empties what was counted before the window.
    state.withLock { $0.beginWindow() }
    _ = try meter.read()
    let started = SystemClock.now()
    let begin = MonotonicClock.seconds
    windowBegan(meter.kind)
    guard let relayWatch else {
      meter.wait(seconds: seconds, stop: mustStop)
      return try finish(started: started, begin: begin)
    }
    try relayWatch.whileTaking { meter.wait(seconds: seconds, stop: mustStop) }
    var interval = try finish(started: started, begin: begin)
    interval.relayed = relayWatch.finish().compactMap(Self.link)
    if relayWatch.lost > 0 { interval.notes.append("\(relayWatch.lost) records of relays' calls found no room") }
    if relayWatch.unfollowed > 0 { interval.notes.append("\(relayWatch.unfollowed) exchanges were too many to pair") }
    return interval
  }

  /// Starts the first window of a live view: what was counted before is dropped.
  public func beginWindow() {
    state.withLock { $0.beginWindow() }
    _ = try? meter.read()
    windowBegan(meter.kind)
  }

  /// Lets time pass; true if it was told to stop.
  public func wait(seconds: Double) -> Bool {
    var isStopping = false
    meter.wait(seconds: seconds) {
      if !isStopping { isStopping = mustStop() }
      return isStopping
    }
    return isStopping
  }

  /// What moved since the last call; for live views.
  public func nextInterval() throws -> Interval {
    let (started, begin) = state.withLock { ($0.windowStarted, $0.windowBegin) }
    return try finish(started: started, begin: begin)
  }

  private func finish(started: Double, begin: Double) throws -> Interval {
    // The interfaces' own counters first, at both ends of the window: they and the meter's then span the same time.
    state.withLock { $0.endWindow() }
    let seconds = MonotonicClock.seconds - begin
    let reading = try meter.read()
    return state.withLock { state in
      var interval = state.interval(from: reading, host: host, started: started, seconds: seconds)
      interval.meter = meter.kind.rawValue
      interval.notes = meterNotes + interval.notes
      return interval
    }
  }

  public func translation(of flow: Flow, in namespace: NamespaceID) async throws -> Translation? {
    state.withLock { $0.translation(of: flow, in: namespace) }
  }

  public func socket(of flow: Flow, in namespace: NamespaceID) async throws -> SocketAnswer? {
    state.withLock { state in
      guard let record = try? state.namespaces.diagnosis(namespace)?.get(flow) else { return nil }
      return SocketAnswer(
        owner: state.owners.owner(ofInode: record.inode, uid: record.uid, namespace: namespace),
        state: record.state.description)
    }
  }

  public func route(to address: IPAddress, in namespace: NamespaceID) async throws -> RouteAnswer? {
    state.withLock { state in
      guard let route = try? state.namespaces.routing(namespace)?.route(to: address),
        let interface = route.outputInterface
      else { return nil }
      return RouteAnswer(interface: interface, gateway: route.gateway, isLocal: route.kind == .local)
    }
  }

  public func neighbour(_ address: IPAddress, in namespace: NamespaceID) async throws -> NeighbourAnswer? {
    state.withLock { state in
      guard let neighbour = try? state.namespaces.routing(namespace)?.neighbour(of: address) else { return nil }
      return NeighbourAnswer(
        interface: neighbour.interfaceIndex, hardwareAddress: LocalNamespaces.text(neighbour.hardwareAddress))
    }
  }

  public func tunnel(
    toward address: IPAddress, through interface: UInt32, in namespace: NamespaceID
  ) async throws -> TunnelAnswer? {
    state.withLock { $0.tunnel(toward: address, through: interface, in: namespace) }
  }

  public func relay(of pid: Int32, in namespace: NamespaceID) async throws -> RelayAnswer? {
    state.withLock { $0.relay(of: pid, in: namespace) }
  }

  public func sockets() async throws -> [SocketListing] { state.withLock { $0.sockets() } }

  public func counters(of pids: Set<Int32>, in namespace: NamespaceID) async throws -> CounterSnapshot {
    state.withLock { $0.counters(of: pids) }
  }

  public func owner(ofProcess pid: Int32) async throws -> Owner? { state.withLock { $0.owners.owner(ofProcess: pid) } }

  /// Exchanges whose cause stayed open say nothing of a pair; how many flows could be one is counted anew where asked.
  private static func link(_ found: CausalLink) -> RelayLink? {
    guard let inbound = found.inbound, found.candidates == 1 else { return nil }
    return RelayLink(
      namespace: found.namespace, inbound: inbound, outbound: found.outbound, method: .cause,
      exchanges: found.exchanges, bytes: found.bytesOut &+ found.bytesIn)
  }
}

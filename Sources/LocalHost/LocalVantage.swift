public import Flows
internal import LinuxSystem
public import Meter
internal import Netlink
internal import Programs
public import Questions
internal import Synchronization

/// This host as a vantage: it reads the answers from its own kernel and files.
public final class LocalVantage: Vantage {
  public let host: String
  private let meters: LocalMeter
  private let state: LocalStateGuard
  private let watchesRelays: Bool
  /// The relay watch for the first window: loaded, but not attached yet.
  private let loadedWatch: Mutex<Result<RelayWatch, MeterError>?>
  /// Nil if names are not wanted.
  private let names: Mutex<Result<LocalNames, MeterError>?>
  /// Nil if this host is in no cloud.
  private let cloud: LocalCloud?
  let isIdle: Bool
  /// Environment variables; `DOCKER_HOST` may name Docker's socket.
  let environment: [String: String]
  /// What is followed on behalf of a person who watches.
  let following = LocalFollowing()
  private let windowBegan: @Sendable (MeterKind) -> Void
  private let mustStop: @Sendable () -> Bool
  private let isEnding: Endings

  /// Starts the meter, and reads which namespaces and processes exist. Counting begins before this returns, unless
  /// `isIdle` says to wait.
  ///
  /// - Parameters:
  ///   - forced: the meter to use; nil for the best one that starts.
  ///   - isIdle: the meter starts only when something is to be measured, so earlier traffic is not known;
  ///     namespaces and processes are read when the first question needs them.
  ///   - environment: environment variables; `DOCKER_HOST` may name Docker's socket.
  ///   - watchesRelays: whether to observe in each window which inbound and outbound flows of a relay belong together.
  ///   - watchesNames: whether to read, from now on, the domain names that clients ask for (TLS, QUIC, HTTP, DNS).
  ///   - windowBegan: called when a window has begun.
  ///   - mustStop: asked often while measuring; true ends a window early.
  public init(
    meter forced: MeterKind? = nil, isIdle: Bool = false, environment: [String: String], watchesRelays: Bool = false,
    watchesNames: Bool = false, windowBegan: @escaping @Sendable (MeterKind) -> Void = { _ in },
    mustStop: @escaping @Sendable () -> Bool = { false }
  ) throws {
    self.isIdle = isIdle
    self.environment = environment
    self.windowBegan = windowBegan
    let isEnding = Endings()
    self.isEnding = isEnding
    self.mustStop = { isEnding.isSet || mustStop() }
    OpenFiles.raiseLimit()
    // It fetches while the meter starts.
    cloud = LocalCloud()
    host = OwnHostName.current
    let state = LocalStateGuard(LocalState(environment: environment))
    self.watchesRelays = watchesRelays
    let meters = LocalMeter(forced, state)
    self.meters = meters
    names = Mutex(watchesNames ? Self.startedNames() : nil)
    if isIdle {
      loadedWatch = Mutex(nil)
    } else if watchesRelays, forced != .sockets {
      // The kernel takes a while to verify programs, so both sets are loaded at once.
      let (_, watch) = try RelayWatch.loaded(while: { try meters.started() })
      loadedWatch = Mutex(watch)
    } else {
      _ = try meters.started()
      loadedWatch = Mutex(nil)
    }
    self.state = state
    // Traffic during the rest of the start belongs to no window.
    if !isIdle { state.withLock { $0.refresh() } }
  }

  /// Starts the meter if it is not running. Returns which one it is and what is less exact with it.
  ///
  /// - Parameter watchesNames: whether to read the names that flows ask for as well, from now on.
  public func startMeter(watchesNames: Bool = false) throws -> (kind: MeterKind, notes: [String]) {
    if watchesNames { names.withLock { $0 = $0 ?? Self.startedNames() } }
    let started = try meters.started()
    if watchesRelays, started.meter.kind == .ebpf {
      loadedWatch.withLock { loaded in
        if loaded == nil { loaded = Result { () throws(MeterError) in try RelayWatch() } }
      }
    }
    return (started.meter.kind, started.notes)
  }

  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    guard let local = question as? any LocalQuestion else {
      throw VantageError(
        .unsupported, host: host, "\(question)", cause: "this host's program cannot answer this question")
    }
    do {
      guard let told = try await Self.answer(local, self) as? Told<Q.Answer> else {
        throw VantageError(.unsupported, host: host, "\(question)", cause: "the answer has an unexpected type")
      }
      return told
    } catch let error as CancellationError {
      throw error
    } catch {
      throw VantageError(error, host: host, "\(question)")
    }
  }

  private static func answer<L: LocalQuestion>(_ question: L, _ host: LocalVantage) async throws -> any Sendable {
    try await question.answer(on: host)
  }

  /// What the host's cloud reports about its public addresses; nil if it is in no cloud. The first call takes a moment.
  func cloudAnswer() async -> LocalCloud.Answer? { await cloud?.answer() }

  func withState<Value>(_ body: (inout LocalState) throws -> Value) rethrows -> Value {
    try state.withLock { state in
      state.lookAround()
      return try body(&state)
    }
  }

  /// Whether to stop waiting, because a signal came or the question was cancelled.
  var mustEnd: Bool { mustStop() || Task.isCancelled }

  /// Ends the current window and all later ones.
  func endWindows() { isEnding.set() }

  /// Measures for `seconds`, or until a signal or `endWindows` ends the window.
  public func interval(seconds: Double) throws -> Interval {
    let meter = try meters.started().meter
    let (watch, notes) = relayWatch(meter.kind)
    // The first reading removes what was counted before the window.
    withState { $0.beginWindow() }
    _ = try meter.read()
    let started = SystemClock.now()
    let begin = MonotonicClock.seconds
    windowBegan(meter.kind)
    startedNames?.beginWindow()
    try whileReadingNames {
      if let watch {
        try watch.whileTaking { meter.wait(seconds: seconds, stop: mustStop) }
      } else {
        meter.wait(seconds: seconds, stop: mustStop)
      }
    }
    var interval = try finish(started: started, begin: begin, isLast: true)
    interval.notes += notes
    if let watch {
      interval.relayed = watch.finish().compactMap(Self.link)
      if watch.lost > 0 { interval.notes.append("\(watch.lost) records of relays' calls did not fit in the table") }
      if watch.unfollowed > 0 {
        interval.notes.append("\(watch.unfollowed) exchanges were not paired: too many at once")
      }
    }
    return interval
  }

  /// The watch for relays. A vantage that was told to do without eBPF has none.
  private func relayWatch(_ kind: MeterKind) -> (RelayWatch?, notes: [String]) {
    guard watchesRelays, kind == .ebpf else { return (nil, []) }
    do {
      let loaded = loadedWatch.withLock { loaded in
        defer { loaded = nil }
        return loaded
      }
      let watch = try loaded?.get() ?? RelayWatch()
      try watch.attach(withState { $0.namespaces.all })
      return (watch, watch.notes)
    } catch {
      return (nil, ["relays' connections cannot be paired by cause: \(error)"])
    }
  }

  /// Starts the first window of a series. What was counted before is discarded.
  private func beginWindow() throws {
    let meter = try meters.started().meter
    withState { $0.beginWindow() }
    _ = try meter.read()
    startedNames?.beginWindow()
    windowBegan(meter.kind)
  }

  /// Starts the first interval of a series.
  func beginSeries() throws {
    _ = try meters.started()
    try beginWindow()
  }

  /// The next interval of the series, once `seconds` have passed since the last one.
  func nextInterval(after seconds: Double, isLast: Bool) throws -> Interval {
    let begin = state.withLock { $0.windowBegin }
    // A late caller does not wait: the interval began when the last one ended.
    let rest = min(seconds, begin + seconds - MonotonicClock.seconds)
    if rest > 0 {
      let meter = try meters.started().meter
      try whileReadingNames { meter.wait(seconds: rest) { mustStop() || Task.isCancelled } }
    }
    // The counted traffic stays for the next caller.
    try Task.checkCancellation()
    let (started, begun) = state.withLock { ($0.windowStarted, $0.windowBegin) }
    return try finish(started: started, begin: begun, isLast: isLast)
  }

  // MARK: Names

  private static func startedNames() -> Result<LocalNames, MeterError> {
    Result { () throws(MeterError) in try LocalNames() }
  }

  /// Nil if names are not wanted, or can't be read; each interval then says so (`addNames`).
  private var startedNames: LocalNames? {
    guard case .success(let started)? = names.withLock({ $0 }) else { return nil }
    return started
  }

  private func whileReadingNames<Value>(_ body: () throws -> Value) throws -> Value {
    guard let names = startedNames else { return try body() }
    return try names.whileReading(body)
  }

  /// - Parameter isLast: whether no interval follows.
  private func addNames(to interval: inout Interval, isLast: Bool) {
    switch names.withLock({ $0 }) {
    case nil: break
    case .success(let names): names.collect(into: &interval, isLast: isLast)
    case .failure(let error): interval.notes.append("names of flows are not read: \(error)")
    }
  }

  private func finish(started began: Double, begin: Double, isLast: Bool = false) throws -> Interval {
    let started = try meters.started()
    let meter = started.meter
    // The interfaces' own counters are read first at both ends of the window, so they and the meter's cover the same
    // time.
    state.withLock { $0.endWindow() }
    let seconds = MonotonicClock.seconds - begin
    let reading = try meter.read()
    var interval = state.withLock { state in
      var interval = state.interval(from: reading, host: host, started: began, seconds: seconds)
      interval.meter = meter.kind.rawValue
      // The meter repeats with each reading what whoever came later has to know.
      interval.notes = started.notes + interval.notes.filter { !started.notes.contains($0) }
      if started.isDenied { interval.isDenied = true }
      if let reason = started.substitute { interval.estimated = [reason] }
      return interval
    }
    addNames(to: &interval, isLast: isLast)
    return interval
  }

  /// The access logs of the proxies and web servers that run here, further notes, and what kept logs from being found
  /// that may well be there.
  func accessLogs() -> (logs: [FoundLog], notes: [String], refusals: [LogsStart.Failure]) {
    withState { state in
      state.refresh(olderThan: 0.05)
      return LocalLogs().find { (pid) throws(ProcessError) in try state.owners.owner(ofProcess: pid) }
    }
  }

  /// The link of an exchange; nil if its cause is not known, because it then says nothing about a pair. The number of
  /// candidates is counted again where it is needed.
  private static func link(_ found: CausalLink) -> RelayLink? {
    if found.isUnprompted == true { return .unprompted(found.outbound, in: found.namespace, sends: found.exchanges) }
    guard let inbound = found.inbound, found.candidates == 1 else { return nil }
    return RelayLink(
      namespace: found.namespace, inbound: inbound, outbound: found.outbound, method: .cause,
      exchanges: found.exchanges, bytes: found.bytesOut &+ found.bytesIn)
  }
}

/// Whether windows are to end early.
private final class Endings: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

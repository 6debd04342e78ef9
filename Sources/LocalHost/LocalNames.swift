internal import Capture
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Synchronization

/// Reads the names that flows of this host ask for, out of captured packets.
final class LocalNames: Sendable {
  private struct State {
    var reader: NameReader
    var cache = NameCache()
    var collected = SystemClock.now()
    var dropped: UInt64 = 0
    var lookedAround = MonotonicClock.seconds
    /// The CPU time of looking for namespaces, in seconds.
    var cost = 0.0
  }

  private let watch: NameWatch
  private let state: Mutex<State>

  /// Starts to capture in all network namespaces that can be entered.
  ///
  /// - Throws: `MeterError` if capturing is not permitted.
  init() throws(MeterError) {
    watch = try NameWatch()
    var limits = NameReader.Limits()
    // A tunnel's inner flow belongs to another place.
    limits.followsTunnels = false
    state = Mutex(State(reader: NameReader(limits: limits)))
    try watch.lookAround()
  }

  /// Reads captured packets on a separate thread while `body` runs.
  func whileReading<Value>(_ body: () throws -> Value) throws -> Value {
    let stop = StopSign()
    return try withCompanionThread({
      while !stop.isSet {
        self.watch.wait(seconds: 0.02)
        self.read()
        self.lookAround()
        // Packets that arrive together are read together.
        _ = Readiness.wait(readable: [], seconds: 0.005)
      }
    }) {
      defer { stop.set() }
      return try body()
    }
  }

  /// Reads the waiting packets.
  private func read() {
    let time = SystemClock.now()
    state.withLock { state in
      watch.take { packet, namespace in
        state.reader.take(packet, link: .raw, time: time, namespace: namespace)
      }
      let (names, answers) = state.reader.drain()
      state.cache.add(names, answers)
    }
  }

  /// Looks for new namespaces four times a second, using at most a twentieth of the time.
  private func lookAround() {
    let isDue = state.withLock { MonotonicClock.seconds - $0.lookedAround > max(0.25, 20 * $0.cost) }
    guard isDue else { return }
    let begin = MonotonicClock.ownWork
    // The watch's own notes (`takeNotes`) say what it can't see.
    try? watch.lookAround()
    state.withLock { state in
      state.cost = MonotonicClock.ownWork - begin
      state.lookedAround = MonotonicClock.seconds
    }
  }

  /// Adds to `interval` the names of its flows, and everything else that was seen since the last call.
  ///
  /// - Parameter isLast: whether to stop waiting for packets that complete a name.
  func collect(into interval: inout Interval, isLast: Bool) {
    read()
    state.withLock { state in
      if isLast {
        state.reader.finish()
        let (names, answers) = state.reader.drain()
        state.cache.add(names, answers)
      }
      let began = state.collected
      state.collected = SystemClock.now()
      (interval.names, interval.answers) = state.cache.known(of: interval.flows, since: began)
      let dropped = state.reader.dropped
      if dropped > state.dropped {
        interval.notes.append("\(dropped - state.dropped) names of flows did not fit in the table")
        state.dropped = dropped
      }
    }
    interval.notes += watch.takeNotes()
  }

  /// Begins a window: what was seen before belongs to no window unless it names a flow that moves in this one.
  func beginWindow() { state.withLock { $0.collected = SystemClock.now() } }
}

private final class StopSign: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

internal import CMeter
public import Flows
internal import LinuxSystem
public import Netlink
internal import Synchronization

/// Watches which of its accepted connections a relay serves with each connection that it makes.
///
/// Attach it before the window, process events with `whileTaking` on a separate thread, and call `finish` afterwards.
/// It reads only the order of calls, their lengths and their sockets, and no payload.
public final class RelayWatch: Sendable {
  private let state: Mutex<RelayWatchState>

  /// Loads the programs. Nothing is seen before `attach`.
  ///
  /// - Parameter excluded: programs not to load, for tests.
  /// - Throws: if neither the tracepoints of sends and receives (since Linux 6.3) nor the functions behind them can be
  ///   used.
  public init(excluding excluded: [String] = []) throws(MeterError) {
    let pids = try EmbeddedProgram.readerPIDNamespace()
    var report = [hw_meter_program](repeating: hw_meter_program(), count: Int(HW_RELAY_PROGRAMS))
    var count = 0
    var message = [CChar](repeating: 0, count: 256)
    var relay: OpaquePointer?
    let status = try EmbeddedProgram.withBuilds(relayProgramText, byAddress: relayByAddressProgramText) { objects in
      excluded.joined(separator: ",").withCString { without in
        var options = hw_relay_options()
        options.record.reader_pid_namespace = pids
        options.without = without
        return hw_relay_load(objects, &options, &relay, &report, &count, &message)
      }
    }
    guard let relay, status == 0 else {
      throw MeterError(status: status, message: message, programs: report.prefix(count).map(EBPFMeter.Program.init))
    }
    state = Mutex(RelayWatchState(relay: relay, report: Array(report.prefix(count))))
  }

  /// Loads and attaches the programs.
  public convenience init(
    namespaces: [(Place, NetworkNamespaceSockets)], excluding excluded: [String] = []
  ) throws(MeterError) {
    try self.init(excluding: excluded)
    try attach(namespaces)
  }

  /// Loads on a separate thread while `body` runs, because the kernel takes a while to verify programs.
  ///
  /// - Throws: what `body` throws.
  public static func loaded<Value>(
    while body: () throws -> Value
  ) throws -> (value: Value, watch: Result<RelayWatch, MeterError>) {
    let loading = Loading()
    let value = try withCompanionThread({ loading.run() }, body)
    return (value, loading.result)
  }

  /// Attaches the programs. Everything that happens after this returns is seen, also on connections that were open
  /// before.
  ///
  /// - Parameter namespaces: the network namespaces that can be asked. Their current listening ports show which older
  ///   connections were accepted; later listeners are seen when they start.
  public func attach(_ namespaces: [(Place, NetworkNamespaceSockets)]) throws(MeterError) {
    var ports: [hw_relay_port] = []
    for (namespace, sockets) in namespaces {
      var found: Set<UInt16> = []
      do throws(NetlinkError) {
        // ss -tln
        _ = try SocketDiagnosis(sockets).dump(.tcp, filter: SocketFilter(states: .listening)) {
          found.insert($0.local.port)
        }
      } catch {
        note(
          "connections opened before may be taken for outbound ones in network namespace \(namespace.namespace): \(error)"
        )
      }
      ports += found.map {
        hw_relay_port(network_namespace: UInt32(truncatingIfNeeded: namespace.namespace), port: UInt32($0))
      }
    }
    var message = [CChar](repeating: 0, count: 256)
    let status = state.withLock { hw_relay_attach($0.relay, ports, ports.count, &$0.report, &message) }
    guard status == 0 else { throw MeterError(status: status, message: message) }
  }

  /// The parts of the watch, and whether each is active.
  public var programs: [EBPFMeter.Program] { state.withLock { $0.report.map(EBPFMeter.Program.init) } }

  /// Loads and attaches in all network namespaces that this process can enter. The notes name the others.
  public static func everywhere() throws -> RelayWatch {
    var namespaces: [(Place, NetworkNamespaceSockets)] = []
    let watch = try RelayWatch()
    for namespace in try NamespaceCatalog().namespaces {
      do throws(NetlinkError) {
        namespaces.append(
          (namespace.id, try NetworkNamespaceSockets(namespace: namespace.isOwn ? nil : namespace.path)))
      } catch {
        watch.note("the listeners of network namespace \(namespace.id.namespace) could not be listed: \(error)")
      }
    }
    try watch.attach(namespaces)
    return watch
  }

  /// What could not be seen when it was attached, and why.
  public var notes: [String] { state.withLock { $0.notes } }

  private func note(_ text: String) { state.withLock { $0.notes.append(text) } }

  deinit { state.withLock { hw_relay_stop($0.relay) } }

  /// Processes the records in the kernel's buffer and returns their number. The buffer has room for about 300,000
  /// records; a busy relay makes 200,000 per second.
  @discardableResult public func take() -> Int { state.withLock { $0.take() } }

  /// Processes records on a separate thread while `body` runs.
  public func whileTaking<Value>(_ body: () throws -> Value) throws -> Value {
    let stop = StopFlag()
    return try withCompanionThread({
      while !stop.isSet {
        self.take()
        _ = Readiness.wait(readable: [], seconds: 0.02)
      }
    }) {
      defer { stop.set() }
      return try body()
    }
  }

  /// Stops watching and returns the links.
  public func finish() -> [CausalLink] {
    state.withLock { state in
      hw_relay_detach(state.relay)
      state.take()
      return state.links()
    }
  }

  /// How many exchanges are missing in the links because there were more than a million.
  public var unfollowed: Int { state.withLock { $0.unfollowed } }

  /// How many records did not fit into the kernel's buffer. After a process lost a record, its connections are not
  /// paired any more.
  public var lost: UInt64 {
    state.withLock { state in
      var count: UInt64 = 0
      return hw_relay_lost(state.relay, &count) == 0 ? count : 0
    }
  }
}

private final class StopFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

/// A watch that is being loaded, handed from one thread to another.
private final class Loading: Sendable {
  private let state = Mutex<Result<RelayWatch, MeterError>?>(nil)

  func run() {
    let loaded = Result { () throws(MeterError) in try RelayWatch() }
    state.withLock { $0 = loaded }
  }

  /// The result; valid once the thread has ended.
  var result: Result<RelayWatch, MeterError> {
    state.withLock { $0 }
      ?? .failure(MeterError(.failed, "load the eBPF programs that watch relays", cause: "no thread"))
  }
}

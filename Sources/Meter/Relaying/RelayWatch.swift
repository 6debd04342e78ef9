internal import CMeter
public import Flows
internal import LinuxSystem
public import Netlink
internal import Synchronization

/// Watches relays: which of its accepted connections a process serves with each connection that it makes itself.
///
/// Start it before the window, let `run` take what happens on a thread of its own, and ask for the `links` afterwards.
/// Nothing is read but the order of calls, their lengths and their sockets: no payload.
public final class RelayWatch: Sendable {
  /// The parts of the watch and what became of them.
  public let programs: [EBPFMeter.Program]

  private let state: Mutex<RelayWatchState>

  /// Loads and attaches; what happens after this returns is seen, also on connections that were open before.
  ///
  /// - Parameters:
  ///   - namespaces: the network namespaces that can be asked. What is listened on there now says which connections
  ///     that are older than the watch were accepted; later listeners are seen by themselves.
  ///   - excluded: programs not to load, for tests.
  /// - Throws: where the tracepoints of sends and receives are missing (before Linux 6.3) or may not be used.
  public init(
    namespaces: [(NamespaceID, NetworkNamespaceSockets)], excluding excluded: [String] = []
  ) throws(MeterError) {
    let object = EmbeddedProgram.bytes(of: relayProgramText)
    guard !object.isEmpty else { throw MeterError(.failed, "read the embedded eBPF object", cause: "it is damaged") }
    var ports: [hw_relay_port] = []
    for (namespace, sockets) in namespaces {
      var found: Set<UInt16> = []
      // ss -tln
      _ = try? SocketDiagnosis(sockets).dump(.tcp, filter: SocketFilter(states: .listening)) {
        found.insert($0.local.port)
      }
      ports += found.map {
        hw_relay_port(network_namespace: UInt32(truncatingIfNeeded: namespace.rawValue), port: UInt32($0))
      }
    }
    var report = [hw_meter_program](repeating: hw_meter_program(), count: Int(HW_RELAY_PROGRAMS))
    var count = 0
    var message = [CChar](repeating: 0, count: 256)
    var relay: OpaquePointer?
    let status = excluded.joined(separator: ",").withCString { without in
      ports.withUnsafeBufferPointer { ports in
        var options = hw_relay_options()
        options.record.reader_pid_namespace = EmbeddedProgram.readerPIDNamespace
        (options.ports, options.port_count) = (ports.baseAddress, ports.count)
        options.without = without
        return hw_relay_start(object, object.count, &options, &relay, &report, &count, &message)
      }
    }
    programs = report.prefix(count).map(EBPFMeter.Program.init)
    guard let relay, status == 0 else { throw MeterError(status: status, message: message) }
    state = Mutex(RelayWatchState(relay: relay))
  }

  /// The same, for all network namespaces that this process can enter.
  public convenience init() throws {
    let namespaces = try NamespaceCatalog().namespaces
    try self.init(
      namespaces: namespaces.compactMap { namespace in
        (try? NetworkNamespaceSockets(namespace: namespace.isOwn ? nil : namespace.path)).map { (namespace.id, $0) }
      })
  }

  deinit { state.withLock { hw_relay_stop($0.relay) } }

  /// Takes what waits in the kernel's buffer; its room is for some 300,000 records, and a busy relay makes
  /// 200,000 a second. How many were taken.
  @discardableResult public func take() -> Int { state.withLock { $0.take() } }

  /// Takes what happens on a thread of its own as long as `body` runs.
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

  /// Stops watching and tells what was found.
  public func finish() -> [CausalLink] {
    state.withLock { state in
      hw_relay_detach(state.relay)
      state.take()
      return state.links()
    }
  }

  /// Exchanges that are not among the links because there were more than a million.
  public var unfollowed: Int { state.withLock { $0.unfollowed } }

  /// Records that found no room in the kernel's buffer. What a process did after it lost one is not paired.
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

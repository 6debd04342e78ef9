internal import CMeter
internal import Flows
internal import LinuxSystem
internal import Synchronization

/// Follows what processes do with their sockets, call by call, in all network namespaces, without stopping them.
///
/// It covers TCP, UDP, ping, raw and packet sockets. It does not see calls that fail before they reach the network (for
/// a connect() without a route only the attempt is seen, for a bind() to a port in use nothing), destinations of raw
/// and packet sockets, and children of the wanted processes.
public final class SocketEvents: Sendable {
  /// The parts of the follower, and whether each is active.
  public let programs: [EBPFMeter.Program]

  private let state: Mutex<SocketEventsState>

  /// Loads and attaches. Everything that happens after this returns is reported, also on sockets that were open before.
  ///
  /// - Parameters:
  ///   - cgroupRoot: the mount point of cgroup v2.
  ///   - excluded: programs not to load, so that tests can behave like older kernels.
  public init(
    cgroupRoot: String, filter: SocketEventFilter = SocketEventFilter(), excluding excluded: [String] = []
  ) throws(MeterError) {
    let pids = filter.pids.map { UInt32(bitPattern: $0) }
    let namespaces = filter.namespaces.map { UInt32(truncatingIfNeeded: $0.namespace) }
    let ownPIDs = try EmbeddedProgram.readerPIDNamespace()
    var report = [hw_meter_program](repeating: hw_meter_program(), count: Int(HW_FOLLOW_PROGRAMS))
    var count = 0
    var message = [CChar](repeating: 0, count: 256)
    var follow: OpaquePointer?
    let status = try EmbeddedProgram.withBuilds(followProgramText, byAddress: followByAddressProgramText) { objects in
      cgroupRoot.withCString { root in
        excluded.joined(separator: ",").withCString { without in
          pids.withUnsafeBufferPointer { pids in
            namespaces.withUnsafeBufferPointer { namespaces in
              var options = hw_follow_options()
              options.cgroup = root
              options.filter.reader_pid_namespace = ownPIDs
              options.filter.by_process = pids.isEmpty ? 0 : 1
              options.filter.by_namespace = namespaces.isEmpty ? 0 : 1
              options.filter.port = filter.port ?? 0
              (options.processes, options.process_count) = (pids.baseAddress, pids.count)
              (options.namespaces, options.namespace_count) = (namespaces.baseAddress, namespaces.count)
              options.without = without
              return hw_follow_start(objects, &options, &follow, &report, &count, &message)
            }
          }
        }
      }
    }
    let programs = report.prefix(count).map(EBPFMeter.Program.init)
    self.programs = programs
    guard let follow, status == 0 else { throw MeterError(status: status, message: message) }
    let connects = programs.filter { $0.isActive && $0.name.hasPrefix("on_connect") }
    state = Mutex(
      SocketEventsState(
        follow: follow, filter: filter, bootTime: MonotonicClock.wall - Double(MonotonicClock.sinceBoot) / 1e9,
        seesConnects: connects.count == 2))
  }

  deinit { state.withLock { hw_follow_stop($0.follow) } }

  /// The events since the last call, in order. Waits for the first one, at most `timeoutSeconds`.
  public func next(timeoutSeconds: Double) -> [SocketEvent] {
    let end = MonotonicClock.seconds + timeoutSeconds
    let descriptor = state.withLock { hw_follow_descriptor($0.follow) }
    while true {
      let events = state.withLock { $0.take() }
      let left = end - MonotonicClock.seconds
      if !events.isEmpty || left <= 0 { return events }
      _ = Readiness.wait(readable: descriptor, seconds: left)
    }
  }

  /// How many events were lost since the start because `next` was not called often enough.
  public var lost: UInt64 {
    state.withLock { state in
      var count: UInt64 = 0
      return hw_follow_lost(state.follow, &count) == 0 ? count : 0
    }
  }

  /// What can't be seen because a part is missing, for people.
  public var limits: [String] {
    programs.compactMap { program in
      program.error.map { "\(program.name) is not active (\($0)): \(Self.cost(of: program.name))" }
    }
  }

  private static func cost(of name: String) -> String {
    switch name {
    case "on_sock_create": "new sockets are not reported"
    case "on_bind4", "on_bind6": "binds are not reported"
    case "on_connect4", "on_connect6": "connects of UDP are not reported"
    case "on_peername4", "on_peername6": "accepts are reported with the first use of the connection"
    case "on_sendmsg4", "on_sendmsg6": "datagrams of unconnected sockets have no destination"
    case "on_recvmsg4", "on_recvmsg6": "datagrams of unconnected sockets have no source"
    case "on_sock_release": "closes are not reported"
    case "on_send_length", "on_recv_length": "sends or receives are not reported (before Linux 6.3)"
    case "on_set_state": "TCP connections that come up, fail or end are not reported"
    case "on_error": "errors from the network are reported for TCP alone"
    default: "sockets that were open before are followed from their first call on"
    }
  }
}

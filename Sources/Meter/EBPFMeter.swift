internal import CMeter
public import LinuxSystem
internal import Synchronization

/// The eBPF meter: it counts exactly, in the kernel, for all sockets and namespaces.
public final class EBPFMeter: TrafficMeter {
  public let kind = MeterKind.ebpf
  public let programs: [Program]

  /// One part of the meter, and whether it is active.
  public struct Program: Hashable, Sendable {
    public var name: String
    public var isActive: Bool
    /// Why it is not active; nil if it is active, or was not wanted.
    public var error: Errno?
    /// The last words of the kernel's verifier, or why the part's target was not found; empty if there are none.
    public var log = ""
  }

  private let state: Mutex<EBPFMeterState>

  /// Loads and attaches the programs. Counting starts before this returns, and the owners of open sockets are known by
  /// then.
  ///
  /// - Parameters:
  ///   - cgroupRoot: the mount point of cgroup v2.
  ///   - passing: whether to count forwarded flows, non-IP traffic and drops as well.
  ///   - excluded: programs not to load, so that tests can behave like older kernels.
  public init(cgroupRoot: String, passing: Bool = true, excluding excluded: [String] = []) throws(MeterError) {
    let pids = try EmbeddedProgram.readerPIDNamespace()
    var report = [hw_meter_program](repeating: hw_meter_program(), count: Int(HW_METER_PROGRAMS))
    var count = 0
    var message = [CChar](repeating: 0, count: 256)
    var meter: OpaquePointer?
    let status = try EmbeddedProgram.withBuilds(meterProgramText, byAddress: meterByAddressProgramText) { objects in
      cgroupRoot.withCString { root in
        excluded.joined(separator: ",").withCString { without in
          var options = hw_meter_options(
            cgroup: root, reader_pid_namespace: pids, passing: passing, without: without)
          return hw_meter_start(objects, &options, &meter, &report, &count, &message)
        }
      }
    }
    programs = report.prefix(count).map(Program.init)
    guard let meter, status == 0 else {
      throw MeterError(status: status, message: message, programs: programs)
    }
    state = Mutex(EBPFMeterState(meter: meter))
  }

  deinit { state.withLock { hw_meter_stop($0.meter) } }

  public var limits: [String] {
    // Several parts may have the same effect.
    var names: [String: [String]] = [:]
    var order: [String] = []
    for program in programs {
      guard let error = program.error else { continue }
      let cost = Self.cost(of: program.name)
      if names[cost] == nil { order.append(cost) }
      names[cost, default: []].append("\(program.name) (\(error))")
    }
    return order.map { "not active: \(names[$0, default: []].joined(separator: ", ")): \($0)" }
  }

  public var countsPayload: Bool {
    // One of each kind is needed: without tracepoints, the kernel's functions are used.
    let active = Set(programs.filter(\.isActive).map(\.name))
    return !active.isDisjoint(with: ["on_send_length", "on_inet_send"])
      && !active.isDisjoint(with: ["on_recv_length", "on_inet_receive"])
  }

  public func wait(seconds: Double, stop: () -> Bool) {
    let end = MonotonicClock.seconds + seconds
    let wakeup = state.withLock { hw_meter_wakeup_descriptor($0.meter) }
    while !stop() {
      let left = end - MonotonicClock.seconds
      guard left > 0 else { return }
      if Readiness.wait(readable: wakeup, seconds: min(left, 0.05)) { state.withLock { $0.drain() } }
      state.withLock { $0.mendIfDue() }
    }
  }

  public func read() throws -> MeterReading { try state.withLock { try $0.read() } }

  /// What is less exact without program `name`.
  private static func cost(of name: String) -> String {
    switch name {
    case "on_sock_create": "the process of a socket is unknown until the socket sends or receives"
    case "on_sock_release": "a UDP socket that closes between two readings is not counted"
    case "on_tcp_destroy": "a TCP connection that closes between two readings is not counted"
    case "on_send_length", "on_recv_length":
      "traffic of a socket that was handed to another process is counted for the process that opened it; packet-socket traffic is not counted"
    case "on_inet6_send", "on_inet6_receive": "the process that uses a socket of IPv6 is not updated"
    case "on_send_page": "what sendfile() and splice() send is not among the payload"
    case "on_packet_send": "packet-socket traffic is not counted"
    case "on_clone": "the process of an accepted connection is unknown until it sends or receives"
    case "seed": "sockets opened before the meter started have no owner until they send or receive"
    case "on_dev_queue": "forwarded flows are not counted"
    case "on_receive": "received non-IP and ICMP is unknown"
    case "on_drop", "on_plain_drop": "dropped packets are unknown"
    case "on_unsent", "on_plain_unsent": "what was counted as sent and then dropped here is not taken back"
    default: "the process that uses a socket is not updated"
    }
  }
}

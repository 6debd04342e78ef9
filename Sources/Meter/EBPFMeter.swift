internal import CMeter
public import LinuxSystem
internal import Synchronization

/// The eBPF meter: exact, in the kernel, for all sockets and namespaces.
public final class EBPFMeter: TrafficMeter {
  public let kind = MeterKind.ebpf
  public let programs: [Program]

  /// One part of the meter and what became of it.
  public struct Program: Hashable, Sendable {
    public var name: String
    public var isActive: Bool
    /// Why it is not active; nil if it was not wanted.
    public var error: Errno?
  }

  private let state: Mutex<EBPFMeterState>

  /// Loads and attaches. Counting starts before this returns; sockets that were open have their owners already.
  ///
  /// - Parameters:
  ///   - cgroupRoot: where cgroup v2 is mounted.
  ///   - passing: also counts forwarded flows, non-IP and drops.
  ///   - excluded: programs not to load, for tests of older kernels' behaviour.
  public init(cgroupRoot: String, passing: Bool = true, excluding excluded: [String] = []) throws(MeterError) {
    let object = EmbeddedProgram.bytes(of: meterProgramText)
    guard !object.isEmpty else { throw MeterError(.failed, "read the embedded eBPF object", cause: "it is damaged") }
    let pids = try EmbeddedProgram.readerPIDNamespace()
    var report = [hw_meter_program](repeating: hw_meter_program(), count: Int(HW_METER_PROGRAMS))
    var count = 0
    var message = [CChar](repeating: 0, count: 256)
    var meter: OpaquePointer?
    let status = cgroupRoot.withCString { root in
      excluded.joined(separator: ",").withCString { without in
        var options = hw_meter_options(
          cgroup: root, reader_pid_namespace: pids, passing: passing, without: without)
        return hw_meter_start(object, object.count, &options, &meter, &report, &count, &message)
      }
    }
    programs = report.prefix(count).map(Program.init)
    guard let meter, status == 0 else {
      throw MeterError(status: status, message: message)
    }
    state = Mutex(EBPFMeterState(meter: meter))
  }

  deinit { state.withLock { hw_meter_stop($0.meter) } }

  public var limits: [String] {
    let missing = programs.filter { $0.error != nil }
    return missing.map {
      "\($0.name) is not active (\($0.error.map(String.init(describing:)) ?? "")): \(Self.cost(of: $0.name))"
    }
  }

  public func wait(seconds: Double, stop: () -> Bool) {
    let end = MonotonicClock.seconds + seconds
    let wakeup = state.withLock { hw_meter_wakeup_descriptor($0.meter) }
    while !stop() {
      let left = end - MonotonicClock.seconds
      guard left > 0 else { return }
      if Readiness.wait(readable: wakeup, seconds: min(left, 0.05)) { state.withLock { $0.drain() } }
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
    case "seed": "sockets opened before the meter started have no owner until they send or receive"
    case "on_dev_queue": "forwarded flows are not counted"
    case "on_receive": "received non-IP and ICMP is unknown"
    case "on_drop": "dropped packets are unknown"
    default: "the process that uses a socket is not updated"
    }
  }
}

internal import CTraffic
public import Flows
internal import LinuxSystem
public import Meter
public import Netlink
internal import Synchronization

/// Sends known traffic of each kind between two namespaces of its own, and compares it with a meter's reading.
///
/// It needs root, or `CAP_SYS_ADMIN`, `CAP_NET_ADMIN` and `CAP_NET_RAW` besides what the meter needs. It changes
/// nothing outside its namespaces, and everything that it created ends with it, even if it is killed. Several can run
/// at once.
public struct SelfTest: Sendable {
  /// Returns the namespaces that a meter may have to ask.
  public typealias Namespaces = @Sendable () -> [(Place, NetworkNamespaceSockets)]

  private let command: [String]
  private let makeMeter: @Sendable (@escaping Namespaces) throws -> any TrafficMeter
  private let makeFallback: @Sendable (@escaping Namespaces) throws -> (any TrafficMeter)?

  /// The tolerated deviation of a count, as a share.
  public static let tolerance = 0.02
  /// Kinds that would start later than this many seconds after the first one are skipped, on a machine of usual speed.
  private static let limit = 22.0

  /// - Parameters:
  ///   - executable: a program that calls `runTraffic(arguments:)` with what follows `arguments`.
  ///   - arguments: its hidden subcommand.
  ///   - meter: creates the meter to test.
  ///   - fallback: creates a meter whose figures are shown for comparison; nil for none.
  public init(
    executable: String = "/proc/self/exe", arguments: [String] = ["selftest-traffic"],
    meter: @escaping @Sendable (@escaping Namespaces) throws -> any TrafficMeter,
    fallback: @escaping @Sendable (@escaping Namespaces) throws -> (any TrafficMeter)? = { _ in nil }
  ) {
    command = [executable] + arguments
    makeMeter = meter
    makeFallback = fallback
  }

  /// The titles of all kinds, in the order of `run`.
  public static var titles: [String] { TrafficKind.all.map(\.title) }

  /// Runs every kind with one meter, one after the other. It takes less than 25 seconds on a machine of usual speed;
  /// all time limits grow with this machine's slowness.
  ///
  /// - Parameters:
  ///   - titles: the kinds to run; nil for all.
  ///   - progress: called with each result as soon as it exists.
  /// - Throws: if the namespaces or the meter can't be created, or the meter can't be read.
  public func run(
    titles: Set<String>? = nil, progress: (SelfTestResult) -> Void = { _ in }
  ) throws -> [SelfTestResult] {
    let wire = try TestWire.lay()
    let sockets = try wire.sockets()
    let meter = try makeMeter { sockets }
    let fallback = try makeFallback { sockets }
    let slowness = try Slowness.measured(command, in: wire.near)
    let start = MonotonicClock.seconds
    var results: [SelfTestResult] = []
    for (index, kind) in TrafficKind.all.enumerated() where titles?.contains(kind.title) ?? true {
      let begun = MonotonicClock.seconds
      var result = SelfTestResult(
        title: kind.title, about: kind.about, outcome: .passed, meter: meter.kind, sides: [], fallback: [], seconds: 0)
      if begun - start > Self.limit * slowness.factor {
        result.outcome = .skipped(reason: "the kinds before it took too long")
      } else {
        // Each kind has its own ports, so late traffic of the one before is not counted for it.
        let base = UInt16(20000 + index * 16)
        let run = KindRun(
          kind: kind, command: command, ports: base..<base + 16, meter: meter, fallback: fallback, slowness: slowness)
        do {
          (result.sides, result.fallback) = try run.measure(on: wire)
          result.outcome = Self.judge(result.sides, meter)
        } catch TrafficChild.Refusal.skipped(let reason) {
          result.outcome = .skipped(reason: reason)
        } catch TrafficChild.Refusal.failed(let reason) {
          result.outcome = .failed(reason: reason)
        }
      }
      result.seconds = MonotonicClock.seconds - begun
      results.append(result)
      progress(result)
    }
    return results
  }

  /// A deviation that the meter itself announces as a limit is no failure.
  private static func judge(_ sides: [SelfTestSide], _ meter: any TrafficMeter) -> SelfTestResult.Outcome {
    if meter.kind == .sockets, sides.allSatisfy(\.counted.isZero) {
      return .skipped(reason: "the fallback meter cannot see it")
    }
    for side in sides {
      if let fault = fault(of: side, meter) {
        return meter.kind == .sockets || !meter.countsPayload ? .limited(reason: fault) : .failed(reason: fault)
      }
    }
    guard meter.kind == .ebpf else { return .passed }
    for side in sides where side.payloadCounted != side.payloadExpected {
      return meter.countsPayload
        ? .failed(reason: "the \(side.role)'s payload is not exact")
        : .limited(reason: "payload is not counted here: the kernel does not show sends and receives")
    }
    return .passed
  }

  private static func fault(of side: SelfTestSide, _ meter: any TrafficMeter) -> String? {
    if side.counted.isZero { return "the \(side.role) was not counted" }
    if !side.ownerRight { return "the \(side.role)'s owner is wrong" }
    guard side.deviation > tolerance else { return nil }
    let percent = Double(Int(side.deviation * 1000)) / 10
    return "the \(side.role)'s bytes are \(percent) % off" + (meter.kind == .sockets ? ", being an estimate" : "")
  }

  /// Runs the part of a child process, given as `KIND ROLE PORT`. Returns its exit status.
  public static func runTraffic(arguments: [String]) -> Int32 {
    guard arguments.count == 3, let port = UInt16(arguments[2]) else { return 2 }
    return hw_traffic_run(arguments[0], arguments[1], port)
  }
}

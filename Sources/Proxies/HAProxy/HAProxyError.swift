public import Programs

/// A question about a HAProxy process that got no answer. `absent`: no `stats socket` is configured, or nobody listens
/// there. `unsupported`: the address can't be connected to from here, such as an abstract one or a descriptor.
public typealias HAProxyError = ProgramError<HAProxyRefusal>

/// Failures that only HAProxy has.
public enum HAProxyRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such process, or it is not HAProxy.
  case noProcess
  /// The stats socket's level is too low; `needed` is required.
  case level(needed: HAProxyStatsSocket.Level)
  /// The stats socket belongs to another process; `by` is its pid in its own pid namespace. A reload replaced the
  /// process in question. It keeps its connections and can be asked only through a master's command line (`-S`).
  case replaced(by: Int32)

  public var description: String {
    switch self {
    case .noProcess: "no such process, or it is not haproxy"
    case .level(let level): "needs `level \(level.rawValue)` on the `stats socket` line"
    case .replaced(let pid): "process \(pid) answers at the stats socket: it took over in a reload"
    }
  }
}

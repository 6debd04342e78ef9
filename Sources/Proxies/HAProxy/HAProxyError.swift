public import Programs

/// A question about a HAProxy process that got no answer. `absent`: no `stats socket` is configured, or nobody listens there.
/// `unsupported`: an address that cannot be dialled from here, such as an abstract one or a descriptor.
public typealias HAProxyError = ProgramError<HAProxyRefusal>

/// What only HAProxy says.
public enum HAProxyRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// No such process, or it is not HAProxy.
  case noProcess
  /// The stats socket's level is too low: this one is needed.
  case level(needed: HAProxyStatsSocket.Level)
  /// The stats socket belongs to another process, with this pid as it sees itself: the one asked for was replaced by a
  /// reload, keeps its connections, and can be asked only through a master's command line (`-S`).
  case replaced(by: Int32)

  public var description: String {
    switch self {
    case .noProcess: "no such process, or it is not haproxy"
    case .level(let level): "needs `level \(level.rawValue)` on the `stats socket` line"
    case .replaced(let pid): "process \(pid) answers at the stats socket: it took over in a reload"
    }
  }
}

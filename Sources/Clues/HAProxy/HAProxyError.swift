internal import LinuxSystem

/// A question about a HAProxy process that got no answer.
public struct HAProxyError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// No such process, or it is not HAProxy.
    case noProcess
    /// No `stats socket` is configured, or nobody listens there.
    case absent
    /// The socket's or a file's permissions.
    case notPermitted
    /// The stats socket's level is too low: this one is needed.
    case denied(needed: HAProxyStatsSocket.Level)
    /// No complete answer before the deadline.
    case slow
    /// More than `HAProxyRuntime.answerLimit` bytes.
    case tooLarge
    /// The stats socket belongs to another process, with this pid as it sees itself: the one asked for was replaced by a
    /// reload, keeps its connections, and can be asked only through a master's command line (`-S`).
    case replaced(by: Int32)
    /// An answer that this version of HAProxy should not give.
    case malformed
    /// The connection broke.
    case broken
    /// An address that cannot be dialled from here: an abstract one, a descriptor.
    case unsupported
  }

  public let code: Code
  /// What was asked, in a person's words: `ask haproxy 811 at /run/haproxy.sock: show sess all`.
  public let operation: String
  /// What the system or HAProxy said about it.
  public let cause: String?

  public init(_ code: Code, _ operation: String, cause: String? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  init(_ error: SystemError, _ operation: String) {
    let code: Code =
      switch error.errno {
      case .noSuchFile, .connectionRefused: .absent
      case .timedOut: .slow
      case let errno where errno.isDenial: .notPermitted
      default: .broken
      }
    self.init(code, operation, cause: "\(error)")
  }

  public var description: String {
    let reason =
      switch code {
      case .denied(let level): "needs `level \(level.rawValue)` on the `stats socket` line"
      case .replaced(let pid): "the stats socket is answered by process \(pid), which took over in a reload"
      default: cause ?? "\(code)"
      }
    return "\(operation): \(reason)"
  }
}

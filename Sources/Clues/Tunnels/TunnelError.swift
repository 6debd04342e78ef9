internal import LinuxSystem

/// A question about a tunnel that its program, its files or the kernel did not answer.
public struct TunnelError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// No socket or file there, or nobody listens: the device may be another program's.
    case absent
    /// The permissions of a socket, a file or the process, or the program itself: it takes root.
    case denied
    /// No complete answer before the deadline.
    case slow
    /// What came back is not what the protocol says, or is too much.
    case malformed
    /// The program says no; `cause` has its words.
    case refused
    /// This kernel cannot open paths inside another root: Linux 5.6 is needed.
    case unsupported
    /// The connection broke.
    case broken
  }

  public let code: Code
  /// What was asked, in a person's words: `ask WireGuard device wg0 at /proc/811/root/var/run/wireguard/wg0.sock`.
  public let operation: String
  public let cause: String?

  public init(_ code: Code, _ operation: String, cause: String? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  init(_ error: SystemError, _ operation: String) {
    let code: Code =
      switch error.errno {
      case .noSuchFile, .connectionRefused, .notDirectory: .absent
      case .timedOut: .slow
      case .noSystemCall: .unsupported
      case let errno where errno.isDenial: .denied
      default: .broken
      }
    self.init(code, operation, cause: "\(error)")
  }

  public var description: String { "\(operation): \(cause ?? "\(code)")" }
}

extension Errno {
  static let notDirectory = Errno(20)  // ENOTDIR
  static let noSystemCall = Errno(38)  // ENOSYS
}

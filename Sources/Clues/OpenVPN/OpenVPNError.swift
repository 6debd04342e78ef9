internal import LinuxSystem

/// Something about an OpenVPN process that could not be read.
public struct OpenVPNError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The process is none of OpenVPN's.
    case notOpenVPN
    /// No such file, or nobody listens.
    case absent
    /// Root is needed, or the process (ptrace access), or OpenVPN refuses us.
    case denied
    /// The management interface wants a password, and the one in its file is not it.
    case wrongPassword
    /// The management interface is connected but silent: another program is talking with it, or OpenVPN hangs.
    case busy
    /// No complete answer before the deadline.
    case slow
    /// It is not in the format that OpenVPN writes.
    case malformed
    /// It is there, but this way of asking would change what OpenVPN does, or is not known here.
    case unsupported
    /// Too large, too many files, or included too deeply.
    case excessive
  }

  public let code: Code
  /// What was attempted, in a person's words: `read /etc/openvpn/server.conf of process 811`.
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
      case .noSuchFile, .noSuchProcess, .connectionRefused: .absent
      case .timedOut: .slow
      case .notSupported, Errno(38): .unsupported  // ENOSYS: openat2 is missing
      case let errno where errno.isDenial: .denied
      default: .malformed
      }
    self.init(code, operation, cause: "\(error.errno)")
  }

  public var description: String { "\(operation): \(cause ?? "\(code)")" }
}

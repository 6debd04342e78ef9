public import LinuxSystem

/// A question that the kernel did not answer, and why.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable, CustomStringConvertible {
    /// A privilege is missing: `CAP_NET_ADMIN` for most questions, `CAP_SYS_ADMIN` to enter a namespace.
    case denied
    /// The answer is inconsistent or incomplete, because the table changed or a buffer was too small. Ask again.
    case interrupted
    /// The kernel's answer could not be parsed.
    case malformed
    /// This kernel, or the modules that it has loaded, can't answer; `detail` says what would be needed.
    case unsupported
    /// The object in question does not exist.
    case notFound
    /// Any other failure; see `errno`.
    case failed

    public var description: String {
      switch self {
      case .denied: "permission denied"
      case .interrupted: "the table changed while it was read"
      case .malformed: "the kernel's answer has an unknown format"
      case .unsupported: "this kernel cannot answer"
      case .notFound: "not found"
      case .failed: "failed"
      }
    }
  }

  public let code: Code
  /// What was asked, in words for people: `dump tcp sockets`.
  public let operation: String
  public let errno: Errno?
  /// The kernel's own explanation (its extended acknowledgement), or what would be needed.
  public let detail: String?

  public init(_ code: Code, _ operation: String, errno: Errno? = nil, detail: String? = nil) {
    self.code = code
    self.operation = operation
    self.errno = errno
    self.detail = detail
  }

  public var description: String {
    let cause = errno.map(String.init(describing:)) ?? "\(code)"
    return detail.map { "\(operation): \(cause) (\($0))" } ?? "\(operation): \(cause)"
  }
}

extension NetlinkError {
  /// The error for an error number with which the kernel answered `operation`.
  init(_ operation: String, _ errno: Errno, detail: String? = nil) {
    self.init(Self.code(of: errno), operation, errno: errno, detail: detail)
  }

  /// The error for any failure of `operation`.
  init(_ operation: String, cause error: any Error) {
    switch error {
    case let error as NetlinkError: self = error
    case let error as SystemError: self.init(operation, error.errno, detail: error.operation)
    default: self.init(.failed, operation, detail: "\(error)")
    }
  }

  func with(_ code: Code, detail: String? = nil) -> NetlinkError {
    NetlinkError(code, operation, errno: errno, detail: detail ?? self.detail)
  }

  private static func code(of errno: Errno) -> Code {
    switch errno {
    case .notPermitted, .accessDenied: .denied
    case .interrupted, .noBufferSpace: .interrupted
    case .noSuchFile, .noSuchProcess, .noSuchDevice, .networkUnreachable, .hostUnreachable: .notFound
    case .notSupported, .protocolNotSupported, .familyNotSupported: .unsupported
    default: .failed
    }
  }
}

extension Errno {
  static let noSuchDevice = Errno(19)  // ENODEV
  static let protocolNotSupported = Errno(93)  // EPROTONOSUPPORT
  static let familyNotSupported = Errno(97)  // EAFNOSUPPORT
  static let networkUnreachable = Errno(101)  // ENETUNREACH
  static let hostUnreachable = Errno(113)  // EHOSTUNREACH
}

public import LinuxSystem

/// Why a question to another program, or about its files, got no answer. Such programs are Docker, a cloud's metadata
/// service, a tunnel's program, a proxy.
///
/// Failures that any of them may have are cases of `Code`. A failure that only one program has is `Own`: OpenVPN
/// refuses a password, HAProxy was replaced, an HTTP status.
public struct ProgramError<Own: Error & Hashable & CustomStringConvertible>: Error, Hashable, Sendable,
  CustomStringConvertible
{
  public enum Code: Hashable, Sendable, CustomStringConvertible {
    /// There is no such file or socket, or nobody listens. The program may not exist here at all.
    case absent
    /// Permissions of a socket, a file or the process do not allow it. Root, a group, or ptrace access is needed.
    case denied
    /// There was no complete answer before the deadline.
    case slow
    /// The answer does not have the form of this program's answers.
    case malformed
    /// The answer, or the file to be read, is larger than the reader accepts.
    case excessive
    /// It exists but can't be asked in this way: not with this kernel, not with this version of the program, or not
    /// without side effects.
    case unsupported
    /// The connection or the reading failed on the way.
    case broken
    /// A failure that only this program has.
    case own(Own)

    public var description: String {
      switch self {
      case .absent: "it is not there"
      case .denied: "permission denied"
      case .slow: "no answer in time"
      case .malformed: "the answer has an unknown format"
      case .excessive: "the answer is too large"
      case .unsupported: "it can't be done here"
      case .broken: "the connection broke"
      case .own(let own): "\(own)"
      }
    }
  }

  /// The cause of an error.
  public enum Cause: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// A failed system call; the operation already names its subject.
    case errno(Errno)
    case process(ProcessError)
    /// The answer was not valid HTTP.
    case http(HTTPResponseReader.Malformation)
    /// The program's own words, or what is wrong with them.
    case said(String)

    public var description: String {
      switch self {
      case .system(let error): "\(error)"
      case .errno(let errno): "\(errno)"
      case .process(let error): "\(error)"
      case .http(let error): "not an HTTP answer: \(error)"
      case .said(let text): text
      }
    }
  }

  public let code: Code
  /// What was asked, in words for people: `list containers at /run/docker.sock`.
  public let operation: String
  public let cause: Cause?

  public init(_ code: Code, _ operation: String, cause: Cause? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  /// The error of a system call that failed during `operation`.
  package init(_ error: SystemError, _ operation: String) {
    self.init(Self.code(of: error.errno), operation, cause: .system(error))
  }

  /// The error of reading from a process that failed during `operation`.
  package init(_ error: ProcessError, _ operation: String) {
    let code: Code =
      switch error.code {
      case .gone: .absent
      case .denied: .denied
      case .failed: .broken
      case .malformed: .malformed
      }
    self.init(code, operation, cause: .process(error))
  }

  package static func code(of errno: Errno) -> Code {
    switch errno {
    case .connectionRefused, .networkUnreachable, .hostUnreachable: .absent
    case .timedOut: .slow
    case .notSupported, .noSystemCall: .unsupported
    case let errno where errno.isAbsence: .absent
    case let errno where errno.isDenial: .denied
    default: .broken
    }
  }

  public var description: String {
    cause.map { "\(operation): \($0)" } ?? "\(operation): \(code)"
  }
}

extension ProgramError.Cause: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self = .said(text) }
}

extension Errno {
  package static let noSystemCall = Errno(38)  // ENOSYS
}

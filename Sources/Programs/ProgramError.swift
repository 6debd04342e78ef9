public import LinuxSystem

/// A question to another program, or about its files, that got no answer: to Docker, to a cloud, to a tunnel's program, to a
/// proxy.
///
/// What can happen to all of them has a code of its own here. What only one of them says is `Own`: that OpenVPN refuses a
/// password, that HAProxy was replaced, an HTTP status.
public struct ProgramError<Own: Error & Hashable & CustomStringConvertible>: Error, Hashable, Sendable,
  CustomStringConvertible
{
  public enum Code: Hashable, Sendable, CustomStringConvertible {
    /// No such file or socket, or nobody listens: the program may not be there at all.
    case absent
    /// Permissions of a socket, a file or the process: it takes root, a group, or ptrace access.
    case denied
    /// No complete answer before the deadline.
    case slow
    /// What came back is not what this program answers.
    case malformed
    /// The answer, or what is to be read, is larger than is taken in.
    case excessive
    /// It is there, but can't be asked in this way: by this kernel, this version of the program, or without consequences.
    case unsupported
    /// The connection or the reading broke.
    case broken
    /// What only this program says.
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

  /// What an error was caused by.
  public enum Cause: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// A call whose subject the question names already.
    case errno(Errno)
    case process(ProcessError)
    /// What came was not HTTP.
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
  /// What was asked, in a person's words: `list containers at /run/docker.sock`.
  public let operation: String
  public let cause: Cause?

  public init(_ code: Code, _ operation: String, cause: Cause? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  /// From a call that failed while `operation` was done.
  package init(_ error: SystemError, _ operation: String) {
    self.init(Self.code(of: error.errno), operation, cause: .system(error))
  }

  /// From what could not be read of a process while `operation` was done.
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

internal import LinuxSystem

/// A relay of which nothing could be read.
public struct RelayError: Error, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// No such process, or it is another program.
    case noProcess
    /// What it would be read from is not there.
    case absent
    /// Permissions: it takes root.
    case denied
    /// It cannot be read for another reason; see `cause`.
    case failed
  }

  public let code: Code
  /// What was attempted, in a person's words: `read the configuration of nginx (pid 811)`.
  public let operation: String
  /// Why it failed, in the words of whoever said so.
  public let cause: String?

  public init(_ code: Code, _ operation: String, cause: String? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  init(_ error: SystemError, _ operation: String) {
    let code: Code =
      switch error.errno {
      case .noSuchProcess: .noProcess
      case .noSuchFile: .absent
      case let errno where errno.isDenial: .denied
      default: .failed
      }
    self.init(code, operation, cause: "\(error)")
  }

  public var description: String { "\(operation): \(cause ?? "\(code)")" }
}

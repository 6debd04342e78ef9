internal import LinuxSystem

/// A cloud that did not say what was asked.
public struct CloudMetadataError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// Nothing answers at its address: it may be switched off for this machine.
    case absent
    case slow
    /// An HTTP status other than 200 and 404.
    case refused(status: Int)
    case malformed
    /// The connection broke.
    case broken
  }

  public let code: Code
  /// What was asked, in a person's words: `ask aws for /latest/api/token`.
  public let operation: String
  public let cause: String?

  init(_ code: Code, _ operation: String, cause: String? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  init(_ failure: HTTPLink.Failure, _ operation: String) {
    switch failure {
    case .malformed(let cause): self.init(.malformed, operation, cause: "not an HTTP answer: \(cause)")
    case .system(let error):
      let code: Code =
        switch error.errno {
        case .connectionRefused, .noSuchFile, .networkUnreachable, .hostUnreachable: .absent
        case .timedOut: .slow
        default: .broken
        }
      self.init(code, operation, cause: "\(error)")
    }
  }

  public var description: String { "\(operation): \(cause ?? "\(code)")" }
}

internal import JSON

/// A question that a host did not answer.
public struct VantageError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, Codable {
    /// A privilege is missing there.
    case denied
    /// The host's kernel, or its probe, cannot tell.
    case unsupported
    case failed
    /// The answer is larger than may be sent.
    case tooLarge = "too-large"
    /// Too many questions are under way there, or another measurement.
    case busy
    /// Not answered in time.
    case slow
    case cancelled
    /// The connection has ended, or could not be used.
    case disconnected
    /// What came is no answer, or no question.
    case malformed
    /// The other side speaks another version of the protocol.
    case incompatible
  }

  public let code: Code
  /// Who was asked, as it is called here.
  public let host: String
  /// What was asked, as a person would say it: `list all sockets`.
  public let operation: String
  public let cause: String

  /// Whether the host won't answer the next question either.
  public var endsConversation: Bool {
    switch code {
    case .slow, .disconnected, .malformed, .incompatible: true
    case .denied, .unsupported, .failed, .tooLarge, .busy, .cancelled: false
    }
  }

  public init(_ code: Code, host: String, _ operation: String, cause: String) {
    self.code = code
    self.host = host
    self.operation = operation
    self.cause = cause
  }

  /// From what answering a question threw.
  public init(_ error: any Error, host: String, _ operation: String) {
    let code: Code
    var cause = "\(error)"
    switch error {
    case let error as VantageError: (code, cause) = (error.code, error.cause)
    case let error as any Refusal: code = error.vantageCode
    case is CancellationError: (code, cause) = (.cancelled, "cancelled")
    default:
      let problem = CodingProblem(error)
      code = problem == nil ? .failed : .malformed
      cause = problem?.description ?? cause
    }
    self.init(code, host: host, operation, cause: cause)
  }

  public var description: String { "\(host): \(operation): \(cause)" }
}

/// An error that says what became of the question that met it.
public protocol Refusal: Error {
  var vantageCode: VantageError.Code { get }
}

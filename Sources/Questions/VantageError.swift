internal import JSON

/// Why a host did not answer a question.
public struct VantageError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, Codable {
    /// The process that answers lacks a privilege.
    case denied
    /// The host's kernel or its probe can't answer this.
    case unsupported
    case failed
    /// The answer is larger than the wire allows.
    case tooLarge = "too-large"
    /// Too many questions are under way, or another measurement is.
    case busy
    /// The answer did not come in time.
    case slow
    case cancelled
    /// The connection has ended or could not be used.
    case disconnected
    /// The received text is not an answer, or the question is invalid.
    case malformed
    /// The other side speaks another version of the protocol.
    case incompatible
  }

  public let code: Code
  /// The name of the host that was asked.
  public let host: String
  /// The question in a person's words: `list all sockets`.
  public let operation: String
  public let cause: String

  /// Whether the host can't answer the next question either.
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

  /// Makes a `VantageError` of the error that answering the question threw.
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

/// An error that knows its `VantageError.Code` for the question that it ended.
public protocol Refusal: Error {
  var vantageCode: VantageError.Code { get }
}

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
    case is CancellationError: (code, cause) = (.cancelled, "it was withdrawn")
    case is DecodingError, is EncodingError: (code, cause) = (.malformed, Self.text(of: error))
    default: code = .failed
    }
    self.init(code, host: host, operation, cause: cause)
  }

  /// The standard library's own text runs over lines.
  private static func text(of error: any Error) -> String {
    let context: (path: [any CodingKey], text: String) =
      switch error {
      case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
        DecodingError.keyNotFound(_, let context), DecodingError.dataCorrupted(let context):
        (context.codingPath, context.debugDescription)
      case EncodingError.invalidValue(_, let context): (context.codingPath, context.debugDescription)
      default: ([], "not understood")
      }
    let path = context.path.map(\.stringValue).joined(separator: ".")
    return String((path.isEmpty ? context.text : "\(path): \(context.text)").prefix(300))
  }

  public var description: String { "\(host): \(operation): \(cause)" }
}

/// An error that says what became of the question that met it.
public protocol Refusal: Error {
  var vantageCode: VantageError.Code { get }
}

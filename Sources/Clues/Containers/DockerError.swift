internal import LinuxSystem

/// A question that a Docker or Podman engine did not answer.
public struct DockerError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// No socket there, or nobody listens.
    case absent
    /// The socket's permissions: root or the group `docker` is needed.
    case denied
    /// No complete answer before the deadline.
    case slow
    /// What came back is not what the API says.
    case malformed
    /// An HTTP status other than 200, as 404 for an unknown container.
    case refused(status: Int)
    /// `DOCKER_HOST` names something that is neither `unix://` nor `tcp://`, or the API versions have nothing in common.
    case unsupported
    /// The connection broke.
    case broken
  }

  public let code: Code
  /// What was asked, in a person's words: `list containers at /run/docker.sock`.
  public let operation: String
  /// What the system or the engine said about it.
  public let cause: String?

  public init(_ code: Code, _ operation: String, cause: String? = nil) {
    self.code = code
    self.operation = operation
    self.cause = cause
  }

  init(_ error: SystemError, _ operation: String) {
    let code: Code =
      switch error.errno {
      case .noSuchFile, .connectionRefused: .absent
      case .timedOut: .slow
      case let errno where errno.isDenial: .denied
      default: .broken
      }
    self.init(code, operation, cause: "\(error)")
  }

  public var description: String { "\(operation): \(cause ?? "\(code)")" }
}

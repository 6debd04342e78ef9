/// A host, or several as one, that can be asked. The tracer sees hosts only through this protocol, so it does not know
/// whether the answers come from this kernel, over SSH, or from a recorded bundle.
public protocol Vantage: Sendable {
  /// The host's name as documents show it.
  var host: String { get }

  /// For several hosts asked as one: those that could not be asked or stopped answering.
  var failures: [HostFailure] { get }

  /// Asks a question. A nil value in the answer means that there is none, never that it is not known.
  ///
  /// - Throws: `VantageError` if there is no answer: `unsupported` if this vantage can't answer such questions at all,
  ///   `denied` if a privilege is missing. `CancellationError` if the question was cancelled.
  func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer>
}

extension Vantage {
  /// None by default: if a vantage of one host fails, its questions throw.
  public var failures: [HostFailure] { [] }
}

/// A host that could not be asked, and why.
public struct HostFailure: Hashable, Sendable, Codable, CustomStringConvertible {
  public var host: String
  public var reason: String
  public init(host: String, reason: String) {
    self.host = host
    self.reason = reason
  }
  public var description: String { "\(host): \(reason)" }
}

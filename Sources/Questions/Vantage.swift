/// Who can be asked about a host. The tracer sees hosts through this alone, so it does not know whether the answers come
/// from this kernel, over SSH, or out of a recorded bundle.
public protocol Vantage: Sendable {
  /// The host's name, as it stands in documents.
  var host: String { get }

  /// Of several hosts asked as one, those that could not be asked, or stopped answering.
  var failures: [HostFailure] { get }

  /// - Throws: `VantageError` if there is no answer: `unsupported` for what this vantage cannot tell at all, `denied` where
  ///   a privilege is missing. Nil answers say that there is none, never that nobody knows. `CancellationError` if it was
  ///   withdrawn.
  func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer>
}

extension Vantage {
  /// A vantage of one host: if that does not answer, its questions throw.
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

internal import Flows
internal import Questions
internal import Synchronization

/// Asks a vantage for one trace, and remembers what was refused: a refusal is a reason, never an absence.
final class Inquiry: Sendable {
  enum Outcome<Value: Codable & Sendable>: Sendable {
    case told(Told<Value>)
    /// Why there is no answer, in a sentence for people.
    case refused(String)

    /// Nil where it was refused.
    var told: Told<Value>? { if case .told(let told) = self { told } else { nil } }
    var refusal: String? { if case .refused(let reason) = self { reason } else { nil } }
  }

  /// One kind of question that one host refused for one reason.
  private struct Kind: Hashable {
    let host: String
    let question: String
    let cause: String
  }

  let vantage: any Vantage
  private let refused = Mutex<[Kind: HostFailure]>([:])
  /// More kinds are not kept.
  private static let limit = 64

  init(_ vantage: any Vantage) { self.vantage = vantage }

  var host: String { vantage.host }
  var failures: [HostFailure] { vantage.failures }

  /// Of hosts that go on answering: what they refused, each kind of question once for each reason.
  var refusals: [HostFailure] {
    refused.withLock { $0.values.sorted { ($0.host, $0.reason) < ($1.host, $1.reason) } }
  }

  /// Whether a host stopped answering; what it had counted by then still holds.
  func isSilent(_ host: String) -> Bool { failures.contains { $0.host == host } }

  /// Why a way may end at `host` too early; nil if that answers.
  func silence(of host: String) -> String? {
    failures.first { $0.host == host }.map { Self.silence($0) }
  }

  private static func silence(_ failure: HostFailure) -> String {
    "\(failure.host) stopped answering (\(failure.reason)); the hosts beyond it could not be queried"
  }

  /// What a vantage cannot tell at all (`unsupported`) is refused like what it may not tell: nobody knows.
  ///
  /// - Throws: where nothing can be gone on with: the only host, or the first one, has ended the conversation; or the
  ///   question was withdrawn.
  func ask<Q: Question>(_ question: Q) async throws -> Outcome<Q.Answer> {
    do { return .told(try await vantage.ask(question)) } catch let error as VantageError {
      return .refused(try reason(for: error, Q.name))
    }
  }

  private func reason(for error: VantageError, _ question: String) throws -> String {
    guard error.endsConversation else {
      remember(error, question)
      // The same for every flow, so that flows with the same way are one chain.
      return error.code == .denied ? error.cause : "no answer to the question for the \(question): \(error.cause)"
    }
    guard error.host != vantage.host, let failure = failures.first(where: { $0.host == error.host }) else {
      throw error
    }
    return Self.silence(failure)
  }

  private func remember(_ error: VantageError, _ question: String) {
    let kind = Kind(host: error.host, question: question, cause: error.cause)
    refused.withLock { refused in
      guard refused[kind] == nil, refused.count < Self.limit else { return }
      refused[kind] = HostFailure(host: error.host, reason: "\(error.operation): \(error.cause)")
    }
  }
}

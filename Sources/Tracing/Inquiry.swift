internal import Flows
internal import Questions
internal import Synchronization

/// Asks a vantage on behalf of one trace and remembers refused questions, so that each becomes a reason and never an
/// absence.
final class Inquiry: Sendable {
  enum Outcome<Value: Codable & Sendable>: Sendable {
    case told(Told<Value>)
    /// There is no answer; the text says why, in a sentence for people.
    case refused(String)

    /// The answer; nil if it was refused.
    var told: Told<Value>? { if case .told(let told) = self { told } else { nil } }
    var refusal: String? { if case .refused(let reason) = self { reason } else { nil } }
  }

  /// A type of question that one host refused for one reason.
  private struct Kind: Hashable {
    let host: String
    let question: String
    let cause: String
  }

  private struct Refused {
    let failure: HostFailure
    /// Whether nobody could have answered: the bundle has no such output, the kernel no such table.
    let isUnsupported: Bool
  }

  let vantage: any Vantage
  private let refused = Mutex<[Kind: Refused]>([:])
  /// How many different refusals are kept.
  private static let limit = 64

  init(_ vantage: any Vantage) { self.vantage = vantage }

  var host: String { vantage.host }
  var failures: [HostFailure] { vantage.failures }

  /// What hosts that still answer have refused: each type of question once per reason.
  var refusals: [HostFailure] {
    refused.withLock { Self.sorted($0.values.map(\.failure)) }
  }

  /// Those refusals where the answer is there and was not given.
  var denials: [HostFailure] {
    refused.withLock { Self.sorted($0.values.filter { !$0.isUnsupported }.map(\.failure)) }
  }

  private static func sorted(_ failures: [HostFailure]) -> [HostFailure] {
    failures.sorted { ($0.host, $0.reason) < ($1.host, $1.reason) }
  }

  /// Whether a host has stopped answering. What it counted before remains valid.
  func isSilent(_ host: String) -> Bool { failures.contains { $0.host == host } }

  /// Why a walk may end too early at `host`; nil if the host answers.
  func silence(of host: String) -> String? {
    failures.first { $0.host == host }.map { Self.silence($0) }
  }

  private static func silence(_ failure: HostFailure) -> String {
    "\(failure.host) stopped answering (\(failure.reason)); the hosts beyond it could not be queried"
  }

  /// Asks the question. A question that the vantage does not support is treated as refused, like one that is denied:
  /// the answer is not known.
  ///
  /// - Throws: if the trace can't continue because the only or the first host has ended the conversation;
  ///   `CancellationError` if the question was cancelled.
  func ask<Q: Question>(_ question: Q) async throws -> Outcome<Q.Answer> {
    do { return .told(try await vantage.ask(question)) } catch let error as VantageError {
      return .refused(try reason(for: error, Q.name))
    }
  }

  private func reason(for error: VantageError, _ question: String) throws -> String {
    guard error.endsConversation else {
      remember(error, question)
      // The text is the same for every flow, so that flows with the same way are one chain.
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
      refused[kind] = Refused(
        failure: HostFailure(host: error.host, reason: "\(error.operation): \(error.cause)"),
        isUnsupported: error.code == .unsupported)
    }
  }
}

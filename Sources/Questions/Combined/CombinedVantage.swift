public import Flows
internal import Synchronization

/// Several hosts, asked as one.
///
/// A place says which host it is on (`Place.host`, the position in `members`), so that the same tuple, or the same inode
/// number, on two hosts is never confused. A host whose conversation has ended (`VantageError.endsConversation`) costs only
/// its own part: it is asked no more, and `failures` names it. Any other error costs only the answer it stands for.
public final class CombinedVantage: Vantage {
  /// One host and what is known of it from outside.
  public struct Member: Sendable {
    public var vantage: any Vantage
    /// Addresses by which others reach it that it does not see itself, and the own address that each stands for.
    public var publicAddresses: [IPAddress: IPAddress]

    /// Whether the program runs on it.
    public var isHere: Bool

    public init(_ vantage: any Vantage, publicAddresses: [IPAddress: IPAddress] = [:], isHere: Bool = false) {
      self.vantage = vantage
      self.isHere = isHere
      self.publicAddresses = publicAddresses
    }
  }

  public let members: [Member]
  public var host: String { members[0].vantage.host }
  private let state: Mutex<State>
  private let unreached: [HostFailure]
  private let needsFirst: Bool

  private struct State {
    /// By host: why it is asked no more.
    var failed: [Int: String] = [:]
    /// By host: why it has no part in the last answer to each question that all hosts were asked, by the question's name.
    var refused: [Int: [String: String]] = [:]
  }

  /// - Parameters:
  ///   - members: the first is where questions begin; at least one.
  ///   - unreached: hosts that were wanted too, and could not be reached.
  ///   - needsFirst: whether there is no answer without the first; else only if none is left.
  public init(_ members: [Member], unreached: [HostFailure] = [], needsFirst: Bool = true) {
    precondition(!members.isEmpty, "a combined vantage needs a host")
    self.members = members
    self.unreached = unreached
    self.needsFirst = needsFirst
    state = Mutex(State())
  }

  /// Hosts that failed since the start, and why; those that go on answering, but had no part in the last answer of all.
  public var failures: [HostFailure] { roster(for: nil).silent }

  /// - Parameter name: of the question that hosts refused; nil for whichever.
  private func roster(for name: String?) -> HostRoster {
    let state = state.withLock { $0 }
    var reasons = state.failed
    for (number, refused) in state.refused where reasons[number] == nil {
      reasons[number] = if let name { refused[name] } else { refused.values.min() }
    }
    return HostRoster(
      names: members.map(\.vantage.host), here: members.firstIndex(where: \.isHere),
      publicAddresses: members.map(\.publicAddresses), failures: reasons,
      unreached: unreached)
  }

  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    switch question.scope {
    case .host(let number): return try await ask(number, question)
    case .place(let place): return try await ask(place.host, question)
    case .everyHost(let join):
      let parts = try await askAll(question)
      let values = parts.map { HostPart(number: $0.number, value: $0.value.value) }
      return Told(join(values, roster(for: Q.name)), evidence: parts.flatMap(\.value.evidence))
    }
  }

  private func ask<Q: Question>(_ number: Int, _ question: Q) async throws -> Told<Q.Answer> {
    guard members.indices.contains(number) else {
      throw VantageError(.unsupported, host: host, "\(question)", cause: "there is no host \(number)")
    }
    let member = members[number].vantage
    if let reason = state.withLock({ $0.failed[number] }) {
      throw VantageError(.disconnected, host: member.host, "\(question)", cause: "it stopped answering (\(reason))")
    }
    do { return try await member.ask(question.asAsked).on(host: number) } catch {
      // Who was withdrawn has not failed.
      try Task.checkCancellation()
      if Self.endsConversation(error) { fail(number, error) }
      throw VantageError(error, host: member.host, "\(question)")
    }
  }

  /// Asks every host that still answers, side by side.
  private func askAll<Q: Question>(_ question: Q) async throws -> [HostPart<Told<Q.Answer>>] {
    let silent = state.withLock { Set($0.failed.keys) }
    let answers = await withTaskGroup(of: (Int, Result<Told<Q.Answer>, any Error>).self) { group in
      for (number, member) in members.enumerated() where !silent.contains(number) {
        group.addTask {
          do { return (number, .success(try await member.vantage.ask(question.asAsked).on(host: number))) } catch {
            return (number, .failure(error))
          }
        }
      }
      var all: [(Int, Result<Told<Q.Answer>, any Error>)] = []
      for await answer in group { all.append(answer) }
      return all.sorted { $0.0 < $1.0 }
    }
    // Who was withdrawn has not failed.
    try Task.checkCancellation()
    var result: [HostPart<Told<Q.Answer>>] = []
    var last: (any Error)?
    for (number, answer) in answers {
      switch answer {
      case .success(let value):
        result.append(HostPart(number: number, value: value))
        state.withLock { $0.refused[number]?[Q.name] = nil }
      case .failure(let error):
        // Without the first host there is nothing to begin with.
        if number == 0, needsFirst { throw error }
        last = error
        if Self.endsConversation(error) {
          fail(number, error)
        } else {
          state.withLock { $0.refused[number, default: [:]][Q.name] = Self.reason(error) }
        }
      }
    }
    guard !result.isEmpty else {
      throw last ?? VantageError(.disconnected, host: host, "query the hosts", cause: "no host answers any more")
    }
    return result
  }

  /// Whether the host won't answer the next question either.
  private static func endsConversation(_ error: any Error) -> Bool {
    (error as? VantageError)?.endsConversation ?? false
  }

  /// Without the host's name, which stands before it.
  private static func reason(_ error: any Error) -> String {
    (error as? VantageError).map { "\($0.operation): \($0.cause)" } ?? "\(error)"
  }

  /// The host is asked no more. Of several questions under way the first that failed says why.
  private func fail(_ number: Int, _ error: any Error) {
    state.withLock { if $0.failed[number] == nil { $0.failed[number] = Self.reason(error) } }
  }
}

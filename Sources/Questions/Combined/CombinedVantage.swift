public import Flows
internal import Synchronization

/// Several hosts that answer as one.
///
/// A place names its host (`Place.host` is the position in `members`), so the same tuple or inode number on two hosts
/// is never confused. If a host's conversation has ended (`VantageError.endsConversation`), only its own part is
/// missing: it is not asked again, and `failures` names it. After any other error only that one answer is missing.
public final class CombinedVantage: Vantage {
  /// One host, with what is known about it from outside.
  public struct Member: Sendable {
    public var vantage: any Vantage
    /// Public addresses that the host itself does not have, each with the host's own address that it stands for.
    public var publicAddresses: [IPAddress: IPAddress]

    /// Whether this program runs on the host.
    public var isHere: Bool
    /// Other names under which the host was asked.
    public var aliases: [String] = []

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
    /// By host number: why the host is not asked any more.
    var failed: [Int: String] = [:]
    /// By host number, then by the question's name: why the host's part is missing from the last answer to a question
    /// for all hosts.
    var refused: [Int: [String: String]] = [:]
  }

  /// - Parameters:
  ///   - members: the hosts; the first is where questions begin. At least one.
  ///   - unreached: hosts that were wanted but could not be reached.
  ///   - needsFirst: whether questions fail once the first host has failed; otherwise they fail only once every host
  ///     has.
  public init(_ members: [Member], unreached: [HostFailure] = [], needsFirst: Bool = true) {
    precondition(!members.isEmpty, "a combined vantage needs a host")
    self.members = members
    self.unreached = unreached
    self.needsFirst = needsFirst
    state = Mutex(State())
  }

  /// Hosts that have failed since the start, and why; also hosts that still answer but had no part in the last answer
  /// for all hosts.
  public var failures: [HostFailure] { roster(for: nil).silent }

  /// - Parameter name: the name of the question that hosts refused; nil for any question.
  private func roster(for name: String?) -> HostRoster {
    let state = state.withLock { $0 }
    var reasons = state.failed
    for (number, refused) in state.refused where reasons[number] == nil {
      reasons[number] = if let name { refused[name] } else { refused.values.min() }
    }
    return HostRoster(
      names: members.map(\.vantage.host), here: members.firstIndex(where: \.isHere),
      publicAddresses: members.map(\.publicAddresses), failures: reasons,
      unreached: unreached,
      aliases: Dictionary(
        members.enumerated().flatMap { number, member in member.aliases.map { ($0, number) } },
        uniquingKeysWith: { first, _ in first }))
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
      // A cancelled question is no failure.
      try Task.checkCancellation()
      if Self.endsConversation(error) { fail(number, error) }
      throw VantageError(error, host: member.host, "\(question)")
    }
  }

  /// Asks all hosts that still answer, at the same time.
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
    // A cancelled question is no failure.
    try Task.checkCancellation()
    var result: [HostPart<Told<Q.Answer>>] = []
    var last: (any Error)?
    for (number, answer) in answers {
      switch answer {
      case .success(let value):
        result.append(HostPart(number: number, value: value))
        state.withLock { $0.refused[number]?[Q.name] = nil }
      case .failure(let error):
        // Without the first host there is nothing to start from.
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

  /// Whether the host can't answer the next question either.
  private static func endsConversation(_ error: any Error) -> Bool {
    (error as? VantageError)?.endsConversation ?? false
  }

  /// The error's text without the host's name, which the caller puts in front of it.
  private static func reason(_ error: any Error) -> String {
    (error as? VantageError).map { "\($0.operation): \($0.cause)" } ?? "\(error)"
  }

  /// Stops asking the host. If several questions are under way, the first one that failed gives the reason.
  private func fail(_ number: Int, _ error: any Error) {
    state.withLock { if $0.failed[number] == nil { $0.failed[number] = Self.reason(error) } }
  }
}

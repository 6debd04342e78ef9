public import Flows
public import Questions
public import Tracing

/// The answers of several hosts, each for itself.
public struct HostAnswers<Answer: Sendable>: Sendable {
  /// The answers, in the order of the selection.
  public var answers: [Answer]
  /// Hosts that could not be reached, or did not answer.
  public var failures: [HostFailure]
  /// Hosts that were reached and may not tell, for want of a privilege.
  public var refusals: [HostFailure] = []
  /// What else there is to say: hosts with two names, what recorded evidence lacks.
  public var notes: [Note] = []
  /// Hosts that do not have the target.
  public var absences: [(host: String, error: TargetError)]

  public init(
    _ answers: [Answer] = [], failures: [HostFailure] = [], absences: [(host: String, error: TargetError)] = []
  ) {
    self.answers = answers
    self.failures = failures
    self.absences = absences
  }

  /// Rejects a bare pid that several hosts have, because it is not known which process is meant.
  ///
  /// - Parameter who: the target. Hosts that do not have it are not among the answers.
  /// - Throws: `TargetError`.
  public func refuseTwins(of who: String?, name: (Answer) -> String) throws {
    guard answers.count > 1, let who, case .pid(let pid)? = try Target.shaped(who) else { return }
    throw TargetError(process: pid, on: answers.map(name))
  }
}

extension HostAnswers {
  /// Asks all of several hosts at once. If one fails, only its own part is missing.
  ///
  /// - Parameter question: gets the host's position.
  init(
    asking hosts: [(name: String, vantage: any Vantage)], _ question: @escaping @Sendable (Int) async throws -> Answer
  ) async {
    let outcomes = await withTaskGroup(of: (Int, Result<Answer, any Error>).self) { group in
      for index in hosts.indices {
        group.addTask {
          do { return (index, .success(try await question(index))) } catch { return (index, .failure(error)) }
        }
      }
      var all: [(Int, Result<Answer, any Error>)] = []
      for await outcome in group { all.append(outcome) }
      return all.sorted { $0.0 < $1.0 }
    }
    self.init()
    for (index, outcome) in outcomes {
      let name = hosts[index].name
      switch outcome {
      case .success(let answer): answers.append(answer)
      case .failure(let error as TargetError): absences.append((name, error))
      case .failure(let error as VantageError) where error.code == .denied:
        refusals.append(HostFailure(host: name, reason: "\(error.operation): \(error.cause)"))
      case .failure(let error as VantageError):
        failures.append(HostFailure(host: name, reason: "\(error.operation): \(error.cause)"))
      case .failure(let error): failures.append(HostFailure(host: name, reason: "\(error)"))
      }
    }
  }
}

extension OtherHosts {
  /// Asks all hosts at once. If one fails, only its own part is missing.
  public func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (Reached) async throws -> Answer
  ) async -> HostAnswers<Answer> {
    var result = await HostAnswers(asking: reached.map { ($0.host.name, $0.vantage) }) {
      try await question(reached[$0])
    }
    result.failures.insert(contentsOf: unreached, at: 0)
    result.notes = notes
    return result
  }
}

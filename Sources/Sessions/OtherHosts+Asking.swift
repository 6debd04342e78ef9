internal import Flows
public import Questions
public import Tracing

/// What each of several hosts answered for itself.
public struct HostAnswers<Answer: Sendable>: Sendable {
  /// In the order of the selection.
  public var answers: [Answer]
  /// Hosts that could not be reached, or did not answer.
  public var failures: [HostFailure]
  /// Hosts on which what was asked for is not.
  public var absences: [(host: String, error: TargetError)]

  public init(
    _ answers: [Answer] = [], failures: [HostFailure] = [], absences: [(host: String, error: TargetError)] = []
  ) {
    self.answers = answers
    self.failures = failures
    self.absences = absences
  }

  /// Of several hosts that have a process of one number nobody knows which is meant.
  ///
  /// - Parameter who: what they were asked for; hosts without it have no part in the answers.
  /// - Throws: `TargetError`.
  public func refuseTwins(of who: String?, name: (Answer) -> String) throws {
    guard answers.count > 1, let who, case .pid(let pid)? = try Target.shaped(who) else { return }
    throw TargetError(process: pid, on: answers.map(name))
  }
}

extension OtherHosts {
  /// Asks every host at once; one that fails costs only its own part.
  public func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (Reached) async throws -> Answer
  ) async -> HostAnswers<Answer> {
    let outcomes = await withTaskGroup(of: (Int, Result<Answer, any Error>).self) { group in
      for (index, host) in reached.enumerated() {
        group.addTask {
          do { return (index, .success(try await question(host))) } catch { return (index, .failure(error)) }
        }
      }
      var all: [(Int, Result<Answer, any Error>)] = []
      for await outcome in group { all.append(outcome) }
      return all.sorted { $0.0 < $1.0 }
    }
    var result = HostAnswers<Answer>(failures: unreached)
    for (index, outcome) in outcomes {
      let name = reached[index].host.name
      switch outcome {
      case .success(let answer): result.answers.append(answer)
      case .failure(let error as TargetError): result.absences.append((name, error))
      case .failure(let error as VantageError):
        result.failures.append(HostFailure(host: name, reason: "\(error.operation): \(error.cause)"))
      case .failure(let error): result.failures.append(HostFailure(host: name, reason: "\(error)"))
      }
    }
    return result
  }
}

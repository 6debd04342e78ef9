internal import Flows
internal import Tracing
internal import Vantage
internal import Views

/// What each of several hosts answered for itself.
struct HostAnswers<Answer: Sendable>: Sendable {
  /// In the order of the settings.
  var answers: [Answer] = []
  /// Hosts that could not be reached, or did not answer.
  var failures: [HostFailure] = []
  /// Hosts on which what was asked for is not.
  var absences: [(host: String, error: TargetError)] = []

  /// Names the hosts that failed, and ends with the status for that.
  ///
  /// - Throws: also why nothing was found, if it was found nowhere.
  func reportFailures(isVerbose: Bool) throws {
    for failure in failures { Console.report("\(failure)") }
    if isVerbose, !answers.isEmpty {
      for absence in absences { Console.report("\(absence.host): \(absence.error)") }
    }
    if !failures.isEmpty { throw ExitStatus.unreachable }
    if answers.isEmpty, let absence = absences.first { throw absence.error }
  }
}

/// Reports of several hosts as one document.
struct HostReports<Report: Encodable & Sendable>: Encodable {
  let schema = "headwater.reports/1"
  let reports: [Report]
  let unreached: [HostFailure]
}

extension OtherHosts {
  /// Asks every host at once; one that fails costs only its own part.
  func ask<Answer: Sendable>(
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

extension CommonOptions {
  /// Whether the answer is that of one host, which was named: the document is then its own.
  var isOneHost: Bool { hosts.host.count == 1 }

  /// The answers of other hosts on standard output: as one document, or as text, one after the other.
  func show<Answer: Encodable & Sendable>(
    _ answers: HostAnswers<Answer>, name: (Answer) -> String, text: (Answer) -> [Line]
  ) throws {
    if json {
      if isOneHost {
        if let only = answers.answers.first { Console.print(try Document(only)) }
      } else {
        let reports = HostReports(reports: answers.answers, unreached: answers.failures)
        Console.print(try Document(reports))
      }
      return
    }
    for (index, answer) in answers.answers.enumerated() {
      var lines = isOneHost ? [] : [Line("host \(name(answer))", .heading), Line()]
      lines += text(answer)
      if index > 0 { lines.insert(Line(), at: 0) }
      Console.print(lines, style)
    }
  }
}

internal import Documents
internal import Flows
internal import Questions
internal import Sessions
internal import Views

/// The answers of one or several hosts, each for itself.
struct ReportsAnswer<Report: Encodable & Sendable>: Answer {
  let found: HostAnswers<Report>
  /// Whether the answer is that of one host, so that its document stands alone.
  let isOneHost: Bool
  /// Returns the host's name of a report.
  let name: (Report) -> String
  /// Whether nothing matched on the host.
  let isEmpty: (Report) -> Bool
  /// Whether more may be there that could not be seen.
  var isUnknown: (Report) -> Bool = { _ in false }
  /// Whether the texts of several hosts have their names as headings.
  var hasHeadings = true
  let text: (Report, Output) -> [Line]

  enum Body: Encodable {
    case one(Report)
    case several(HostReports<Report>)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .one(let report): try report.encode(to: encoder)
      case .several(let reports): try reports.encode(to: encoder)
      }
    }
  }

  var document: Body {
    if isOneHost, let only = found.answers.first { return .one(only) }
    return .several(
      HostReports(
        found.answers, unreached: found.failures.map { HostSilence(host: $0.host, reason: $0.reason) },
        refused: found.refusals.map { HostSilence(host: $0.host, reason: $0.reason) },
        absent: found.absences.map { HostSilence(host: $0.host, reason: "\($0.error)") }))
  }

  func lines(_ output: Output) -> [Line] {
    var lines: [Line] = []
    for answer in found.answers {
      if !lines.isEmpty { lines.append(Line()) }
      if !isOneHost, hasHeadings { lines += [Line("host \(name(answer))", .heading), Line()] }
      lines += text(answer, output)
    }
    return lines
  }

  func remarks(_ output: Output) -> [Line] {
    var remarks: [Line] = found.notes.filter { $0.isShown(isVerbose: output.isVerbose) }.map { "\($0)" }
    remarks += (found.failures + found.refusals).map { "\($0)" }
    if found.answers.isEmpty {
      let silent = found.failures + found.refusals
      if silent.isEmpty {
        // It is the same on all of them.
        remarks += found.absences.prefix(1).map { "\($0.error)" }
      } else {
        // A host that did not answer may have it. That such a host is none of the others says nothing.
        remarks += found.absences.filter { absence in
          !silent.contains { absence.error.text.hasPrefix("\($0.host):") }
        }.map { "\($0.host): \($0.error)" }
      }
    } else if output.isVerbose {
      remarks += found.absences.map { "\($0.host): \($0.error)" }
    }
    return remarks
  }

  var status: ExitStatus {
    if !found.failures.isEmpty { return .unreachable }
    if !found.refusals.isEmpty { return .denied }
    if found.answers.isEmpty, let absence = found.absences.first { return absence.error.status }
    guard found.answers.allSatisfy(isEmpty) else { return .answered }
    return found.answers.contains(where: isUnknown) ? .denied : .noAnswer
  }
}

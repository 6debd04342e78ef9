internal import Documents
internal import Flows
internal import Questions
internal import Tracing
internal import Views

/// The answer of `headwater trace`.
struct TraceAnswer: Answer {
  let trace: Trace
  let target: String?
  /// The host where the trace began.
  let host: String
  /// Hosts that did not answer, or stopped answering.
  let failures: [HostFailure]
  /// Notes on recorded evidence.
  let notes: [Note]
  /// Whether each hop has its evidence.
  var showsEvidence = false
  /// The option of the command that shows it.
  var evidenceOption = "--evidence"
  /// Location databases that can't be read.
  let errors: [String]

  var document: TraceDocument { trace.document }

  func lines(_ output: Output) -> [Line] {
    var lines: [Line] = []
    let isEmpty = document.chains.isEmpty
    if isEmpty || (target == nil && document.isQuiet) {
      let subject = target.map { "for \($0)" } ?? "on \(host)"
      let time = Units.duration(document.seconds)
      // Outputs without such traffic do not prove that there was none.
      let nothing =
        if trace.interval.isPasted {
          "no output shows a connection \(subject)"
        } else if let unseen {
          "whether anything moved \(subject) in \(time) is not known: \(unseen)"
        } else if isBlind {
          "no traffic was seen \(subject) in \(time), but not everything could be examined"
        } else {
          "nothing moved \(subject) in \(time)"
        }
      lines.append(
        Line(
          isEmpty
            ? (isMoving ? moved(time) : nothing)
            : "almost no traffic \(subject): under 10 kbit/s in \(time)", .bold))
      if let quiet = document.quiet { lines += [Line()] + QuietView(quiet, width: output.width).lines() }
      if isEmpty, !trace.interval.flows.isEmpty {
        lines += [Line("what did move:"), Line()]
        lines += TopTable(.process, width: output.width, limit: output.isVerbose ? nil : 8).lines(trace.interval)
      }
      if isEmpty {
        let coverage = document.coverage
        let refused = (coverage.refused ?? []).filter { !coverage.reasons.contains($0) }
        lines += Notes.distinct(refused + (coverage.limits ?? []) + coverage.reasons).map {
          Line("note: \($0)", .faint)
        }
      }
    }
    guard !isEmpty else { return lines }
    if !lines.isEmpty { lines.append(Line()) }
    var story = TraceStory(
      width: output.width, limit: output.isVerbose ? nil : 3, isVerbose: output.isVerbose,
      showsEvidence: showsEvidence || output.isVerbose)
    story.evidenceOption = evidenceOption
    // A target that names its host is of that one, whoever was asked first.
    let isNamed = (trace.inventory.hosts ?? []).contains { document.target.hasPrefix("\($0):") }
    return lines + story.lines(document, host: isNamed ? "" : host)
  }

  func remarks(_ output: Output) -> [Line] {
    notes.filter { $0.isShown(isVerbose: output.isVerbose) }.map { "\($0)" } + errors.map { Line($0) }
      + failures.map { "\($0)" }
  }

  var status: ExitStatus {
    if !failures.isEmpty { return .unreachable }
    guard document.chains.isEmpty else { return .answered }
    return (isMoving && trace.interval.isDenied == true) || unseen != nil || isBlind ? .denied : .noAnswer
  }

  /// Whether parts of a host were refused, in which the target's traffic may be.
  private var isBlind: Bool {
    guard !trace.interval.isPasted else { return false }
    return document.coverage.refused?.isEmpty == false || trace.interval.isDenied == true || !failures.isEmpty
      || trace.isOfName && trace.interval.names == nil
  }

  /// Why traffic of the target may have been there, if what was asked for is a program and the owner of something was not to be
  /// seen; nil otherwise.
  private var unseen: String? {
    guard trace.isOfProcess, document.chains.isEmpty else { return nil }
    return trace.interval.flows.lazy.compactMap(\.owner.unseenReason).first
  }

  /// Whether an interface counted traffic for which no owner was found.
  private var isMoving: Bool { document.coverage.bytes > 0 }

  private func moved(_ time: String) -> String {
    let rate = Units().rate(document.coverage.bytes, over: document.seconds)
    let amount = Units().amount(document.coverage.bytes)
    let why =
      trace.interval.isDenied == true ? "this user may not see whose it is" : "none of it belongs to a known flow"
    return "\(target ?? host) moved \(amount) in \(time) (\(rate)); \(why)"
  }
}

extension TraceDocument {
  /// Less than 10 kbit/s: a terminal session's keystrokes, ARP, a heartbeat.
  var isQuiet: Bool { seconds > 0 && Double(coverage.bytes) * 8 / seconds < 10_000 }
}

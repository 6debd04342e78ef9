internal import Flows
internal import JSON
internal import Questions
internal import Synchronization

/// Replays recorded answers.
final class RecordedIndex: Sendable {
  private let answers: RecordedAnswers
  /// Translations by every tuple of the connection, as the kernel finds them.
  private let translations: [Leg: Told<Translation?>]
  private let owners: [Int32: Owner]
  /// Why translations were refused in namespaces without any answer, where the reason is the same for every flow.
  private let refusedTranslations: [Place: RecordedAnswers.Refused]
  /// How many recorded answers can't be read, for people; nil if all can.
  let unreadable: String?
  /// How often each question was asked; it gets its answers in the recorded order.
  private let asked = Mutex<[JSONValue: Int]>([:])

  init(_ answers: RecordedAnswers) {
    self.answers = answers
    var translations: [Leg: Told<Translation?>] = [:]
    var answering: Set<Place> = []
    let recorded = answers.all(TranslationQuestion.self)
    for (question, told) in recorded.found {
      answering.insert(question.place)
      guard let found = told.value else { continue }
      for flow in [found.original, found.original.reversed, found.translated, found.translated.reversed] {
        let leg = Leg(flow, at: question.place)
        if translations[leg] == nil { translations[leg] = told }
      }
    }
    self.translations = translations
    var refused: [Place: RecordedAnswers.Refused] = [:]
    let refusals = answers.refusals(TranslationQuestion.self)
    // A missing right or a missing table concerns every flow there; a lookup that failed concerns its own flow.
    for (question, refusal) in refusals.found
    where !answering.contains(question.place) && [.denied, .unsupported].contains(refusal.code) {
      let cause = "this flow was not looked up when the bundle was made; others there were refused: \(refusal.cause)"
      refused[question.place] = RecordedAnswers.Refused(code: refusal.code, cause: cause)
    }
    refusedTranslations = refused
    var owners: [Int32: Owner] = [:]
    let owning = answers.all(OwnerQuestion.self)
    for (question, told) in owning.found { owners[question.id.pid] = told.value }
    self.owners = owners
    let damaged = recorded.unreadable + refusals.unreadable + owning.unreadable
    unreadable = damaged == 0 ? nil : "\(damaged) of its answers cannot be read"
  }

  func owner(_ pid: Int32) -> Owner? { owners[pid] }

  /// The next recorded answer; nil if the question was never asked when the bundle was made.
  func told<Q: Question>(_ question: Q) throws -> Told<Q.Answer>? {
    let key = try question.wire
    let turn = asked.withLock { asked in
      defer { asked[key, default: 0] += 1 }
      return asked[key] ?? 0
    }
    if let told = try answers.told(question, turn: turn) ?? toldAnywhere(question, turn: turn) { return told }
    guard let question = question as? TranslationQuestion else { return nil }
    return translations[Leg(question.flow, at: question.place)] as? Told<Q.Answer>
  }

  /// Why the host did not answer the question when it was recorded; nil if it did, or was not asked.
  ///
  /// A translation that was never asked for is refused as well if no other of its namespace may be looked up.
  func refusal<Q: Question>(of question: Q) throws -> RecordedAnswers.Refused? {
    if let refused = try answers.refusal(of: question) { return refused }
    return (question as? TranslationQuestion).flatMap { refusedTranslations[$0.place] }
  }

  /// The answer without its place, because versions before 0.2 recorded some answers that way.
  private func toldAnywhere<Q: Question>(_ question: Q, turn: Int) throws -> Told<Q.Answer>? {
    switch question {
    case let question as RelayQuestion:
      return try answers.told(RelayQuestion(of: question.pid, in: .anywhere(on: 0)), turn: turn) as? Told<Q.Answer>
    case let question as SitesQuestion:
      let old = SitesQuestion(of: question.pid, in: .anywhere(on: 0), seconds: 0)
      return try answers.told(old, turn: turn) as? Told<Q.Answer>
    case let question as CountersQuestion:
      return try answers.told(CountersQuestion(of: question.pids, in: .anywhere(on: 0)), turn: turn) as? Told<Q.Answer>
    default: return nil
    }
  }
}

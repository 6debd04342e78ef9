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
  /// Why translations were refused, in namespaces without any answer.
  private let refusedTranslations: [Place: RecordedAnswers.Refused]
  /// How often each question was asked; it gets its answers in the recorded order.
  private let asked = Mutex<[JSONValue: Int]>([:])

  /// An index without answers.
  init() { (answers, translations, owners, refusedTranslations) = (RecordedAnswers(), [:], [:], [:]) }

  init(_ answers: RecordedAnswers) throws {
    self.answers = answers
    var translations: [Leg: Told<Translation?>] = [:]
    var answering: Set<Place> = []
    for (question, told) in try answers.all(TranslationQuestion.self) {
      answering.insert(question.place)
      guard let found = told.value else { continue }
      for flow in [found.original, found.original.reversed, found.translated, found.translated.reversed] {
        let leg = Leg(flow, at: question.place)
        if translations[leg] == nil { translations[leg] = told }
      }
    }
    self.translations = translations
    var refused: [Place: RecordedAnswers.Refused] = [:]
    for (question, refusal) in try answers.refusals(TranslationQuestion.self)
    where !answering.contains(question.place) { refused[question.place] = refusal }
    refusedTranslations = refused
    var owners: [Int32: Owner] = [:]
    for (question, told) in try answers.all(OwnerQuestion.self) { owners[question.id.pid] = told.value }
    self.owners = owners
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
  /// A translation that was never asked for is refused for the same reason as the others of its namespace.
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

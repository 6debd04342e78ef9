package import JSON

/// What a vantage answered to each question, as `answers.json` of a bundle holds it: every question as it is sent, with the
/// answers that were given to it, in order.
public struct RecordedAnswers: Sendable {
  public static let schema = "headwater.answers/2"

  /// By question, as it is sent (`Question.wire`). Of one that was asked again and again, such as for counters, the first
  /// answers.
  private var entries: [JSONValue: [JSONValue]] = [:]

  /// A snapshot of all sockets is large; so many are kept for each relay.
  private static let answerLimit = 64

  public init() {}

  /// Keeps what was told, without secrets.
  mutating func add<Q: Question>(_ told: Told<Q.Answer>, to question: Q) throws {
    let asked = try question.wire
    guard entries[asked]?.count ?? 0 < Self.answerLimit else { return }
    let kept = Told(told.value.withoutSecrets(), evidence: told.evidence)
    entries[asked, default: []].append(try JSONValue(encoding: kept))
  }

  /// What was answered to `question` the time `turn`, from 0 on; the last answer stands for all later ones. Nil if it was
  /// never asked.
  package func told<Q: Question>(_ question: Q, turn: Int) throws -> Told<Q.Answer>? {
    guard let answers = entries[try question.wire], !answers.isEmpty else { return nil }
    return try answers[min(turn, answers.count - 1)].decoded(as: Told<Q.Answer>.self)
  }

  /// Every answer to questions of one kind.
  package func all<Q: Question>(_ type: Q.Type) throws -> [(question: Q, told: Told<Q.Answer>)] {
    var result: [(question: Q, told: Told<Q.Answer>)] = []
    for (asked, answers) in entries where asked["ask"] == .text(Q.name) {
      let question = try asked.decoded(as: Q.self)
      for answer in answers { result.append((question, try answer.decoded(as: Told<Q.Answer>.self))) }
    }
    return result
  }
}

extension RecordedAnswers {
  /// As `answers.json` holds them.
  package var json: JSONValue {
    let records = entries.map { asked, answers in
      JSONValue.object([JSONMember("question", asked), JSONMember("answers", .list(answers))])
    }
    return .object([JSONMember("schema", .text(Self.schema)), JSONMember("answers", .list(records))])
  }

  /// From `answers.json`, also as versions before 0.2 wrote it.
  package init(reading json: JSONValue) throws {
    guard json["schema"] != .text(FirstRecordedAnswers.schema) else {
      try self.init(try json.decoded(as: FirstRecordedAnswers.self))
      return
    }
    guard case .list(let records)? = json["answers"] else {
      throw RecordedAnswersError(description: "it has no list of answers")
    }
    self.init()
    for record in records {
      guard let question = record["question"], case .list(let answers)? = record["answers"] else {
        throw RecordedAnswersError(description: "an answer without its question")
      }
      entries[question] = answers
    }
  }
}

/// What is not an `answers.json`, and why, in a sentence for people.
public struct RecordedAnswersError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

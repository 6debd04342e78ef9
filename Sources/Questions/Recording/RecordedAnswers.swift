package import JSON

/// The answers of a vantage, as `answers.json` of a bundle holds them: every question as it was sent, with its answers
/// in order.
public struct RecordedAnswers: Sendable {
  public static let schema = "headwater.answers/2"

  /// The answers by question, as it is sent (`Question.wire`). Of a question that was repeated (such as for counters)
  /// only the first answers are kept.
  private var entries: [JSONValue: [JSONValue]] = [:]

  /// Why a question had no answer, by question.
  private var refusals: [JSONValue: Refused] = [:]

  /// What is damaged in a record that was read, in words for people.
  package private(set) var damages: [String] = []

  /// A question that was refused.
  package struct Refused: Hashable, Sendable {
    package let code: VantageError.Code
    /// Why, in a sentence for people.
    package let cause: String

    package init(code: VantageError.Code, cause: String) { (self.code, self.cause) = (code, cause) }
  }

  /// How many answers are kept for each question. A snapshot of all sockets is large.
  private static let answerLimit = 64

  public init() {}

  /// Adds an answer, after removing its secrets.
  package mutating func add<Q: Question>(_ told: Told<Q.Answer>, to question: Q) throws {
    let asked = try question.wire
    guard entries[asked]?.count ?? 0 < Self.answerLimit else { return }
    let kept = Told(told.value.withoutSecrets(), evidence: told.evidence)
    entries[asked, default: []].append(try JSONValue(encoding: kept))
  }

  /// Adds the reason why a question had no answer.
  mutating func add<Q: Question>(_ refusal: VantageError, to question: Q) throws {
    refusals[try question.wire] = Refused(code: refusal.code, cause: refusal.cause)
  }

  /// Why `question` was refused; nil if it was not, or was never asked.
  package func refusal<Q: Question>(of question: Q) throws -> Refused? { refusals[try question.wire] }

  /// The reasons why questions of one type were refused, and how many of these can't be read.
  package func refusals<Q: Question>(
    _ type: Q.Type
  ) -> (found: [(question: Q, refused: Refused)], unreadable: Int) {
    var found: [(question: Q, refused: Refused)] = []
    var unreadable = 0
    for (asked, refused) in refusals where asked["ask"] == .text(Q.name) {
      do { found.append((try asked.decoded(as: Q.self), refused)) } catch { unreadable += 1 }
    }
    return (found, unreadable)
  }

  /// How many questions of each name were refused, with the most frequent of the reasons first.
  public var refusalCounts: [(question: String, count: Int, causes: [String])] {
    var causes: [String: [String: Int]] = [:]
    for (asked, refused) in refusals {
      guard case .text(let name)? = asked["ask"] else { continue }
      causes[name, default: [:]][refused.cause, default: 0] += 1
    }
    return causes.sorted { $0.key < $1.key }.map { name, counts in
      let order = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      return (name, counts.values.reduce(0, +), order.map(\.key))
    }
  }

  /// The answer to `question` at repetition `turn`, counted from 0; after the last recorded answer, that one again. Nil
  /// if the question was never asked.
  package func told<Q: Question>(_ question: Q, turn: Int) throws -> Told<Q.Answer>? {
    guard let answers = entries[try question.wire], !answers.isEmpty else { return nil }
    return try answers[min(turn, answers.count - 1)].decoded(as: Told<Q.Answer>.self)
  }

  /// All answers to questions of one type, and how many of these can't be read.
  package func all<Q: Question>(
    _ type: Q.Type
  ) -> (found: [(question: Q, told: Told<Q.Answer>)], unreadable: Int) {
    var found: [(question: Q, told: Told<Q.Answer>)] = []
    var unreadable = 0
    for (asked, answers) in entries where asked["ask"] == .text(Q.name) {
      do {
        let question = try asked.decoded(as: Q.self)
        for answer in answers { found.append((question, try answer.decoded(as: Told<Q.Answer>.self))) }
      } catch { unreadable += 1 }
    }
    return (found, unreadable)
  }
}

extension RecordedAnswers {
  /// The content of `answers.json`.
  package var json: JSONValue {
    let records = entries.map { asked, answers in
      JSONValue.object([JSONMember("question", asked), JSONMember("answers", .list(answers))])
    }
    var members = [JSONMember("schema", .text(Self.schema)), JSONMember("answers", .list(records))]
    let refused = refusals.map { asked, refusal in
      JSONValue.object([
        JSONMember("question", asked), JSONMember("code", .text(refusal.code.rawValue)),
        JSONMember("cause", .text(refusal.cause)),
      ])
    }
    // Versions that don't know the list ignore it.
    if !refused.isEmpty { members.append(JSONMember("refused", .list(refused))) }
    return .object(members)
  }

  /// Reads `answers.json`.
  package init(reading json: JSONValue) throws {
    if case .text(let schema)? = json["schema"], schema != Self.schema {
      throw RecordedAnswersError(description: "it has schema \(schema), and this version reads \(Self.schema)")
    }
    guard case .list(let records)? = json["answers"] else {
      throw RecordedAnswersError(description: "it has no list of answers")
    }
    self.init()
    var torn = 0
    for record in records {
      guard let question = record["question"], case .list(let answers)? = record["answers"] else {
        torn += 1
        continue
      }
      entries[question] = answers
    }
    if torn > 0 { damages.append("\(torn) of its \(records.count) answers have no question or no list of answers") }
    takeRefusals(json["refused"])
  }

  private mutating func takeRefusals(_ json: JSONValue?) {
    // Versions before the list, and hosts that refused nothing, have none.
    guard let json, json != .null else { return }
    guard case .list(let refused) = json else {
      damages.append("its list of refused questions is no list: why they were refused is not known")
      return
    }
    var torn = 0
    for record in refused {
      guard let question = record["question"], case .text(let cause)? = record["cause"] else {
        torn += 1
        continue
      }
      var code = VantageError.Code.failed
      if case .text(let text)? = record["code"] { code = VantageError.Code(rawValue: text) ?? .failed }
      refusals[question] = Refused(code: code, cause: cause)
    }
    if torn > 0 { damages.append("\(torn) of its \(refused.count) refusals have no question or no reason") }
  }
}

/// Why a file is not a valid `answers.json`, in a sentence for people.
public struct RecordedAnswersError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

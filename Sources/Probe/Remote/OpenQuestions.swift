internal import Questions

/// The questions that a remote vantage has under way: who waits, until when. No I/O.
struct OpenQuestions {
  typealias Outcome = Result<WireAnswer, VantageError>

  struct Waiting {
    let question: any Question
    let deadline: Double
    let resume: @Sendable (Outcome) -> Void
  }

  private let host: String
  private let limit: Int
  private var waiting: [UInt64: Waiting] = [:]
  private var nextID: UInt64 = 1
  /// Why nothing can be asked any more.
  private(set) var end: (code: VantageError.Code, cause: String)?

  init(host: String, limit: Int) {
    self.host = host
    self.limit = limit
  }

  var nextDeadline: Double? { waiting.values.map(\.deadline).min() }
  var count: Int { waiting.count }

  func error(_ code: VantageError.Code, _ question: any Question, _ cause: String) -> VantageError {
    VantageError(code, host: host, "\(question)", cause: cause)
  }

  /// A number for the next question.
  mutating func number() -> UInt64 {
    defer { nextID += 1 }
    return nextID
  }

  /// Waits for the answer to question `id`; why that cannot be, if it cannot.
  mutating func add(_ id: UInt64, _ item: Waiting) -> VantageError? {
    if let end { return error(end.code, item.question, end.cause) }
    if waiting.count >= limit { return error(.busy, item.question, "\(limit) questions are unanswered already") }
    waiting[id] = item
    return nil
  }

  mutating func remove(_ id: UInt64) -> Waiting? { waiting.removeValue(forKey: id) }

  /// Takes out what has to be answered now, with its outcome; nobody may wait for what comes (it was withdrawn).
  mutating func settle(_ reply: WireReply) -> (Waiting, Outcome)? {
    switch reply {
    case .hello: return nil
    case .answer(let id, let answer): return waiting.removeValue(forKey: id).map { ($0, .success(answer)) }
    case .refusal(let id, let code, let operation, let cause):
      guard let item = id.flatMap({ waiting.removeValue(forKey: $0) }) else { return nil }
      let said = operation == "\(item.question)" ? cause : "\(operation): \(cause)"
      return (item, .failure(error(code, item.question, said)))
    }
  }

  /// Takes out what was not answered in time.
  mutating func overdue(at now: Double) -> [(UInt64, Waiting)] {
    let overdue = waiting.filter { $0.value.deadline <= now }
    for id in overdue.keys { waiting[id] = nil }
    return overdue.map { ($0.key, $0.value) }
  }

  /// Takes out everything; nothing can be asked any more.
  mutating func close(_ code: VantageError.Code, _ cause: String) -> [(Waiting, Outcome)] {
    if end == nil { end = (code, cause) }
    defer { waiting = [:] }
    return waiting.values.map { ($0, .failure(error(code, $0.question, cause))) }
  }
}

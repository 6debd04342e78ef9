internal import Questions

/// The questions that a remote vantage has under way, with their callers and deadlines. No I/O.
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
  /// Why nothing can be asked any more; nil while something can.
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

  /// An unused number for the next question.
  mutating func number() -> UInt64 {
    defer { nextID += 1 }
    return nextID
  }

  /// Adds question `id`, which now waits for its answer. Returns the error if that is not possible.
  mutating func add(_ id: UInt64, _ item: Waiting) -> VantageError? {
    if let end { return error(end.code, item.question, end.cause) }
    if waiting.count >= limit { return error(.busy, item.question, "\(limit) questions are unanswered already") }
    waiting[id] = item
    return nil
  }

  mutating func remove(_ id: UInt64) -> Waiting? { waiting.removeValue(forKey: id) }

  /// Removes the question that `reply` answers, and returns it with its outcome; nil if no caller waits for it, because
  /// the question was cancelled.
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

  /// Removes and returns the questions whose deadline has passed.
  mutating func overdue(at now: Double) -> [(UInt64, Waiting)] {
    let overdue = waiting.filter { $0.value.deadline <= now }
    for id in overdue.keys { waiting[id] = nil }
    return overdue.map { ($0.key, $0.value) }
  }

  /// Removes and returns all questions; nothing can be asked any more.
  mutating func close(_ code: VantageError.Code, _ cause: String) -> [(Waiting, Outcome)] {
    if end == nil { end = (code, cause) }
    defer { waiting = [:] }
    return waiting.values.map { ($0, .failure(error(code, $0.question, cause))) }
  }
}

/// Passes every question on to another vantage and records the answers, so that a bundle can replay them.
public actor RecordingVantage: Vantage {
  public nonisolated let host: String
  private let other: any Vantage
  /// The answers so far. Answers to questions for all hosts, and files, are not among them: the caller writes those to
  /// files of their own.
  public private(set) var answers = RecordedAnswers()

  public init(_ other: any Vantage) {
    self.other = other
    host = other.host
  }

  public nonisolated var failures: [HostFailure] { other.failures }

  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    let told = try await other.ask(question)
    if case .everyHost = question.scope { return told }
    if question is FilesQuestion { return told }
    try answers.add(told, to: question)
    return told
  }
}

/// Passes every question on to another vantage and records the answers, and why there was none, so that a bundle can replay them.
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
    let isKnown = !(question is FilesQuestion)
    var isRecorded = isKnown
    if case .everyHost = question.scope { isRecorded = false }
    do {
      let told = try await other.ask(question)
      if isRecorded { try answers.add(told, to: question) }
      return told
    } catch let error as VantageError {
      // That the conversation ended, or was ended, says nothing about the question.
      if isKnown, !error.endsConversation, error.code != .cancelled { try answers.add(error, to: question) }
      throw error
    }
  }
}

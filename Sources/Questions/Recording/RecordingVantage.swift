/// Passes every question on to another vantage and writes down the answers, so that they can be given again elsewhere.
public actor RecordingVantage: Vantage {
  public nonisolated let host: String
  private let other: any Vantage
  /// What was answered so far; inventory, interval and sockets are kept by whoever asked, in files of their own.
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

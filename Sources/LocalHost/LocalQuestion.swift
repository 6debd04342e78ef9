internal import Questions

/// A question that this host can answer itself.
protocol LocalQuestion: Question {
  /// - Throws: if there is no answer, with the reason. That the thing in question does not exist is an answer.
  func answer(on host: LocalVantage) async throws -> Told<Answer>
}

internal import Questions

/// A question that this host answers itself.
protocol LocalQuestion: Question {
  /// - Throws: why there is no answer. That there is none of what was asked for is an answer.
  func answer(on host: LocalVantage) async throws -> Told<Answer>
}

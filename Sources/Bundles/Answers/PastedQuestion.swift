internal import Questions

/// A question that pasted outputs may answer.
protocol PastedQuestion: Question {
  /// The answer; nil if the outputs can't tell. If they show that there is none, that is an answer.
  func answer(from bundle: BundleVantage) throws -> Told<Answer>?
}

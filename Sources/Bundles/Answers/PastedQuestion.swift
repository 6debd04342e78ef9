internal import Questions

/// A question that pasted outputs may answer.
protocol PastedQuestion: Question {
  /// Nil where they cannot tell; where they show that there is none, that is an answer.
  func answer(from bundle: BundleVantage) throws -> Told<Answer>?
}

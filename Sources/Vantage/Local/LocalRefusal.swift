/// Why this host does not answer a question, in a sentence for people.
struct LocalRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  let code: VantageError.Code
  let description: String

  init(_ code: VantageError.Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

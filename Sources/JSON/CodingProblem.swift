/// Why a value could not be decoded or encoded, on one line: `flows.flow: expected text`.
///
/// The standard library's own text has several lines and names this program's types.
public struct CodingProblem: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// Nil if `error` is no coding error.
  public init?(_ error: any Error) {
    let context: (path: [any CodingKey], text: String)
    switch error {
    case DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found),
      DecodingError.keyNotFound(_, let found), DecodingError.dataCorrupted(let found):
      context = (found.codingPath, found.debugDescription)
    case EncodingError.invalidValue(_, let found): context = (found.codingPath, found.debugDescription)
    case is DecodingError, is EncodingError: context = ([], "not in the expected format")
    default: return nil
    }
    let path = context.path.map(\.stringValue).joined(separator: ".")
    description = String((path.isEmpty ? context.text : "\(path): \(context.text)").prefix(300))
  }
}

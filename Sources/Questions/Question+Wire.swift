package import JSON

extension Question {
  /// The question as JSON: `{"ask":"route","address":"10.0.0.1","namespace":4026531840}`.
  package var wire: JSONValue {
    get throws {
      var members = [JSONMember("ask", .text(Self.name))]
      if case .object(let fields) = try JSONValue(encoding: self) { members += fields }
      return .object(members)
    }
  }
}

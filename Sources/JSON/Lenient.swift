/// A value that is nil where the JSON has something else in its place: other people's documents change.
public struct Lenient<Value: Decodable>: Decodable {
  public var value: Value?

  public init(from decoder: any Decoder) throws {
    // Something else in its place is what this is for; the document itself was understood before.
    value = try? decoder.singleValueContainer().decode(Value.self)
  }
}

extension JSONValue {
  /// What `text` says; nil if it is no JSON, or not such a document.
  public static func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) -> Value? {
    // The caller says what it means that a text is another one.
    try? JSONValue(parsing: text).decoded(as: type)
  }
}

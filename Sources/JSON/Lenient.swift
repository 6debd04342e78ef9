/// A value that is nil if the JSON has something else in its place, because the documents of other programs change.
public struct Lenient<Value: Decodable>: Decodable {
  public var value: Value?

  public init(from decoder: any Decoder) throws {
    // Something else in its place is what this is for; the document itself was understood before.
    value = try? decoder.singleValueContainer().decode(Value.self)
  }
}

extension JSONValue {
  /// Decodes a document from `text`; nil if it is no JSON, or no such document.
  public static func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) -> Value? {
    // The caller says what it means that a text is another one.
    try? JSONValue(parsing: text).decoded(as: type)
  }
}

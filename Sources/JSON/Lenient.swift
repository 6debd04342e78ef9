/// A value that is nil if the JSON has something else in its place, because the documents of other programs change.
public struct Lenient<Value: Decodable>: Decodable {
  public var value: Value?

  public init(from decoder: any Decoder) throws {
    // A wrong type is what this handles; the document itself was already parsed.
    value = try? decoder.singleValueContainer().decode(Value.self)
  }
}

extension JSONValue {
  /// Decodes a document from `text`; nil if it is no JSON, or no such document.
  public static func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) -> Value? {
    // The caller decides what a different document means.
    try? JSONValue(parsing: text).decoded(as: type)
  }
}

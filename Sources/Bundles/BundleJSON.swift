internal import JSON

/// The recorded files of a bundle: one line of JSON each, with the keys of the probe's answers.
enum BundleJSON {
  static func encode(_ value: some Encodable) throws -> [UInt8] { try JSONValue(encoding: value).line }

  static func decode<Value: Decodable>(_ type: Value.Type, from content: [UInt8]) throws -> Value {
    try JSONValue(parsing: content).decoded(as: type)
  }
}

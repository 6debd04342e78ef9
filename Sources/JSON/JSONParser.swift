extension JSONValue {
  /// Parses one value, with white space around it.
  ///
  /// - Parameters:
  ///   - depth: how deep lists and objects may be nested.
  ///   - count: how many values there may be; a tree needs about 50 bytes for each.
  public init(parsing bytes: [UInt8], depth: Int = 64, count: Int = 4_000_000) throws(JSONError) {
    self = try Self.parse(bytes[...], depth: depth, count: count)
  }

  public static func parse(
    _ bytes: ArraySlice<UInt8>, depth: Int = 64, count: Int = 4_000_000
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, position: bytes.startIndex, depthLeft: depth, countLeft: count)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.byte == nil else { throw parser.error("something follows the value") }
    return value
  }
}

/// Parses a text in one pass. Every function leaves the position behind what it has read.
struct JSONParser {
  let bytes: ArraySlice<UInt8>
  var position: Int
  var depthLeft: Int
  var countLeft: Int

  var byte: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  func error(_ cause: String, _ code: JSONError.Code = .malformed) -> JSONError {
    JSONError(code, at: position - bytes.startIndex, cause)
  }

  mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ expected: UInt8) -> Bool {
    guard byte == expected else { return false }
    position += 1
    return true
  }

  mutating func value() throws(JSONError) -> JSONValue {
    guard countLeft > 0 else { throw error("too many values", .tooMany) }
    countLeft -= 1
    skipSpace()
    switch byte {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.list() }
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ read: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depthLeft > 0 else { throw error("too deep", .tooDeep) }
    depthLeft -= 1
    position += 1
    let value = try read(&self)
    depthLeft += 1
    return value
  }

  private mutating func list() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .list([]) }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return .list(elements) }
      guard take(UInt8(ascii: ",")) else { throw error("no end of the list") }
    }
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members: [JSONMember] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipSpace()
      let name = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("no colon after a name") }
      members.append(JSONMember(name, try value()))
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw error("no end of the object") }
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let end = position + text.utf8CodeUnitCount
    let isThere = text.withUTF8Buffer { end <= bytes.endIndex && bytes[position..<end].elementsEqual($0) }
    guard isThere else { throw error("not a value") }
    position = end
    return value
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte, (48...57).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    let isNegative = take(UInt8(ascii: "-"))
    let first = byte
    let wholeDigits = digits()
    guard wholeDigits > 0, wholeDigits == 1 || first != UInt8(ascii: "0") else { throw error("not a value") }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard digits() > 0 else { throw error("no digit after the point") }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
      guard digits() > 0 else { throw error("no digit in the exponent") }
    }
    guard position - start <= 1024 else { throw error("a number of more than 1024 digits") }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, !isNegative, let value = UInt64(text) { return .unsigned(value) }
    if isWhole, isNegative, let value = Int64(text) { return value == 0 ? .unsigned(0) : .negative(value) }
    guard let value = Double(text), value.isFinite else { throw error("a number without a value") }
    return .real(value)
  }
}

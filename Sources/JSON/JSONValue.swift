/// A JSON value (RFC 8259) as a tree.
///
/// It has its own parser and writer because the probe must stay small: it uses the standard library only.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A whole number with all 64 bits, which socket cookies need.
  case unsigned(UInt64)
  case negative(Int64)
  case real(Double)
  case text(String)
  case list([JSONValue])
  /// The members in the order of the text.
  case object([JSONMember])

  /// The value of the member `name`; nil if there is none, or if this is no object. Of equal names the last one.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// Sets the member `name` of an object, or appends it; does nothing to other values.
  public mutating func set(_ name: String, _ value: JSONValue) {
    guard case .object(var members) = self else { return }
    self = .null
    if let index = members.lastIndex(where: { $0.name == name }) {
      members[index].value = value
    } else {
      members.append(JSONMember(name, value))
    }
    self = .object(members)
  }
}

/// A member of an object: name and value.
public struct JSONMember: Hashable, Sendable {
  public var name: String
  public var value: JSONValue
  public init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

/// Why a text is no JSON, or exceeds a limit.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable { case malformed, tooDeep, tooMany }
  public let code: Code
  /// The position of the error, in bytes from the start.
  public let offset: Int
  public let cause: String

  init(_ code: Code, at offset: Int, _ cause: String) {
    self.code = code
    self.offset = offset
    self.cause = cause
  }

  public var description: String { "JSON, byte \(offset): \(cause)" }
}

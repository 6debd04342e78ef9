/// A JSON value (RFC 8259), as a tree.
///
/// Its own reader and writer, because the probe has to stay small: the standard library and nothing else.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// Whole numbers keep all 64 bits; socket cookies need them.
  case unsigned(UInt64)
  case negative(Int64)
  case real(Double)
  case text(String)
  case list([JSONValue])
  /// In the order of the text.
  case object([JSONMember])

  /// What an object calls `name`; nil if it has no such member, or this is no object. Of equal names the last one.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// Puts `value` where `name` is, or behind the other members of an object; does nothing to anything else.
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

/// A name in an object, and its value.
public struct JSONMember: Hashable, Sendable {
  public var name: String
  public var value: JSONValue
  public init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

/// A text that is no JSON, or more than was allowed.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable { case malformed, tooDeep, tooMany }
  public let code: Code
  /// Where it was found, in bytes from the start.
  public let offset: Int
  public let cause: String

  init(_ code: Code, at offset: Int, _ cause: String) {
    self.code = code
    self.offset = offset
    self.cause = cause
  }

  public var description: String { "JSON, byte \(offset): \(cause)" }
}

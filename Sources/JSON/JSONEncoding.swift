extension JSONValue {
  /// The encoding of `value`.
  public init(encoding value: some Encodable) throws { self = try JSONSlot.value(of: value, at: []) }
}

/// The slot of a value that is being encoded.
private final class JSONSlot {
  enum Part {
    case value(JSONValue)
    case slot(JSONSlot)

    var value: JSONValue {
      switch self {
      case .value(let value): value
      case .slot(let slot): slot.value
      }
    }
  }

  enum Content {
    case nothing
    case value(JSONValue)
    case list([Part])
    case object([(name: String, part: Part)])
  }

  var content = Content.nothing

  var value: JSONValue {
    switch content {
    case .nothing: .object([])
    case .value(let value): value
    case .list(let parts): .list(parts.map(\.value))
    case .object(let members): .object(members.map { JSONMember($0.name, $0.part.value) })
    }
  }

  static func value<Value: Encodable>(of value: Value, at path: [any CodingKey]) throws -> JSONValue {
    if let leaf = value as? any JSONLeaf {
      let json = leaf.json
      if case .real(let number) = json, !number.isFinite {
        throw EncodingError.invalidValue(
          value, EncodingError.Context(codingPath: path, debugDescription: "JSON has no \(number)"))
      }
      return json
    }
    let slot = JSONSlot()
    try value.encode(to: JSONEncoding(slot: slot, codingPath: path))
    return slot.value
  }

  func append(_ part: Part) {
    guard case .list(var parts) = content else { return content = .list([part]) }
    content = .nothing
    parts.append(part)
    content = .list(parts)
  }

  func set(_ name: String, _ part: Part) {
    guard case .object(var members) = content else { return content = .object([(name, part)]) }
    content = .nothing
    members.append((name, part))
    content = .object(members)
  }
}

private struct JSONEncoding: Encoder {
  let slot: JSONSlot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .nothing = slot.content { slot.content = .object([]) }
    return KeyedEncodingContainer(Keyed<Key>(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .nothing = slot.content { slot.content = .list([]) }
    return Unkeyed(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(slot: slot, codingPath: codingPath) }

  struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { slot.set(key.stringValue, .value(.null)) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
      slot.set(key.stringValue, .value(try JSONSlot.value(of: value, at: codingPath + [key])))
    }

    private func inner(_ name: String) -> JSONEncoding {
      let inner = JSONSlot()
      slot.set(name, .slot(inner))
      return JSONEncoding(slot: inner, codingPath: codingPath)
    }

    func nestedContainer<Inner: CodingKey>(
      keyedBy type: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> { inner(key.stringValue).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      inner(key.stringValue).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { inner("super") }
    func superEncoder(forKey key: Key) -> any Encoder { inner(key.stringValue) }
  }

  struct Unkeyed: UnkeyedEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]
    var count: Int { if case .list(let parts) = slot.content { parts.count } else { 0 } }

    func encodeNil() { slot.append(.value(.null)) }

    func encode<Value: Encodable>(_ value: Value) throws {
      slot.append(.value(try JSONSlot.value(of: value, at: codingPath)))
    }

    private func inner() -> JSONEncoding {
      let inner = JSONSlot()
      slot.append(.slot(inner))
      return JSONEncoding(slot: inner, codingPath: codingPath)
    }

    func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
      inner().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { inner().unkeyedContainer() }
    func superEncoder() -> any Encoder { inner() }
  }

  struct Single: SingleValueEncodingContainer {
    let slot: JSONSlot
    let codingPath: [any CodingKey]

    func encodeNil() { slot.content = .value(.null) }

    func encode<Value: Encodable>(_ value: Value) throws {
      slot.content = .value(try JSONSlot.value(of: value, at: codingPath))
    }
  }
}

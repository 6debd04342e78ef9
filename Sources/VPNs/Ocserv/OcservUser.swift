public import Flows

/// A client that ocserv lists (`user_info_rep` in its `ctl.proto`; what `occtl show users` shows).
public struct OcservUser: Hashable, Sendable {
  /// The worker's pid, as ocserv itself sees it.
  public var id: Int64 = 0
  /// As it logged in; ocserv shows `(none)` for one that has not yet.
  public var name = ""
  /// Where it comes from; its port is not told.
  public var realAddress: IPAddress?
  /// `vpns0`
  public var device: String?
  /// Inside the VPN.
  public var addresses: [IPAddress] = []
  /// Seconds since 1970; nil if it is not told.
  public var connectedSince: Int64?
  /// The client's name of its own machine: a claim.
  public var hostName: String?
}

extension OcservUser {
  /// The clients of a `user_list_rep`; nil if the bytes are none.
  public static func list(parsing bytes: [UInt8]) -> [OcservUser]? {
    var users: [OcservUser] = []
    var fields = ProtocolBufferFields(bytes[...])
    while let field = fields.next() {
      guard field.number == 1 else { continue }
      guard case .bytes(let part) = field.value, let user = OcservUser(parsing: part) else { return nil }
      users.append(user)
    }
    return fields.isWhole ? users : nil
  }

  private init?(parsing bytes: ArraySlice<UInt8>) {
    var fields = ProtocolBufferFields(bytes)
    while let field = fields.next() {
      switch (field.number, field.value) {
      // sint32: zigzag.
      case (1, .number(let value)): id = Int64(value >> 1) ^ -Int64(value & 1)
      case (2, .bytes(let text)): name = Self.text(text)
      case (4, .bytes(let text)): realAddress = IPAddress(Self.text(text))
      case (5, .bytes(let text)): device = Self.text(text)
      // `local_ip` is the client's own in ocserv's words.
      case (7, .bytes(let text)), (9, .bytes(let text)):
        if let address = IPAddress(Self.text(text)) { addresses.append(address) }
      case (10, .number(let value)): connectedSince = value == 0 ? nil : Int64(clamping: value)
      case (11, .bytes(let text)): hostName = text.isEmpty ? nil : Self.text(text)
      default: continue
      }
    }
    guard fields.isWhole else { return nil }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// The fields of one message in the encoding of Protocol Buffers (protobuf.dev/programming-guides/encoding): numbers, and bytes
/// with a length. Anything else ends it.
struct ProtocolBufferFields {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>
  /// Whether all of the message could be read so far.
  private(set) var isWhole = true

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (number: UInt64, value: Value)? {
    guard !rest.isEmpty, let key = number() else { return nil }
    switch key & 7 {
    case 0:
      guard let value = number() else { return nil }
      return (key >> 3, .number(value))
    case 1: return fixed(key, 8)
    case 2:
      guard let length = number(), length <= UInt64(rest.count) else {
        isWhole = false
        return nil
      }
      defer { rest = rest.dropFirst(Int(length)) }
      return (key >> 3, .bytes(rest.prefix(Int(length))))
    case 5: return fixed(key, 4)
    default:
      isWhole = false
      return nil
    }
  }

  private mutating func fixed(_ key: UInt64, _ size: Int) -> (number: UInt64, value: Value)? {
    guard rest.count >= size else {
      isWhole = false
      return nil
    }
    defer { rest = rest.dropFirst(size) }
    return (key >> 3, .bytes(rest.prefix(size)))
  }

  /// A varint; at most ten bytes.
  private mutating func number() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.first, shift < 70 {
      rest = rest.dropFirst()
      if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    isWhole = false
    return nil
  }
}

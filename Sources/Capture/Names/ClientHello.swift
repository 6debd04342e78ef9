/// The server name and related extensions of a TLS ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3).
struct ClientHello: Hashable, Sendable {
  /// The server name; nil if there is none or it is not text.
  var serverName: String?
  /// Whether there is a server name that is not text.
  var isUnreadable = false
  /// Whether it contains another, encrypted ClientHello (RFC 9849), or something that looks like one (section 6.2
  /// there).
  var isEncrypted = false
  /// Whether its end was not seen.
  var isCut = false

  /// The result of `parse`.
  enum Reading: Hashable, Sendable {
    /// It is no ClientHello.
    case other
    /// More bytes are needed.
    case partial
    case whole(ClientHello)
  }

  /// Parses a handshake message with its header. With `atEnd`, an incomplete message is accepted.
  static func parse(handshake bytes: ArraySlice<UInt8>, atEnd: Bool = false) -> Reading {
    var cursor = ByteCursor(bytes)
    guard let type = cursor.byte() else { return .partial }
    guard type == 1 else { return .other }
    guard let length = cursor.length(3) else { return .partial }
    guard length >= 38, length <= 65_536 else { return .other }
    if let major = bytes.dropFirst(4).first, major != 3 { return .other }
    guard let body = cursor.take(length) else {
      guard atEnd else { return .partial }
      var hello = ClientHello()
      hello.isCut = true
      hello.read(cursor.rest())
      return .whole(hello)
    }
    var hello = ClientHello()
    hello.read(body)
    return .whole(hello)
  }

  /// Parses as far as the bytes go.
  private mutating func read(_ body: ArraySlice<UInt8>) {
    var cursor = ByteCursor(body)
    // Version and random, session, cipher suites, compression methods.
    guard cursor.take(34) != nil, cursor.vector(1) != nil, cursor.vector(2) != nil, cursor.vector(1) != nil,
      let length = cursor.length(2)
    else { return }
    var extensions = ByteCursor(cursor.rest().prefix(length))
    while let type = extensions.length(2) {
      guard let value = extensions.vector(2) else {
        isCut = true
        return
      }
      switch type {
      case 0: readNames(value)
      // encrypted_client_hello, and encrypted_server_name before it.
      case 0xFE0D, 0xFFCE: isEncrypted = true
      default: break
      }
    }
  }

  /// Parses a list of names, each with its type and length; only type 0 is defined.
  private mutating func readNames(_ value: ArraySlice<UInt8>) {
    var list = ByteCursor(value)
    guard let names = list.vector(2) else { return }
    var cursor = ByteCursor(names)
    while let type = cursor.byte(), let name = cursor.vector(2) {
      guard type == 0, serverName == nil else { continue }
      serverName = RequestedHost.normal(name)
      isUnreadable = serverName == nil
    }
  }
}

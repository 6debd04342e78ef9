/// One UNIX socket as the kernel's diagnosis describes it (`struct unix_diag_msg`).
public struct UnixSocketRecord: Sendable, Hashable {
  public let state: SocketState
  /// Whether it is a stream, and not datagrams or packets.
  public let isStream: Bool
  /// The number in `socket:[…]` of `/proc/PID/fd`.
  public let inode: UInt32
  /// The path that it is bound to, with `@` for the zero byte of an abstract name. An accepted socket has its listener's.
  public let name: String?
  /// The inode of the socket at the other end; nil if it is not connected.
  public let peer: UInt32?
}

extension UnixSocketRecord {
  /// Reads the payload of a SOCK_DIAG_BY_FAMILY message.
  package init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let family: UInt8 = payload.integer(at: 0), let type: UInt8 = payload.integer(at: 1),
      let state: UInt8 = payload.integer(at: 2), let inode: UInt32 = payload.integer(at: 4),
      family == AF_UNIX, payload.byteCount >= UNIX_DIAG_MSG_LENGTH
    else { throw MalformedMessage("UNIX socket of \(payload.byteCount) bytes") }
    var name: String?
    var peer: UInt32?
    try payload.forEachAttribute(after: UNIX_DIAG_MSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case UNIX_DIAG_NAME: name = Self.name(value.array)
      case UNIX_DIAG_PEER: peer = value.integer(at: 0)
      default: break
      }
    }
    self.state = SocketState(rawValue: state)
    isStream = type == SOCK_STREAM
    self.inode = inode
    self.name = name
    self.peer = peer
  }

  private static func name(_ bytes: [UInt8]) -> String? {
    guard let first = bytes.first else { return nil }
    // An abstract name may have zero bytes anywhere; a path ends with one.
    let text = first == 0 ? bytes.dropFirst() : bytes.prefix { $0 != 0 }
    return (first == 0 ? "@" : "") + String(decoding: text, as: UTF8.self)
  }
}

import Glibc
import LinuxSystem

/// A UNIX stream connection with its listener; closed when its owner goes.
final class UnixConnection {
  private let numbers: [Int32]
  let listenerInode: UInt32
  let clientInode: UInt32
  let serverInode: UInt32

  /// - Parameter name: an abstract name, with `@` for its zero byte.
  init(_ name: String) throws {
    func socket() throws -> Int32 {
      try Self.checked("socket", Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    }
    func address<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
      var bytes = [UInt8](repeating: 0, count: 110)
      bytes[0] = UInt8(AF_UNIX)
      for (index, byte) in name.utf8.dropFirst().enumerated() { bytes[3 + index] = byte }
      return bytes.withUnsafeBytes { buffer in
        buffer.withMemoryRebound(to: sockaddr.self) { pointer in
          var length = socklen_t(2 + name.utf8.count)
          length = min(length, 110)
          guard let base = pointer.baseAddress else { preconditionFailure("110 bytes have a beginning") }
          return body(base, length)
        }
      }
    }
    let listener = try socket()
    try Self.checked("bind", address { Glibc.bind(listener, $0, $1) })
    try Self.checked("listen", Glibc.listen(listener, 1))
    let client = try socket()
    try Self.checked("connect", address { Glibc.connect(client, $0, $1) })
    let server = try Self.checked("accept", Glibc.accept(listener, nil, nil))
    numbers = [listener, client, server]
    (listenerInode, clientInode, serverInode) = (
      try Self.inode(listener), try Self.inode(client), try Self.inode(server)
    )
  }

  deinit { for number in numbers { Glibc.close(number) } }

  private static func inode(_ number: Int32) throws -> UInt32 {
    var status = stat()
    try checked("fstat", fstat(number, &status))
    return UInt32(truncatingIfNeeded: status.st_ino)
  }

  @discardableResult
  private static func checked(_ operation: String, _ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw SystemError(operation, Errno(errno)) }
    return result
  }
}

import Dispatch
import Glibc

/// A UNIX socket that answers GETs as the test says: for answers that no real engine can be made to give.
final class ScriptedEngine: Sendable {
  enum Reply: Sendable {
    /// Sent as it is, then the next request is awaited.
    case bytes(String)
    /// Sent as it is, then closed.
    case bytesThenClose(String)
    /// Never anything, until the other side gives up.
    case silence
    /// The bytes, one at a time, until the other side gives up.
    case drip(String)
  }

  let path: String
  private let listener: Int32
  private let reply: @Sendable (_ target: String) -> Reply

  init(_ reply: @escaping @Sendable (_ target: String) -> Reply) {
    path = "/tmp/headwater-engine-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    self.reply = reply
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(bound == 0 && listen(listener, 16) == 0)
    DispatchQueue(label: "engine").async { [listener, reply] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        DispatchQueue(label: "connection").async { Self.serve(connection, reply) }
      }
      // Only here: its number would go to the next socket while this one may still be asked to accept.
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    unlink(path)
  }

  /// `{"ok":true}` as a response with its length.
  static func response(_ body: String, status: String = "200 OK") -> Reply {
    .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  static let version = response(#"{"ApiVersion":"1.52","MinAPIVersion":"1.44","Version":"29.0.1"}"#)

  private static func serve(_ connection: Int32, _ reply: (String) -> Reply) {
    defer { close(connection) }
    while let target = readTarget(connection) {
      switch reply(target) {
      case .bytes(let text): write(connection, text)
      case .bytesThenClose(let text):
        write(connection, text)
        return
      case .silence: _ = readTarget(connection)
      case .drip(let text):
        for byte in text.utf8 where write(connection, String(UnicodeScalar(byte))) { usleep(20_000) }
      }
    }
  }

  @discardableResult
  private static func write(_ connection: Int32, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// The target of the next request, or nil when the other side is gone.
  private static func readTarget(_ connection: Int32) -> String? {
    var head = ""
    var byte: UInt8 = 0
    while !head.hasSuffix("\r\n\r\n") {
      guard read(connection, &byte, 1) == 1 else { return nil }
      head.unicodeScalars.append(UnicodeScalar(byte))
    }
    return head.split(separator: " ").dropFirst().first.map(String.init)
  }
}

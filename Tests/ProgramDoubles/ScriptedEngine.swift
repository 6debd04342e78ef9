internal import Glibc

/// A UNIX socket that answers GETs as the test says.
public final class ScriptedEngine: Sendable {
  public enum Reply: Sendable {
    /// Sent as it is, then the next request is awaited.
    case bytes(String)
    /// Sent as it is, then closed.
    case bytesThenClose(String)
    /// Never anything, until the other side gives up.
    case silence
    /// The bytes, one at a time, until the other side gives up.
    case drip(String)
  }

  private let socket: ScriptedSocket
  public var path: String { socket.path }

  public init(_ reply: @escaping @Sendable (_ target: String) -> Reply) throws {
    let path = "/tmp/headwater-engine-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    socket = try ScriptedSocket(path) { Self.serve($0, reply) }
  }

  /// `{"ok":true}` as a response with its length.
  public static func response(_ body: String, status: String = "200 OK") -> Reply {
    .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  public static let version = response(#"{"ApiVersion":"1.52","MinAPIVersion":"1.44","Version":"29.0.1"}"#)

  private static func serve(_ connection: ScriptedSocket.Connection, _ reply: (String) -> Reply) {
    while let head = connection.question(endingWith: "\r\n\r\n") {
      guard let target = head.split(separator: " ").dropFirst().first else { return }
      switch reply(String(target)) {
      case .bytes(let text): connection.send(text)
      case .bytesThenClose(let text):
        connection.send(text)
        return
      case .silence: connection.wait()
      case .drip(let text):
        for byte in text.utf8 where connection.send(String(UnicodeScalar(byte))) { usleep(20_000) }
      }
    }
  }
}

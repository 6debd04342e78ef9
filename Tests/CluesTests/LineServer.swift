import Dispatch
import Glibc

/// A UNIX socket that answers each question, up to its empty line, as the test says.
final class LineServer: Sendable {
  enum Reply: Sendable {
    /// Sent as it is, then closed.
    case text(String)
    /// Never anything.
    case silence
    /// Again and again, until the other side gives up.
    case endless(String)
  }

  struct Failure: Error { var number: Int32 }

  private let listener: Int32
  private let path: String

  init(_ path: String, _ reply: Reply, end: String = "\n\n") throws {
    self.path = path
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure(number: ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 16) == 0 else { throw Failure(number: errno) }
    DispatchQueue(label: "line server").async { [listener] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        Self.serve(connection, reply, end)
        close(connection)
      }
      // Only here: its number would go to the next socket while this one may still be asked to accept.
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    unlink(path)
  }

  private static func serve(_ connection: Int32, _ reply: Reply, _ end: String) {
    var question = ""
    var byte: UInt8 = 0
    while !question.unicodeScalars.reversed().starts(with: end.unicodeScalars.reversed()) {
      guard read(connection, &byte, 1) == 1 else { return }
      question.unicodeScalars.append(UnicodeScalar(byte))
    }
    switch reply {
    case .text(let text): _ = write(connection, text)
    case .silence: while read(connection, &byte, 1) == 1 {}
    case .endless(let text): while write(connection, text) {}
    }
  }

  private static func write(_ connection: Int32, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }
}

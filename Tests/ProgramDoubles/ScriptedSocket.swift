internal import Dispatch
internal import Glibc

/// A UNIX socket whose connections are served as a test says, each by itself: for answers that no real program can be
/// made to give.
public final class ScriptedSocket: Sendable {
  public struct Failure: Error { public var number: Int32 }

  public let path: String
  private let listener: Int32

  /// `serve` has a connection until it returns.
  public init(_ path: String, _ serve: @escaping @Sendable (Connection) -> Void) throws {
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
    DispatchQueue(label: "scripted socket").async { [listener] in
      while case let number = accept(listener, nil, nil), number >= 0 {
        DispatchQueue(label: "connection").async {
          serve(Connection(number: number))
          close(number)
        }
      }
      // Only here: its number would go to the next socket while this one may still be asked to accept.
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    unlink(path)
  }

  /// One program that asks.
  public struct Connection: Sendable {
    fileprivate let number: Int32

    /// Everything up to `end`, or nil when the other side is gone.
    public func question(endingWith end: String) -> String? {
      var text = ""
      var byte: UInt8 = 0
      while !text.unicodeScalars.reversed().starts(with: end.unicodeScalars.reversed()) {
        guard read(number, &byte, 1) == 1 else { return nil }
        text.unicodeScalars.append(UnicodeScalar(byte))
      }
      return text
    }

    /// Whether the other side took all of it.
    @discardableResult
    public func send(_ text: String) -> Bool {
      let bytes = Array(text.utf8)
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.send(number, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }

    /// Says nothing, until the other side gives up.
    public func wait() {
      var byte: UInt8 = 0
      while read(number, &byte, 1) == 1 {}
    }
  }
}

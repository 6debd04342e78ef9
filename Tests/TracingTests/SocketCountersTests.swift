import Flows
import Glibc
import LocalHost
import Questions
import Testing

/// The counters of this process's own connections on loopback, against what was written and read.
@Suite struct SocketCountersTests {
  /// A connection, its two ends, and the port that is listened on. Children that other tests start don't inherit it.
  private final class Connection {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let near = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let far: Int32
    let port: UInt16

    init() throws {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let (listener, near) = (listener, near)
      let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
          bind(listener, raw, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, raw, &length) == 0
            && connect(near, raw, length) == 0
        }
      }
      far = accept(listener, nil, nil)
      _ = fcntl(far, F_SETFD, FD_CLOEXEC)
      port = UInt16(bigEndian: address.sin_port)
      try #require(isConnected && far >= 0)
    }

    deinit { for end in [listener, near, far] { close(end) } }
  }

  private func counters(_ vantage: LocalVantage, _ connection: Connection) async throws
    -> (inbound: SocketCounters, outbound: SocketCounters)
  {
    let sockets = try await vantage.counters(of: [getpid()], in: .host).sockets
    let inbound = try #require(sockets.first { $0.role == .inbound && $0.flow.source.port == connection.port })
    let outbound = try #require(sockets.first { $0.role == .outbound && $0.flow.destination.port == connection.port })
    #expect(inbound.pid == getpid() && outbound.pid == getpid() && inbound.cookie != outbound.cookie)
    return (inbound, outbound)
  }

  @Test func `payload is counted from the first byte on, without SYN and FIN, and what is not read is told`()
    async throws
  {
    let connection = try Connection()
    let vantage = try LocalVantage(meter: .sockets, environment: [:])
    var both = try await counters(vantage, connection)
    for side in [both.inbound, both.outbound] {
      #expect(side.received == 0 && side.unread == 0 && side.writtenAtLeast == 0 && side.writtenAtMost == 0)
    }
    var bytes = [UInt8](repeating: 1, count: 5000)
    #expect(send(connection.near, bytes, 5000, 0) == 5000)
    #expect(recv(connection.far, &bytes, 2000, Int32(MSG_WAITALL)) == 2000)
    both = try await counters(vantage, connection)
    #expect(both.inbound.received == 5000 && both.inbound.unread == 3000 && both.inbound.readAtMost == 2000)
    #expect(both.outbound.writtenAtLeast == 5000 && both.outbound.writtenAtMost == 5000)
    #expect(send(connection.far, bytes, 700, 0) == 700)
    #expect(recv(connection.near, &bytes, 700, Int32(MSG_WAITALL)) == 700)
    both = try await counters(vantage, connection)
    #expect(both.inbound.writtenAtLeast == 700 && both.outbound.received == 700 && both.outbound.unread == 0)
    // Half closed from the connecting side, before and after the other has seen it.
    shutdown(connection.near, Int32(SHUT_WR))
    both = try await counters(vantage, connection)
    #expect(both.inbound.received == 5000 && both.inbound.unread == 3000)
    #expect(both.outbound.writtenAtLeast == 5000 && both.outbound.writtenAtMost == 5000)
    #expect(recv(connection.far, &bytes, 5000, 0) == 3000 && recv(connection.far, &bytes, 1, 0) == 0)
    both = try await counters(vantage, connection)
    #expect(both.inbound.received == 5000 && both.inbound.unread == 0)
    #expect(send(connection.far, bytes, 300, 0) == 300)
    both = try await counters(vantage, connection)
    #expect(both.outbound.received == 1000 && both.outbound.unread == 300 && both.inbound.writtenAtLeast == 1000)
  }

  @Test func `what a slow reader has not let through is written, but not sent`() async throws {
    let connection = try Connection()
    let vantage = try LocalVantage(meter: .sockets, environment: [:])
    var written: UInt64 = 0
    let bytes = [UInt8](repeating: 1, count: 65536)
    while true {
      let count = send(connection.near, bytes, bytes.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { break }
      written += UInt64(count)
    }
    let both = try await counters(vantage, connection)
    #expect(both.outbound.unsent > 0)
    #expect(both.outbound.writtenAtLeast <= written && both.outbound.writtenAtMost >= written)
    #expect(both.inbound.received == both.inbound.unread && both.inbound.readAtMost == 0)
  }

  @Test func `processes without connections, and none at all, are no error`() async throws {
    let vantage = try LocalVantage(meter: .sockets, environment: [:])
    #expect(try await vantage.counters(of: [], in: .host).sockets.isEmpty)
    #expect(try await vantage.counters(of: [Int32.max], in: .host).sockets.isEmpty)
  }
}

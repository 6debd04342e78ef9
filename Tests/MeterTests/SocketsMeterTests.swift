import Flows
import Foundation
import LinuxSystem
import Netlink
import Testing

@testable import Meter

@Suite(.enabled(if: geteuid() == 0, "needs root"), .serialized, .timeLimit(.minutes(1)))
struct SocketsMeterTests {
  private static let listener = """
    import socket, sys, threading, time
    def pair(address, port):
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        listener = socket.socket(family); listener.bind((address, port)); listener.listen()
        client = socket.socket(family); client.connect((address, port))
        return listener, client, listener.accept()[0]
    def drain(peer):
        while peer.recv(65536): pass
        peer.close()
    def pause():
        print('ready', flush=True); sys.stdin.readline()

    """

  private func meter(_ namespaces: NamespaceUnderTest...) throws -> SocketsMeter {
    try SocketsMeter { namespaces.compactMap(\.asked) }
  }

  private func isInode(_ holder: SocketHolder) -> Bool { if case .inode = holder { true } else { false } }

  @Test func `what a long connection moves between two readings is counted on both ends`() throws {
    let namespace = try NamespaceUnderTest()
    let program = try namespace.python(
      Self.listener + """
        listener, client, peer = pair('127.0.0.1', 7000)
        threading.Thread(target=drain, args=(peer,)).start()
        client.sendall(bytes(3_000_000)); pause()
        client.sendall(bytes(1_000_000)); time.sleep(0.2); pause()
        client.close()
        """)
    _ = try program.line()
    let meter = try meter(namespace)
    #expect(try meter.read().sockets.isEmpty)
    try program.go()
    _ = try program.line()
    let rows = try meter.read().sockets
    try program.go()
    try program.finish()
    #expect(rows.count == 2)
    let client = try #require(rows.first { $0.remote?.port == 7000 })
    let server = try #require(rows.first { $0.local.port == 7000 })
    #expect(client.payloadOut == 1_000_000 && server.payloadIn == 1_000_000)
    #expect(client.role == .initiator && server.role == .responder)
    #expect(isInode(client.holder) && isInode(server.holder) && client.holder != server.holder)
    for bytes in [client.traffic.bytesOut, server.traffic.bytesIn] { #expect((1_000_000...1_050_000).contains(bytes)) }
    #expect(!client.closed && client.namespace == namespace.id)
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a connection that opens and closes between two readings is counted to the byte`(address: String) throws {
    let namespace = try NamespaceUnderTest()
    let meter = try meter(namespace)
    try namespace.python(
      Self.listener + """
        listener, client, peer = pair('\(address)', 7001)
        thread = threading.Thread(target=drain, args=(peer,)); thread.start()
        client.sendall(bytes(123_457)); client.close(); thread.join(); time.sleep(0.1)
        """
    ).finish()
    let rows = try meter.read().sockets
    let client = try #require(rows.first { $0.remote?.port == 7001 })
    let server = try #require(rows.first { $0.local.port == 7001 })
    #expect(rows.count == 2)
    #expect(client.closed && server.closed)
    #expect(client.payloadOut == 123_457 && client.payloadIn == 0)
    #expect(server.payloadIn == 123_457 && server.payloadOut == 0)
    #expect(client.role == .initiator && server.role == .responder)
    #expect(client.holder == .unknown(reason: "the connection closed before its process was read"))
    #expect(try meter.read().sockets.isEmpty)
  }

  @Test func `a short connection is seen alive while the meter waits`() throws {
    let namespace = try NamespaceUnderTest()
    let meter = try meter(namespace)
    let program = try namespace.python(
      Self.listener + """
        pause()
        listener, client, peer = pair('127.0.0.1', 7002)
        client.sendall(bytes(1000)); time.sleep(0.2)
        """)
    _ = try program.line()
    try program.go()
    meter.wait(seconds: 1) { false }
    try program.finish()
    let client = try #require(try meter.read().sockets.first { $0.remote?.port == 7002 })
    #expect(client.payloadOut == 1000 && isInode(client.holder))
  }

  @Test func `a namespace that appears is joined, and its sockets count from their start`() throws {
    let (first, second) = (try NamespaceUnderTest(), try NamespaceUnderTest())
    let isThere = Flag()
    let meter = try SocketsMeter { (isThere.isSet ? [first, second] : [first]).compactMap(\.asked) }
    isThere.set()
    let program = try second.python(
      Self.listener + """
        listener, client, peer = pair('127.0.0.1', 7003)
        client.sendall(bytes(1000)); pause()
        """)
    _ = try program.line()
    let row = try #require(try meter.read().sockets.first { $0.remote?.port == 7003 })
    #expect(row.payloadOut == 1000 && row.namespace == second.id)
    try program.go()
    try program.finish()
  }

  @Test func `a meter without any namespace says so`() throws {
    #expect(throws: MeterError.self) { try SocketsMeter { [] } }
  }
}

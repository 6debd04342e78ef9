import Flows
import Foundation
import LinuxSystem
import Netlink
import Testing

@testable import Meter

@Suite(.enabled(if: geteuid() == 0, "needs root"), .serialized, .timeLimit(.minutes(5)))
struct SocketsMeterTests {
  private static let listener = """
    import fcntl, socket, struct, sys, threading, time
    received = 0
    def pair(address, port):
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        listener = socket.socket(family); listener.bind((address, port)); listener.listen()
        client = socket.socket(family); client.connect((address, port))
        return listener, client, listener.accept()[0]
    def drain(peer):
        global received
        while data := peer.recv(65536): received += len(data)
        peer.close()
    def settle(client, count):
        # All is received, and acknowledged (SIOCOUTQ).
        while received < count or struct.unpack('i', fcntl.ioctl(client, 0x5411, bytes(4)))[0]: time.sleep(0.01)
    def closed(port):
        # Until nothing but a listener (0A) and TIME_WAIT (06) is left.
        lines = [line.split() for name in ('tcp', 'tcp6') for line in open('/proc/net/' + name).readlines()[1:]]
        return all(f':{port:04X}' not in line[1] + line[2] or line[3] in ('0A', '06') for line in lines)
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
        client.sendall(bytes(3_000_000)); settle(client, 3_000_000); pause()
        client.sendall(bytes(1_000_000)); settle(client, 4_000_000); pause()
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
        client.sendall(bytes(123_457)); client.close(); thread.join()
        while not closed(7001): time.sleep(0.01)
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
        listener, client, peer = pair('127.0.0.1', 7002)
        client.sendall(bytes(1000)); pause()
        """)
    _ = try program.line()
    meter.wait(seconds: 0.5) { false }
    try program.go()
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

  @Test(arguments: ["127.0.0.1", "::1"])
  func `an echo server over UDP is counted, packet by packet, for its socket`(address: String) throws {
    let namespace = try NamespaceUnderTest()
    let meter = try meter(namespace)
    let program = try namespace.python(
      """
      import os, socket, sys
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      server = socket.socket(family, socket.SOCK_DGRAM); server.bind(('\(address)', 7004))
      client = socket.socket(family, socket.SOCK_DGRAM); client.connect(('\(address)', 7004))
      for _ in range(100):
          client.send(bytes(100)); _, peer = server.recvfrom(200); server.sendto(bytes(50), peer); client.recv(200)
      print(os.fstat(server.fileno()).st_ino, os.fstat(client.fileno()).st_ino, flush=True); sys.stdin.readline()
      """)
    let inodes = try program.line().split(separator: " ").compactMap { UInt32($0) }
    meter.wait(seconds: 0.1) { false }
    let rows = try meter.read().sockets
    try program.go()
    try program.finish()
    let server = try #require(rows.first { $0.local.port == 7004 })
    let client = try #require(rows.first { $0.remote?.port == 7004 })
    #expect(rows.count == 2 && inodes.count == 2)
    #expect(server.holder == .inode(inodes[0], uid: 0) && client.holder == .inode(inodes[1], uid: 0))
    let header: UInt64 = address.contains(":") ? 48 : 28
    let traffic = Traffic(
      bytesIn: 100 * (100 + header), bytesOut: 100 * (50 + header), packetsIn: 100, packetsOut: 100)
    #expect(server.traffic == traffic && client.traffic == traffic.reversed)
    #expect(server.inInterface == 1 && server.outInterface == 1)
  }

  @Test func `datagrams in fragments belong to their socket with all their bytes`() throws {
    let namespace = try NamespaceUnderTest()
    try namespace.run("ip", "link", "set", "lo", "mtu", "1500")
    let meter = try meter(namespace)
    try namespace.python(
      """
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 7005))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.sendto(bytes(6000), ('127.0.0.1', 7005))
      server.recv(10000)
      """
    ).finish()
    meter.wait(seconds: 0.1) { false }
    let row = try #require(try meter.read().sockets.first { $0.remote?.port == 7005 })
    // 6000 bytes and a UDP header in packets of at most 1480 bytes, each with an IP header.
    #expect(row.traffic.bytesOut == 6008 + 5 * 20 && row.traffic.packetsOut == 5)
  }

  @Test func `ping belongs to its socket, and what the kernel answers to the kernel`() throws {
    let namespace = try NamespaceUnderTest()
    let meter = try meter(namespace)
    let ping = try RunningProgram(
      ["nsenter", "--net=\(namespace.path)", "ping", "-q", "-c", "6", "-i", "0.2", "-s", "100", "127.0.0.1"])
    meter.wait(seconds: 20) { !ping.isRunning }
    try ping.finish()
    let reading = try meter.read()
    let row = try #require(reading.sockets.first { $0.transport == .icmp && isInode($0.holder) })
    #expect(row.traffic.packetsOut >= 6 && row.traffic.bytesOut >= 6 * 128)
    // The kernel hands over what was captured in blocks, the last ones a moment after ping has ended.
    func answered(_ reading: MeterReading) -> UInt64 {
      reading.leftovers.filter { $0.kind == .icmp }.reduce(0) { $0 + $1.packets }
    }
    var packets = answered(reading)
    for _ in 0..<40 where packets < 12 {
      meter.wait(seconds: 0.05) { false }
      packets += answered(try meter.read())
    }
    #expect(packets == 12)
  }

  @Test(arguments: ["udp", "tcp"])
  func `a flow through a router is counted there as it left`(transport: String) throws {
    let (client, router, server) = try Self.routed()
    let meter = try meter(router)
    let reading = try Self.exchange(transport, client, server, meter)
    let out = reading.forwarded.filter { $0.flow.destination == Endpoint("10.9.2.2:7006") }
    let back = reading.forwarded.filter { $0.flow.source == Endpoint("10.9.2.2:7006") }
    let bytes = out.map(\.bytes).reduce(0, +)
    if transport == "udp" { #expect(bytes == 200 * 1028) } else { #expect((200_000...220_000).contains(bytes)) }
    #expect(!back.isEmpty)
    #expect(out.allSatisfy { $0.inInterface == 2 && $0.outInterface == 3 && $0.namespace == router.id })
    #expect(back.allSatisfy { $0.inInterface == 3 && $0.outInterface == 2 })
    #expect(reading.sockets.isEmpty)
  }

  @Test(arguments: ["udp", "tcp"])
  func `a flow that is masqueraded is counted once`(transport: String) throws {
    let (client, router, server) = try Self.routed()
    try router.run("nft", "add table ip t")
    try router.run("nft", "add chain ip t c { type nat hook postrouting priority 100; }")
    try router.run("nft", "add rule ip t c oifname to3 masquerade")
    let meter = try meter(router)
    let reading = try Self.exchange(transport, client, server, meter)
    let out = reading.forwarded.filter { $0.flow.destination == Endpoint("10.9.2.2:7006") }
    let bytes = out.map(\.bytes).reduce(0, +)
    if transport == "udp" { #expect(bytes == 200 * 1028) } else { #expect((200_000...220_000).contains(bytes)) }
    #expect(out.allSatisfy { $0.flow.source.address == IPAddress("10.9.2.1") && $0.inInterface == 2 })
    #expect(reading.sockets.isEmpty)
  }

  /// Three namespaces in a row: 10.9.1.2 - (to2) router (to3) - 10.9.2.2.
  private static func routed() throws -> (NamespaceUnderTest, NamespaceUnderTest, NamespaceUnderTest) {
    let (client, router, server) = (try NamespaceUnderTest(), try NamespaceUnderTest(), try NamespaceUnderTest())
    try router.run(
      "sh", "-ec",
      """
      ip link add name to2 index 2 type veth peer name e0 netns \(client.path)
      ip link add name to3 index 3 type veth peer name e0 netns \(server.path)
      ip addr add 10.9.1.1/24 dev to2; ip addr add 10.9.2.1/24 dev to3; ip link set to2 up; ip link set to3 up
      sysctl -qw net.ipv4.ip_forward=1
      """)
    for (end, number) in [(client, 1), (server, 2)] {
      try end.run(
        "sh", "-ec",
        "ip addr add 10.9.\(number).2/24 dev e0; ip link set e0 up; ip route add default via 10.9.\(number).1")
    }
    return (client, router, server)
  }

  /// 200 kB from the client to the server, which answers.
  private static func exchange(
    _ transport: String, _ client: NamespaceUnderTest, _ server: NamespaceUnderTest, _ meter: SocketsMeter
  ) throws -> MeterReading {
    let kind = transport == "udp" ? "socket.SOCK_DGRAM" : "socket.SOCK_STREAM"
    let serving = try server.python(
      """
      import socket
      s = socket.socket(socket.AF_INET, \(kind)); s.bind(('10.9.2.2', 7006))
      if '\(transport)' == 'udp':
          print('ready', flush=True)
          for _ in range(200): s.sendto(b'got', s.recvfrom(2000)[1])
      else:
          s.listen(); print('ready', flush=True); c, _ = s.accept(); left = 200000
          while left: left -= len(c.recv(65536))
          c.sendall(b'done')
      """)
    _ = try serving.line()
    try client.python(
      """
      import socket
      c = socket.socket(socket.AF_INET, \(kind)); c.connect(('10.9.2.2', 7006))
      for _ in range(200):
          c.send(bytes(1000))
          # One at a time, for a receive buffer may be too small for all.
          if '\(transport)' == 'udp': c.recv(10)
      if '\(transport)' == 'tcp': c.recv(10)
      """
    ).finish()
    try serving.finish()
    meter.wait(seconds: 0.1) { false }
    return try meter.read()
  }

  @Test func `frames that are not IP are left over`() throws {
    let namespace = try NamespaceUnderTest()
    let meter = try meter(namespace)
    try namespace.python(
      """
      import socket
      raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); raw.bind(('lo', 0))
      for _ in range(7): raw.send(bytes(12) + b'\\x88\\xb5' + bytes(86))
      """
    ).finish()
    meter.wait(seconds: 0.1) { false }
    let leftovers = try meter.read().leftovers
    #expect(leftovers.contains { $0.kind == .nonIP && $0.isOutward && $0.bytes == 7 * 86 && $0.interface == 1 })
  }
}

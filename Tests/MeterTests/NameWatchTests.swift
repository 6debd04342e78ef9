import Flows
import Foundation
import LinuxSystem
import Testing

@testable import Meter

/// What the kernel's filter of names passes, on loopback of a namespace of its own.
@Suite(.enabled(if: Capabilities.effective().contains([.CAP_NET_RAW, .CAP_SYS_ADMIN, .CAP_BPF]), "needs root"))
struct NameWatchTests {
  /// What a program sent, and what came through: payloads of TCP and UDP, each once, in their order.
  private func payloads(_ program: String, usingEBPF: Bool = true, mostPerTurn: Int = 2048) throws -> (
    [[UInt8]], NameWatch
  ) {
    let namespace = try NamespaceUnderTest()
    let watch = try NameWatch(usingEBPF: usingEBPF, mostPerTurn: mostPerTurn)
    let python = try namespace.python(Self.preamble + program)
    #expect(try python.line() == "ready")
    try watch.lookAround()
    try python.go()
    #expect(try python.finish() == "done\n")
    var found: [[UInt8]] = []
    watch.take { packet, place in
      guard place == namespace.id else { return }
      let bytes = (0..<packet.byteCount).map { packet.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      let payload = Self.payload(bytes)
      // Loopback shows each packet twice, on its way out and in.
      if found.last != payload { found.append(payload) }
    }
    return (found, watch)
  }

  private static func payload(_ packet: [UInt8]) -> [UInt8] {
    let isV6 = packet[0] >> 4 == 6
    let header = isV6 ? 40 : Int(packet[0] & 15) * 4
    let isTCP = packet[isV6 ? 6 : 9] == 6
    return Array(packet[(header + (isTCP ? Int(packet[header + 12] >> 4) * 4 : 8))...])
  }

  /// `pair(host)` is a connection, `send(socket, bytes…)` sends each in a segment of its own.
  private static let preamble = """
    import os, random, socket, struct, subprocess, sys, time
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    def pair(host='127.0.0.1', port=0):
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        listener = socket.socket(family); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port)); listener.listen()
        client = socket.create_connection(listener.getsockname()[:2])
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = listener.accept()[0]
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, server
    def send(ends, *parts):
        for part in parts:
            ends[0].sendall(part)
            left = len(part)
            while left: left -= len(ends[1].recv(left))
    def hello(size, record=None):
        body = b'\\1\\0' + struct.pack('>H', size) + bytes(i * 7 & 255 for i in range(size))
        record = record or len(body)
        return b''.join(b'\\x16\\3\\1' + struct.pack('>H', len(body[i:i+record])) + body[i:i+record]
                        for i in range(0, len(body), record))
    def answer(size=40): return b'\\xab\\xcd\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0' + b'd' * (size - 12)
    print('ready', flush=True); sys.stdin.readline()

    """

  @Test func `A ClientHello of several segments passes whole, and nothing after it`() throws {
    let (found, _) = try payloads(
      """
      ends = pair()
      whole = hello(1700)
      send(ends, whole[:20], whole[20:600], whole[600:1400], whole[1400:], b'\\x17\\3\\3' + os.urandom(5000))
      print('done')
      """)
    #expect(found.map(\.count) == [20, 580, 800, 1709 - 1400])
  }

  @Test func `A ClientHello that begins with a single byte passes with at most 16 KiB`() throws {
    let (found, _) = try payloads(
      """
      ends = pair()
      whole = hello(1700)
      send(ends, whole[:1], whole[1:], *[b'\\x17\\3\\3' + os.urandom(1000) for _ in range(30)])
      print('done')
      """)
    #expect(found.prefix(2).map(\.count) == [1, 1708])
    #expect((16384...16384 + 1003).contains(found.map(\.count).reduce(0, +)))
  }

  @Test func `A ClientHello of several records passes as far as it says it is long`() throws {
    let (found, _) = try payloads(
      """
      for host in '127.0.0.1', '::1':
          ends = pair(host)
          whole = hello(900, record=200)
          send(ends, whole[:300], whole[300:700], whole[700:], b'x' * 100, b'y' * 100)
      print('done')
      """)
    // 4 + 900 bytes in five records of at most 200, each with a head of 5.
    #expect(found.map(\.count) == [300, 400, 229, 300, 400, 229])
  }

  @Test func `Of a message that claims to be endless no more than 16 KiB pass`() throws {
    let (found, _) = try payloads(
      """
      ends = pair()
      send(ends, hello(65000, record=16000)[:1000], *[b'z' * 1000] * 40)
      print('done')
      """)
    // Equal neighbours were taken for the same packet, seen twice.
    #expect(found.count == 2)
    #expect(found.map(\.count) == [1000, 1000])
  }

  @Test func `The first request of a connection passes, also in pieces, and no later one`() throws {
    let (found, _) = try payloads(
      """
      ends = pair()
      request = b'GET / HTTP/1.1\\r\\nX: ' + b'x' * 900 + b'\\r\\nHost: site.example\\r\\n\\r\\n'
      send(ends, request, request.replace(b'GET', b'PUT'), b'no request' * 30)
      ends = pair()
      send(ends, request[:500], request[500:])
      print('done')
      """)
    #expect(found.count == 3)
    #expect(found.first?.starts(with: Array("GET / HTTP/1.1".utf8)) == true)
    #expect(found.dropFirst().map(\.count) == [500, (found.first?.count ?? 0) - 500])
  }

  @Test func `DNS answers pass over UDP and TCP, questions do not`() throws {
    let (found, _) = try payloads(
      """
      for family, host, size in (socket.AF_INET, '127.0.0.1', 60), (socket.AF_INET6, '::1', 61):
          server = socket.socket(family, socket.SOCK_DGRAM); server.bind((host, 53))
          client = socket.socket(family, socket.SOCK_DGRAM); client.bind((host, 0))
          client.sendto(b'\\xab\\xcd\\1\\0\\0\\1' + b'q' * 30, (host, 53)); server.recv(100)
          server.sendto(answer(size), client.getsockname()[:2]); client.recv(100)
          server.sendto(b'\\xab\\xcd\\0\\0\\0\\1' + b'q' * 30, client.getsockname()[:2]); client.recv(100)
      client, server = pair(port=53)
      send((client, server), b'\\0\\x24\\xab\\xcd\\1\\0\\0\\1' + b'q' * 30)
      send((server, client), b'\\0\\x64' + answer(100), b'\\0\\x70', answer(0x70), b'\\2\\0' + answer(300), b'd' * 212,
           b'rest')
      print('done')
      """)
    #expect(found.map(\.count) == [60, 61, 102, 2, 0x70, 302, 212])
  }

  @Test func `Initial packets of QUIC pass in both versions, other datagrams do not`() throws {
    let (found, _) = try payloads(
      """
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 0))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.connect(server.getsockname())
      for head in b'\\xc3\\0\\0\\0\\1', b'\\xd0\\x6b\\x33\\x43\\xcf', b'\\xc0\\x6b\\x33\\x43\\xcf', b'\\xe0\\0\\0\\0\\1', \\
                  b'\\x43\\0\\0\\0\\1', b'\\xc3\\0\\0\\0\\2':
          client.send(head + b'q' * 1195); server.recv(2000)
      client.send(b'\\xc3\\0\\0\\0\\1' + b'q' * 1000)
      for size in 0, 1, 3, 11: client.send(b'\\xc3' * size)
      print('done')
      """)
    #expect(found.map(\.count) == [1200, 1200])
    #expect(found.map(\.first) == [0xC3, 0xD0])
  }

  @Test func `A new connection with an old tuple is seen again`() throws {
    let (found, _) = try payloads(
      """
      listener = socket.socket(); listener.bind(('127.0.0.1', 8080)); listener.listen()
      for name in b'one', b'two', b'three':
          client = socket.socket()
          client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
          client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
          client.bind(('127.0.0.1', 40000)); client.connect(('127.0.0.1', 8080))
          server = listener.accept()[0]
          client.sendall(b'GET / HTTP/1.1\\r\\nHost: ' + name + b'\\r\\n\\r\\n'); server.recv(100)
          client.close(); server.close()
      print('done')
      """)
    #expect(
      found.map { String(decoding: $0, as: UTF8.self).split(separator: " ").last } == [
        "one\r\n\r\n", "two\r\n\r\n", "three\r\n\r\n",
      ])
  }

  @Test func `What is too much is counted and said`() throws {
    let (found, watch) = try payloads(
      """
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 53))
      for size in range(20, 320): server.sendto(answer(size), ('127.0.0.1', 9))
      print('done')
      """, mostPerTurn: 4)
    #expect(found.count < 300)
    #expect(watch.takeNotes().contains { $0.contains("packets with names were not read") })
  }

  @Test func `Without eBPF first segments pass, and the limit is said`() throws {
    let (found, watch) = try payloads(
      """
      ends = pair()
      whole = hello(1700)
      send(ends, whole[:700], whole[700:], b'other' * 100)
      ends = pair('::1')
      send(ends, b'GET / HTTP/1.1\\r\\nHost: site.example\\r\\n\\r\\n', b'other' * 100)
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 53))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.bind(('127.0.0.1', 0))
      client.sendto(b'\\xab\\xcd\\1\\0\\0\\1' + b'q' * 30, ('127.0.0.1', 53))
      server.sendto(answer(), client.getsockname())
      client.sendto(b'\\xc3\\0\\0\\0\\1' + b'q' * 1195, ('127.0.0.1', 53))
      client.sendto(b'\\x43\\0\\0\\0\\1' + b'q' * 1195, ('127.0.0.1', 53))
      print('done')
      """, usingEBPF: false)
    #expect(found.map(\.count) == [700, 38, 40, 1200])
    #expect(watch.limit?.contains("eBPF") == true)
  }

  @Test func `A namespace that is gone is not kept`() throws {
    let watch = try NameWatch()
    try watch.lookAround()
    let before = watch.namespaceCount
    do {
      let namespace = try NamespaceUnderTest()
      let python = try namespace.python("input()")
      while watch.namespaceCount == before { try watch.lookAround() }
      try python.go()
      try python.finish()
    }
    try watch.lookAround()
    #expect(watch.namespaceCount == before)
  }
}

import Flows
import Foundation
import LinuxSystem
import Testing

@testable import Meter

/// Where this machine has cgroup v2, if programs can be attached there.
private let cgroupRoot: String? = {
  guard geteuid() == 0, let mounts = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8) else {
    return nil
  }
  for line in mounts.split(separator: "\n") {
    let fields = line.split(separator: " ")
    if fields.count > 2, fields[2] == "cgroup2" { return String(fields[1]) }
  }
  return nil
}()

/// Runs a Python program in a network namespace of its own, where only loopback exists. The program's first line of
/// output is its namespace and its process; it goes on when it reads a line.
private final class Traffic {
  let process = Foundation.Process()
  private let input = Pipe(), output = Pipe()
  let namespace: Place
  let pid: Int32
  /// Keeps the namespace, or another one could get its number while the last events are read.
  private let held: FileHandle

  init(_ program: String) throws {
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = [
      "--net", "sh", "-c", "ip link set lo up && exec python3 -c \"$0\"",
      """
      import os, socket, sys
      print(os.stat('/proc/self/ns/net').st_ino, os.getpid(), flush=True)
      def wait(): sys.stdin.readline()
      \(program)
      """,
    ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    namespace = Place(namespace: try #require(UInt64(words.first ?? "")))
    pid = try #require(Int32(words.last ?? ""))
    held = try #require(FileHandle(forReadingAtPath: "/proc/\(pid)/ns/net"))
  }

  func proceed() { input.fileHandleForWriting.write(Data("\n".utf8)) }

  func finish() -> String {
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}

@Suite(.enabled(if: cgroupRoot != nil, "needs root and cgroup v2"), .serialized)
struct SocketEventsTests {
  /// Follows `program`, which must call wait() once before its traffic, from there to its end.
  private func follow(
    _ program: String, excluding: [String] = [],
    filter make: (Traffic) -> SocketEventFilter = { SocketEventFilter(namespaces: [$0.namespace]) }
  ) throws -> (events: [SocketEvent], pid: Int32) {
    let traffic = try Traffic(program)
    let follower = try SocketEvents(cgroupRoot: try #require(cgroupRoot), filter: make(traffic), excluding: excluding)
    if excluding.isEmpty { #expect(follower.limits.isEmpty) }
    traffic.proceed()
    _ = traffic.finish()
    var events: [SocketEvent] = []
    // The last state changes of TCP come after the process.
    while true {
      let more = follower.next(timeoutSeconds: 0.3)
      if more.isEmpty { break }
      events += more
    }
    #expect(follower.lost == 0)
    withExtendedLifetime(traffic) {}
    return (events, traffic.pid)
  }

  /// A client and a server in one process.
  private func connection(_ address: String) -> String {
    """
    import threading
    wait()
    family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
    listener = socket.socket(family); listener.bind(('\(address)', 7100)); listener.listen()
    def serve():
        peer, _ = listener.accept()
        total = 0
        while total < 3000: total += len(peer.recv(65536))
        peer.sendall(bytes(500)); peer.recv(100); peer.close()
    thread = threading.Thread(target=serve); thread.start()
    client = socket.socket(family); client.connect(('\(address)', 7100))
    client.sendall(bytes(1000)); client.sendall(bytes(2000))
    total = 0
    while total < 500: total += len(client.recv(65536))
    client.close(); thread.join(); listener.close()
    """
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a connection is told from both ends in order, with its process and its bytes`(address: String) throws {
    let (events, pid) = try follow(connection(address))
    let ip = try #require(IPAddress(address))
    let server = Endpoint(ip, 7100)

    let dial = try #require(events.first { $0.kind == .connect })
    let client = events.filter { $0.cookie == dial.cookie }
    #expect(dial.remote == server)
    #expect(
      client.map(\.kind).filter { if case .stateChange = $0 { false } else { true } } == [
        .create, .connect, .established, .send(bytes: 1000), .send(bytes: 2000), .receive(bytes: 500),
        .close(bytesIn: 500, bytesOut: 3000),
      ])
    let up = try #require(client.first { $0.kind == .established })
    #expect(up.local.address == ip && up.local.port != 0 && up.remote == server)

    let listening = try #require(events.first { $0.kind == .listen })
    #expect(listening.local == server && listening.remote == nil)
    #expect(
      events.filter { $0.cookie == listening.cookie }.map(\.kind) == [
        .create, .bind, .listen, .close(bytesIn: 0, bytesOut: 0), .stateChange(from: .listen, to: .closed),
      ])

    let taken = try #require(events.first { $0.kind == .accept })
    #expect(taken.remote == up.local && taken.local == server)
    let served = events.filter { $0.cookie == taken.cookie }
    #expect(served.first?.kind == .established)
    #expect(served.dropFirst().first?.kind == .accept)
    let received = served.reduce(0) { if case .receive(let bytes) = $1.kind { $0 + bytes } else { $0 } }
    #expect(received == 3000)
    #expect(served.contains { $0.kind == .send(bytes: 500) })
    #expect(served.contains { $0.kind == .close(bytesIn: 3000, bytesOut: 500) })
    // The end of the stream.
    #expect(served.contains { $0.kind == .receive(bytes: 0) && $0.error == nil })

    for event in events {
      #expect(event.task?.pid == pid && event.task?.name.hasPrefix("python3") == true)
      #expect(event.transport == .tcp)
      #expect(abs(event.time - Date().timeIntervalSince1970) < 60)
    }
    // accept() was called in another thread than connect().
    #expect(dial.thread == pid && taken.thread != nil && taken.thread != pid)
  }

  @Test(arguments: [("127.0.0.1", "127.0.0.2"), ("::1", "::1")])
  func `an unconnected UDP socket names the destination of every datagram`(first: String, second: String) throws {
    let (events, _) = try follow(
      """
      family = socket.AF_INET6 if ':' in '\(first)' else socket.AF_INET
      wait()
      servers = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(2)]
      servers[0].bind(('\(first)', 7101)); servers[1].bind(('\(second)', 7102))
      client = socket.socket(family, socket.SOCK_DGRAM)
      client.sendto(bytes(100), ('\(first)', 7101)); client.sendto(bytes(200), ('\(second)', 7102))
      servers[0].recvfrom(1000); servers[1].recvfrom(1000)
      """)
    let sent = events.filter { if case .send = $0.kind { true } else { false } }
    #expect(sent.map(\.kind) == [.send(bytes: 100), .send(bytes: 200)])
    #expect(
      sent.map(\.remote) == [
        Endpoint(try #require(IPAddress(first)), 7101), Endpoint(try #require(IPAddress(second)), 7102),
      ])
    #expect(Set(sent.map(\.cookie)).count == 1)
    let received = events.filter { if case .receive = $0.kind { true } else { false } }
    #expect(received.map(\.kind) == [.receive(bytes: 100), .receive(bytes: 200)])
    // Where they came from: the client's own port.
    #expect(Set(received.map(\.remote?.port)) == [sent[0].local.port])
    #expect(sent[0].local.port != 0)
    #expect(events.filter { $0.kind == .bind }.map(\.local.port) == [7101, 7102])
  }

  @Test func `a refused connection shows why`() throws {
    let (events, pid) = try follow(
      """
      wait()
      client = socket.socket()
      try: client.connect(('127.0.0.1', 7103))
      except ConnectionRefusedError: pass
      """)
    let failed = try #require(events.first { $0.kind == .connectFailed })
    #expect(failed.error == .connectionRefused)
    #expect(failed.remote == Endpoint(.v4(0x7F00_0001), 7103))
    #expect(failed.task?.pid == pid)
    #expect(events.map(\.kind) == [.create, .connect, .connectFailed, .close(bytesIn: 0, bytesOut: 0)])
  }

  @Test func `a datagram to a closed port brings back an error, and so does the next call`() throws {
    let (events, _) = try follow(
      """
      wait()
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.connect(('127.0.0.1', 7104))
      client.send(bytes(10))
      try: client.recv(10)
      except ConnectionRefusedError: pass
      """)
    let kinds = events.map(\.kind)
    #expect(
      kinds == [
        .create, .connect, .error, .send(bytes: 10), .receive(bytes: 0), .close(bytesIn: 0, bytesOut: 10),
      ])
    #expect(events.filter { $0.error != nil }.map(\.error) == [.connectionRefused, .connectionRefused])
    #expect(events.filter { $0.kind != .create }.allSatisfy { $0.remote?.port == 7104 || $0.remote == nil })
  }

  @Test func `only the wanted processes are told of, also on sockets they had before`() throws {
    let (events, pid) = try follow(
      """
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 7105))
      wait()
      child = os.fork()
      if child == 0:
          other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); other.sendto(bytes(11), ('127.0.0.1', 7105))
          os._exit(0)
      os.waitpid(child, 0)
      server.recvfrom(100)
      """, filter: { SocketEventFilter(pids: [$0.pid]) })
    #expect(events.map(\.kind) == [.receive(bytes: 11), .close(bytesIn: 11, bytesOut: 0)])
    #expect(events.allSatisfy { $0.task?.pid == pid && $0.local.port == 7105 })
  }

  @Test func `a connection that another process accepts is told of as far as it is the wanted one's`() throws {
    let (events, pid) = try follow(
      """
      listener = socket.socket(); listener.bind(('127.0.0.1', 7106)); listener.listen()
      wait()
      child = os.fork()
      if child == 0:
          client = socket.socket(); client.connect(('127.0.0.1', 7106)); client.sendall(bytes(5)); client.recv(10)
          os._exit(0)
      peer, _ = listener.accept(); peer.recv(10); peer.close()
      os.waitpid(child, 0)
      """, filter: { SocketEventFilter(pids: [$0.pid]) })
    let taken = try #require(events.first { $0.kind == .accept })
    #expect(
      events.filter { $0.cookie == taken.cookie }.map(\.kind).prefix(4) == [
        .established, .accept, .receive(bytes: 5), .close(bytesIn: 5, bytesOut: 0),
      ])
    #expect(events.allSatisfy { $0.task?.pid == pid && $0.local.port == 7106 })
  }

  @Test func `a port or a remote address picks its sockets alone`() throws {
    let program = """
      wait()
      for host, port in (('127.0.0.1', 7107), ('127.0.0.2', 7108)):
          server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind((host, port))
          client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.connect((host, port))
          client.send(bytes(port - 7100)); server.recv(100)
      """
    let byPort = try follow(program, filter: { SocketEventFilter(namespaces: [$0.namespace], port: 7108) }).events
    #expect(
      byPort.map(\.kind) == [
        .bind, .connect, .send(bytes: 8), .receive(bytes: 8), .close(bytesIn: 8, bytesOut: 0),
        .close(bytesIn: 0, bytesOut: 8),
      ])
    let byRemote = try follow(
      program, filter: { SocketEventFilter(namespaces: [$0.namespace], remote: .v4(0x7F00_0002)) }
    ).events
    #expect(byRemote.map(\.kind) == [.connect, .send(bytes: 8), .close(bytesIn: 0, bytesOut: 8)])
  }

  @Test func `a half-closed connection shows the shutdown`() throws {
    let (events, _) = try follow(
      """
      wait()
      listener = socket.socket(); listener.bind(('127.0.0.1', 7109)); listener.listen()
      client = socket.socket(); client.connect(('127.0.0.1', 7109)); peer, _ = listener.accept()
      client.shutdown(socket.SHUT_WR); peer.recv(10); peer.close(); client.recv(10); client.close()
      """)
    let dial = try #require(events.first { $0.kind == .connect })
    let kinds = events.filter { $0.cookie == dial.cookie }.map(\.kind)
    let shutdown = try #require(kinds.firstIndex(of: .shutdown))
    #expect(kinds.firstIndex(of: .established) == shutdown - 1)
    #expect(kinds.contains(.close(bytesIn: 0, bytesOut: 0)))
    #expect(events.filter { $0.kind == .shutdown }.count == 1)
  }

  @Test func `frames of a packet socket are told with their lengths`() throws {
    let (events, pid) = try follow(
      """
      wait()
      raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); raw.bind(('lo', 0))
      raw.send(bytes(12) + b'\\x08\\x00' + bytes(86))
      """)
    let sent = try #require(events.first { $0.transport == .packet })
    #expect(sent.kind == .send(bytes: 100) && sent.remote == nil && sent.task?.pid == pid)
  }

  @Test func `without the connect hooks TCP's state tells of the attempt`() throws {
    let (events, _) = try follow(connection("127.0.0.1"), excluding: ["on_connect4", "on_connect6", "on_peername4"])
    let dial = try #require(events.first { $0.kind == .connect })
    #expect(dial.remote == Endpoint(.v4(0x7F00_0001), 7100))
    // accept() is then known from the first receive.
    let taken = try #require(events.firstIndex { $0.kind == .accept })
    let after = try #require(events[(taken + 1)...].first { $0.cookie == events[taken].cookie })
    if case .receive = after.kind {} else { Issue.record("\(after.kind)") }
  }

  @Test func `nothing stays attached`() throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    for _ in 0..<3 { _ = try SocketEvents(cgroupRoot: try #require(cgroupRoot)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count == before)
  }

  @Test func `an event is one line as strace would write it`() {
    let task = TaskRecord(
      pid: 4711, rootPID: 4711, startTime: 0, name: "curl", uid: 0, cgroupID: 1, namespace: Place(namespace: 1),
      isKernelThread: false)
    var event = SocketEvent(
      time: 43201.125, kind: .connect, task: task, thread: 4711, namespace: Place(namespace: 1), transport: .tcp,
      local: Endpoint(.v4(0x0A00_0001), 40000), remote: Endpoint(.v4(0x0A00_0002), 80), error: nil, cookie: 1)
    #expect(event.description == "12:00:01.125000Z curl[4711] connect tcp 10.0.0.1:40000 -> 10.0.0.2:80")
    (event.kind, event.thread, event.error) = (.receive(bytes: 0), 4712, .timedOut)
    #expect(
      event.description
        == "12:00:01.125000Z curl[4711/4712] receive tcp 10.0.0.1:40000 <- 10.0.0.2:80 failed: Connection timed out")
    (event.kind, event.thread, event.error, event.task) = (.close(bytesIn: 12, bytesOut: 34), nil, nil, nil)
    #expect(
      event.description
        == "12:00:01.125000Z [unknown] close tcp 10.0.0.1:40000 -> 10.0.0.2:80 after 12 B in, 34 B out")
  }

  @Test func `a missing cgroup root is said`() throws {
    #expect(throws: MeterError.self) { try SocketEvents(cgroupRoot: "/absent") }
  }
}

import Flows
import Foundation
import LinuxSystem
import Testing

@testable import Meter

/// Where this machine has cgroup v2, if the meter can be attached there.
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

private func hasProgram(_ name: String) -> Bool {
  ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { access("\($0)/\(name)", X_OK) == 0 }
}

/// Runs a Python program in a network namespace of its own, where only loopback exists, and gives its output.
private func inOwnNamespace(_ program: String) throws -> String {
  let process = Foundation.Process()
  process.executableURL = URL(filePath: "/usr/bin/unshare")
  process.arguments = ["--net", "sh", "-c", "ip link set lo up && exec python3 -c \"$0\"", program]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return text
}

@Suite(.enabled(if: cgroupRoot != nil, "needs root and cgroup v2"), .serialized)
struct EBPFMeterTests {
  private func measure(_ program: String, excluding: [String] = []) throws -> [SocketTraffic] {
    let meter = try EBPFMeter(cgroupRoot: try #require(cgroupRoot), excluding: excluding)
    _ = try meter.read()
    let namespaces = try inOwnNamespace("import os; print(os.stat('/proc/self/ns/net').st_ino)\n" + program)
      .split(separator: "\n")
    let inode = try #require(UInt64(namespaces.first ?? ""))
    return try meter.read().sockets.filter { $0.namespace.namespace == inode }
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a connection that closed between two readings is counted on both ends, for its process`(address: String) throws
  {
    let rows = try measure(
      """
      import socket, threading
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      listener = socket.socket(family); listener.bind(('\(address)', 7000)); listener.listen()
      def serve():
          peer, _ = listener.accept()
          while peer.recv(65536): pass
          peer.close()
      thread = threading.Thread(target=serve); thread.start()
      client = socket.socket(family); client.connect(('\(address)', 7000))
      client.sendall(bytes(1_000_000)); client.close(); thread.join()
      """)
    let client = try #require(rows.first { $0.remote?.port == 7000 })
    let server = try #require(rows.first { $0.local.port == 7000 && $0.remote != nil })
    #expect(client.closed && server.closed)
    #expect(client.payloadOut == 1_000_000 && server.payloadIn == 1_000_000)
    #expect(server.role == .responder)
    // Payload plus at least one header a segment, at most a tenth on top.
    #expect(client.traffic.bytesOut > 1_000_000 && client.traffic.bytesOut < 1_100_000)
    #expect(server.traffic.bytesIn >= 1_000_000)
    for row in [client, server] {
      guard case .task(let task) = row.holder else { Issue.record("no owner: \(row.holder)"); continue }
      #expect(task.name.hasPrefix("python3") && task.pid != nil && task.uid == 0)
      #expect(row.inInterface == 1)
    }
  }

  /// The links to cgroups that this process has open.
  private func cgroupLinks() throws -> Set<String> {
    var result: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo") {
      // One that was closed meanwhile is no link any more.
      guard let text = try? String(contentsOfFile: "/proc/self/fdinfo/\(name)", encoding: .utf8),
        text.contains("link_type:\tcgroup\n")
      else { continue }
      for line in text.split(separator: "\n") where line.hasPrefix("link_id:") {
        result.insert(line.dropFirst(8).trimmingCharacters(in: .whitespaces))
      }
    }
    return result
  }

  @Test func `programs that somebody detaches are attached again, and that is said`() throws {
    let before = try cgroupLinks()
    let meter = try EBPFMeter(cgroupRoot: try #require(cgroupRoot))
    #expect(try meter.read().notes.allSatisfy { !$0.contains("detached") })
    let links = try cgroupLinks().subtracting(before)
    try #require(links.count >= 4)
    // BPF_LINK_GET_FD_BY_ID and BPF_LINK_DETACH of <linux/bpf.h>
    let done = try inOwnNamespace(
      """
      import ctypes, platform, struct
      call = 321 if platform.machine() == 'x86_64' else 280
      def bpf(command, number):
          given = ctypes.create_string_buffer(struct.pack('I', number).ljust(128, bytes(1)))
          return ctypes.CDLL(None).syscall(call, command, given, 128)
      print(max(bpf(34, bpf(30, number)) for number in [\(links.sorted().joined(separator: ", "))]))
      """)
    try #require(done == "0\n")
    let note = try #require(try meter.read().notes.first { $0.contains("detached by somebody else") })
    #expect(note.contains("on_egress, on_ingress") && note.contains("attached again"))
    let namespaces = try inOwnNamespace(
      """
      import os, socket
      print(os.stat('/proc/self/ns/net').st_ino)
      made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); made.bind(('127.0.0.1', 7000))
      made.sendto(bytes(1000), ('127.0.0.1', 7000)); made.recv(2000)
      """)
    let inode = try #require(UInt64(namespaces.split(separator: "\n").first ?? ""))
    let reading = try meter.read()
    let rows = reading.sockets.filter { $0.namespace.namespace == inode && $0.transport == .udp }
    #expect(rows.reduce(0) { $0 + $1.traffic.bytesOut } == 1028 && rows.reduce(0) { $0 + $1.traffic.bytesIn } == 1028)
    #expect(reading.notes.allSatisfy { !$0.contains("detached") })
  }

  @Test func `of many connections that stay open, every one is read`() throws {
    let meter = try EBPFMeter(cgroupRoot: try #require(cgroupRoot))
    _ = try meter.read()
    let process = Foundation.Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = [
      "--net", "sh", "-c", "ip link set lo up && exec python3 -uc \"$0\"",
      """
      import os, socket, sys
      listener = socket.create_server(('127.0.0.1', 7000), backlog=512)
      held = []
      for _ in range(400):
          client = socket.create_connection(('127.0.0.1', 7000))
          held += [client, listener.accept()[0]]
          client.send(b'x')
          held[-1].recv(1)
      print(os.stat('/proc/self/ns/net').st_ino)
      sys.stdin.read()
      """,
    ]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
    let inode = try #require(UInt64(String(decoding: line, as: UTF8.self)))
    let rows = try meter.read().sockets.filter { $0.namespace.namespace == inode && !$0.closed && $0.remote != nil }
    #expect(Set(rows.filter { $0.payloadOut == 1 }.map(\.local)).count == 400)
    #expect(rows.count { $0.payloadIn == 1 } == 400)
  }

  @Test func `every peer of an unconnected UDP socket is a flow of its own`() throws {
    let rows = try measure(
      """
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 7001))
      clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
      for index, client in enumerate(clients):
          for _ in range(10 * (index + 1)): client.sendto(bytes(100), ('127.0.0.1', 7001)); server.recv(200)
      """)
    let server = rows.filter { $0.local.port == 7001 }
    // 100 bytes of payload, 8 of UDP header, 20 of IPv4 header.
    #expect(server.filter { !$0.traffic.isZero }.map(\.traffic.bytesIn).sorted() == [1280, 2560, 3840])
    #expect(Set(server.compactMap(\.remote)).count == 3)
    #expect(rows.filter { $0.remote?.port == 7001 }.map(\.traffic.bytesOut).sorted() == [1280, 2560, 3840])
  }

  @Test func `a socket that was handed to a child belongs to the child that uses it`() throws {
    let rows = try measure(
      """
      import ctypes, os, socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 7002))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.connect(('127.0.0.1', 7002))
      child = os.fork()
      if child == 0:
          open('/proc/self/comm', 'w').write('the-child')
          client.send(bytes(500)); os._exit(0)
      os.waitpid(child, 0)
      """)
    let row = try #require(rows.first { $0.remote?.port == 7002 })
    guard case .task(let task) = row.holder else { Issue.record("no owner"); return }
    #expect(task.name == "the-child")
    #expect(row.payloadOut == 500)
  }

  @Test func `frames of a packet socket are counted for their sender`() throws {
    let rows = try measure(
      """
      import socket
      raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); raw.bind(('lo', 0))
      for _ in range(7): raw.send(bytes(12) + b'\\x08\\x00' + bytes(86))
      """)
    let row = try #require(rows.first { $0.transport == .packet })
    #expect(row.traffic.bytesOut == 7 * 86)
    #expect(row.traffic.packetsOut == 7)
  }

  @Test func `frames of a packet socket that is not bound have the interface that they left by`() throws {
    let rows = try measure(
      """
      import socket
      made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
      for i in range(10): made.sendto(bytes(500), ('lo', 0x88B5))
      """)
    let row = try #require(rows.first { $0.transport == .packet })
    #expect(row.traffic.bytesOut == 5000 && row.outInterface == 1)
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a datagram in fragments is counted as the interface counts it, on both ends`(address: String) throws {
    let meter = try EBPFMeter(cgroupRoot: try #require(cgroupRoot))
    _ = try meter.read()
    let words = try inOwnNamespace(
      """
      import os, socket
      os.system('ip link set lo mtu 1500')
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      taken, made = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
      taken.bind(('\(address)', 7100))
      for i in range(20): made.sendto(bytes(8000), ('\(address)', 7100)); taken.recv(9000)
      line = [l for l in open('/proc/net/dev') if 'lo:' in l][0].split(':')[1].split()
      print(os.stat('/proc/self/ns/net').st_ino, line[8], line[9])
      """
    ).split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
    try #require(words.count == 3)
    let rows = try meter.read().sockets.filter { $0.namespace.namespace == words[0] && $0.transport == .udp }
    #expect(rows.reduce(0) { $0 + $1.traffic.bytesOut } == words[1], "\(rows)")
    #expect(rows.reduce(0) { $0 + $1.traffic.packetsOut } == words[2])
    #expect(rows.reduce(0) { $0 + $1.traffic.bytesIn } == words[1])
    #expect(rows.reduce(0) { $0 + $1.traffic.packetsIn } == words[2])
  }

  @Test func `the kernel's record tells who started a process, in which cgroup, by which words`() throws {
    let rows = try measure(
      """
      import os, subprocess, sys
      child = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(9), ("127.0.0.1", 7200))'
      subprocess.run(['sh', '-c', sys.executable + ' -c "$0" one two; exit 0', child])
      """)
    let row = try #require(rows.first { $0.remote?.port == 7200 })
    guard case .task(let task) = row.holder else { Issue.record("no owner: \(row.holder)"); return }
    let lineage = try #require(task.lineage)
    #expect(lineage.parents.prefix(2).map(\.name).first == "sh" && lineage.parents.count >= 2)
    #expect(lineage.parents.dropFirst().first?.name.hasPrefix("python3") == true)
    #expect(lineage.command.dropFirst().first == "-c" && lineage.command.count >= 3, "\(lineage)")
    #expect(lineage.cgroup.hasPrefix("/"))
  }

  @Test func `without the length tracepoints the maker of a socket is still its owner`() throws {
    let rows = try measure(
      """
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 7003))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.sendto(bytes(50), ('127.0.0.1', 7003))
      """, excluding: ["on_send_length", "on_recv_length"])
    let row = try #require(rows.first { $0.remote?.port == 7003 })
    #expect(row.traffic.bytesOut == 78)
    guard case .task(let task) = row.holder else { Issue.record("no owner"); return }
    #expect(task.name.hasPrefix("python3"))
  }

  /// A program's beginning: port 80 of `service` leads to port 7000 of `address` on this host, as a ClusterIP does.
  private func translated(_ service: String, _ address: String) -> String {
    let (word, target, length) = address.contains(":") ? ("ip6", "[\(address)]", 128) : ("ip", address, 32)
    return """
      import socket, subprocess, threading
      family = socket.\(word == "ip6" ? "AF_INET6" : "AF_INET")
      subprocess.run(['sh', '-ec', '''
        ip route add \(service)/\(length) dev lo src \(address)
        nft add table inet lab
        nft 'add chain inet lab output { type nat hook output priority -100; }'
        nft add rule inet lab output \(word) daddr \(service) meta l4proto '{ tcp, udp }' th dport 80 \
          dnat \(word) to \(target):7000
        '''], check=True)

      """
  }

  @Test(.enabled(if: hasProgram("nft"), "needs nft"), arguments: [("10.96.0.10", "127.0.0.1"), ("fd00:96::10", "::1")])
  func `a connection whose packets are translated as they leave is one row`(service: String, address: String) throws {
    let rows = try measure(
      translated(service, address) + """
        listener = socket.socket(family); listener.bind(('\(address)', 7000)); listener.listen()
        def serve():
            peer, _ = listener.accept()
            peer.sendall(bytes(500_000))
            while peer.recv(65536): pass
            peer.close()
        thread = threading.Thread(target=serve); thread.start()
        client = socket.create_connection(('\(service)', 80))
        left = 500_000
        while left: left -= len(client.recv(65536))
        client.sendall(bytes(1_000_000)); client.close(); thread.join()
        """)
    let ends = rows.filter { $0.transport == .tcp && $0.remote != nil && !$0.traffic.isZero }
    try #require(ends.count == 2, "\(ends)")
    let client = try #require(ends.first { $0.remote?.port == 80 })
    let server = try #require(ends.first { $0.local.port == 7000 })
    #expect(client.remote?.address == IPAddress(service) && server.remote == client.local)
    #expect(client.traffic.bytesOut > 1_000_000 && client.traffic.bytesIn > 500_000)
    #expect(server.payloadIn == 1_000_000 && server.payloadOut == 500_000)
  }

  @Test(
    .enabled(if: hasProgram("nft"), "needs nft"), arguments: [("10.96.0.10", "127.0.0.1"), ("fd00:96::10", "::1")],
    [true, false])
  func `datagrams that are translated as they leave are one row with their answers`(
    _ ends: (service: String, address: String), isConnected: Bool
  ) throws {
    let rows = try measure(
      translated(ends.service, ends.address) + """
        server = socket.socket(family, socket.SOCK_DGRAM); server.bind(('\(ends.address)', 7000))
        client = socket.socket(family, socket.SOCK_DGRAM)
        \(isConnected ? "client.connect(('\(ends.service)', 80))" : "client.bind(('\(ends.address)', 0))")
        for _ in range(10):
            client.\(isConnected ? "send(bytes(100))" : "sendto(bytes(100), ('\(ends.service)', 80))")
            _, peer = server.recvfrom(200)
            server.sendto(bytes(50), peer)
            client.recv(200)
        """)
    // 8 bytes of UDP header, and those of IP.
    let headers: UInt64 = ends.address.contains(":") ? 48 : 28
    let answered = Traffic(
      bytesIn: 10 * (50 + headers), bytesOut: 10 * (100 + headers), packetsIn: 10, packetsOut: 10)
    let clients = rows.filter { $0.local.port != 7000 }
    #expect(clients.map(\.traffic) == [answered])
    #expect(clients.first?.remote?.address == IPAddress(ends.service) && clients.first?.remote?.port == 80)
    let servers = rows.filter { $0.local.port == 7000 }
    #expect(servers.map(\.traffic) == [answered.reversed])
    #expect(servers.first?.remote == clients.first?.local)
  }

  @Test(.enabled(if: hasProgram("nft"), "needs nft"))
  func `an IPv6 socket that speaks IPv4 has one row for what is translated`() throws {
    let rows = try measure(
      translated("10.96.0.10", "127.0.0.1") + """
        listener = socket.create_server(('127.0.0.1', 7000))
        client = socket.socket(socket.AF_INET6); client.connect(('::ffff:10.96.0.10', 80))
        peer, _ = listener.accept()
        client.sendall(bytes(5000)); client.close()
        while peer.recv(65536): pass
        """)
    let ends = rows.filter { $0.transport == .tcp && $0.remote != nil && !$0.traffic.isZero }
    #expect(ends.count == 2)
    #expect(ends.contains { $0.remote == Endpoint("10.96.0.10:80") && $0.payloadOut == 5000 })
    #expect(ends.contains { $0.local == Endpoint("127.0.0.1:7000") && $0.payloadIn == 5000 })
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a connected datagram socket that also sends elsewhere has a row for each peer`(address: String) throws {
    let rows = try measure(
      """
      import socket
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      def server(port):
          made = socket.socket(family, socket.SOCK_DGRAM); made.bind(('\(address)', port)); return made
      usual, other = server(7000), server(7001)
      client = socket.socket(family, socket.SOCK_DGRAM); client.connect(('\(address)', 7000))
      for _ in range(5): client.send(bytes(100)); usual.recv(200)
      for _ in range(3): client.sendto(bytes(100), ('\(address)', 7001)); other.recv(200)
      for _ in range(2): client.send(bytes(100)); usual.recv(200)
      """)
    #expect(rows.filter { $0.remote?.port == 7000 }.map(\.traffic.packetsOut) == [7])
    #expect(rows.filter { $0.remote?.port == 7001 }.map(\.traffic.packetsOut) == [3])
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a socket with two writers is shared by what each of them wrote`(address: String) throws {
    let rows = try measure(
      """
      import os, socket
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      listener = socket.socket(family); listener.bind(('\(address)', 7004)); listener.listen()
      client = socket.socket(family); client.connect(('\(address)', 7004)); server, _ = listener.accept()
      def write(name, size):
          child = os.fork()
          if child == 0:
              open('/proc/self/comm', 'w').write(name)
              client.sendall(bytes(size)); os._exit(0)
          left = size
          while left: left -= len(server.recv(left))
          os.waitpid(child, 0)
      write('writes-much', 900_000); write('writes-little', 10_000)
      """)
    let mine = rows.filter { $0.remote?.port == 7004 && $0.traffic.bytesOut > 0 }
    var sent: [String: UInt64] = [:]
    for row in mine {
      guard case .task(let task) = row.holder else { Issue.record("no owner: \(row.holder)"); continue }
      sent[task.name, default: 0] += row.traffic.bytesOut
    }
    let (much, little) = (sent["writes-much"] ?? 0, sent["writes-little"] ?? 0)
    #expect(much > 900_000 && little > 10_000 && little < 20_000, "\(sent)")
    #expect(mine.first { $0.payloadOut == 10_000 } != nil)
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a subflow of an MPTCP connection belongs to the connection's process`(address: String) throws {
    guard (try? String(contentsOfFile: "/proc/sys/net/mptcp/enabled", encoding: .utf8)) != nil else {
      print("skipped: this kernel has no MPTCP")
      return
    }
    let rows = try measure(
      """
      import socket
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      listener = socket.socket(family, socket.SOCK_STREAM, 262); listener.bind(('\(address)', 7005)); listener.listen()
      client = socket.socket(family, socket.SOCK_STREAM, 262); client.connect(('\(address)', 7005))
      server, _ = listener.accept()
      client.sendall(bytes(200_000))
      left = 200_000
      while left: left -= len(server.recv(left))
      """)
    let ends = rows.filter { $0.remote != nil && $0.traffic.bytes > 200_000 }
    #expect(ends.count == 2)
    for row in ends {
      guard case .task(let task) = row.holder else { Issue.record("no owner: \(row.holder)"); continue }
      #expect(task.name.hasPrefix("python3"))
    }
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `who sent a flow's first datagram began it, whatever the ports`(address: String) throws {
    let rows = try measure(
      """
      import socket
      family = socket.AF_INET6 if ':' in '\(address)' else socket.AF_INET
      low, high = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
      low.bind(('\(address)', 7006)); high.bind(('\(address)', 50006))
      for _ in range(3):
          low.sendto(bytes(100), ('\(address)', 50006)); high.recv(200)
          high.sendto(bytes(100), ('\(address)', 7006)); low.recv(200)
      """)
    #expect(rows.first { $0.local.port == 7006 }?.began == true)
    #expect(rows.first { $0.local.port == 50006 }?.began == false)
  }

  @Test func `a missing cgroup root is said`() throws {
    #expect(throws: MeterError.self) { try EBPFMeter(cgroupRoot: "/absent") }
  }
}

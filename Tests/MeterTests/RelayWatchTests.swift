import Flows
import Foundation
import LinuxSystem
import Testing

@testable import Meter

/// Clients, a relay and a server in one network namespace, on loopback; every request's way is known.
private struct Scene {
  struct Truth: Decodable {
    /// Number of a request -> port of the client's connection, or of the relay's.
    let asked: [[Int]]
    let served: [[Int]]
  }

  private static let scripts = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Benchmarks").standardizedFileURL.path()

  let truth: Truth
  let links: [CausalLink]
  let lost: UInt64

  /// The relay's kind is one of relay_programs.py. With `isLate` it begins to listen when the watch is there already.
  init(relay kind: String, clients: Int, seconds: Double, isLate: Bool = false) throws {
    let process = Foundation.Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = [
      "--net", "sh", "-c", "ip link set lo up && exec python3 -c \"$0\"",
      """
      import json, os, socket, subprocess, sys, tempfile, time
      folder = tempfile.TemporaryDirectory()
      asked, served = folder.name + '/asked', folder.name + '/served'
      def start(*words): return subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL)
      def listens(port):
          while f':{port:04X} ' not in open('/proc/net/tcp').read(): time.sleep(0.01)
      def relay():
          program = start('\(Self.scripts)/relay_programs.py', '\(kind)', 8000, '127.0.0.1', 9000)
          listens(8000)
          return program
      server = start('\(Self.scripts)/relay_load.py', 'serve', '127.0.0.1', 9000, 'line', served, 5)
      try:
          listens(9000)
          held = None if \(isLate ? "True" : "False") else relay()
          print('ready', flush=True)
          sys.stdin.readline()
          held = held or relay()
          start('\(Self.scripts)/relay_load.py', 'ask', '127.0.0.1', 8000, 'line', asked, \(clients), \(seconds), 5).wait()
      finally:
          held.kill()
          server.terminate(); server.wait()
      print(json.dumps({'asked': json.load(open(asked))['asked'], 'served': json.load(open(served))}))
      """,
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
    let watch = try RelayWatch.everywhere()
    let text = try watch.whileTaking {
      input.fileHandleForWriting.write(Data("\n".utf8))
      let text = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return text
    }
    links = watch.finish().filter { $0.outbound.destination.port == 9000 && $0.name.hasPrefix("python") }
    lost = watch.lost
    truth = try JSONDecoder().decode(Truth.self, from: text)
  }

  var pairs: Set<[Int]> {
    let ports = Dictionary(truth.asked.map { ($0[0], $0[1]) }) { first, _ in first }
    return Set(truth.served.compactMap { request in ports[request[0]].map { [$0, request[1]] } })
  }
  var claims: Set<[Int]> {
    Set(links.compactMap { link in link.inbound.map { [Int($0.source.port), Int(link.outbound.source.port)] } })
  }
}

@Suite(.enabled(if: geteuid() == 0, "needs root"), .serialized)
struct RelayWatchTests {
  @Test(arguments: ["loop", "threads", "fork", "handover", "queue", "stack"])
  func `nearly every pair is found and none is wrong`(relay: String) throws {
    let scene = try Scene(relay: relay, clients: 20, seconds: 1)
    #expect(scene.lost == 0)
    #expect(scene.pairs.count > 20)
    #expect(scene.claims.subtracting(scene.pairs).isEmpty)
    #expect(Double(scene.claims.intersection(scene.pairs).count) >= 0.95 * Double(scene.pairs.count))
    #expect(scene.links.allSatisfy { $0.inbound == nil || $0.inbound?.destination.port == 8000 })
  }

  @Test(arguments: ["shuffled", "copying"])
  func `a relay whose order tells nothing gets no wrong pairs, but a number of candidates`(relay: String) throws {
    let scene = try Scene(relay: relay, clients: 20, seconds: 1)
    #expect(scene.pairs.count > 20)
    #expect(scene.claims.subtracting(scene.pairs).isEmpty)
    let open = scene.links.filter { $0.inbound == nil }
    #expect(!open.isEmpty)
    #expect(open.allSatisfy { $0.candidates > 1 })
  }

  @Test func `a relay that starts during the watch is seen`() throws {
    let scene = try Scene(relay: "loop", clients: 10, seconds: 1.5, isLate: true)
    #expect(scene.claims.subtracting(scene.pairs).isEmpty)
    #expect(Double(scene.claims.intersection(scene.pairs).count) >= 0.95 * Double(scene.pairs.count))
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `the first request of a relay that reads until nothing is left is its first connection's`(address: String) throws
  {
    let process = Foundation.Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = [
      "--net", "sh", "-c", "ip link set lo up && exec python3 -c \"$0\"",
      """
      import socket, sys, threading
      address = '\(address)'
      family = socket.AF_INET6 if ':' in address else socket.AF_INET
      def listener(port): return socket.create_server((address, port), family=family)
      front, back = listener(8000), listener(9000)
      def ask():
          client = socket.create_connection((address, 8000))
          client.sendall(b'q' * 99)
          client.recv(100)
          print(client.getsockname()[1], flush=True)
      def answer():
          link, _ = back.accept()
          link.recv(100)
          link.sendall(b'a' * 55)
      print('ready', flush=True)
      sys.stdin.readline()
      threads = [threading.Thread(target=ask), threading.Thread(target=answer)]
      [thread.start() for thread in threads]
      accepted, _ = front.accept()
      request = accepted.recv(100)
      accepted.setblocking(False)
      try:
          accepted.recv(100)
      except BlockingIOError:
          pass
      made = socket.create_connection((address, 9000))
      made.sendall(request)
      accepted.sendall(made.recv(100) + b'more')
      [thread.join() for thread in threads]
      """,
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let ready = try output.fileHandleForReading.read(upToCount: 6)
    #expect(ready == Data("ready\n".utf8))
    let watch = try RelayWatch.everywhere()
    let text = try watch.whileTaking {
      input.fileHandleForWriting.write(Data("\n".utf8))
      let text = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return text
    }
    let client = try #require(UInt16(String(decoding: text, as: UTF8.self).prefix { $0.isNumber }))
    let links = watch.finish().filter { $0.outbound.destination.port == 9000 && $0.name.hasPrefix("python") }
    #expect(links.map(\.candidates) == [1] && links.first?.inbound?.source.port == client, "\(links)")
  }

  @Test func `nothing stays attached`() throws {
    func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
    let before = try descriptors()
    do {
      let watch = try RelayWatch(namespaces: [])
      #expect(watch.programs.filter(\.isActive).count >= 5)
      let during = try descriptors()
      #expect(during > before)
      watch.take()
    }
    let after = try descriptors()
    #expect(after == before)
  }

  @Test func `a kernel that lets no sends be seen is said to be too old`() {
    let sends = ["on_send_length", "on_inet_send", "on_inet6_send", "on_send_page"]
    #expect(throws: MeterError.self) { try RelayWatch(namespaces: [], excluding: sends) }
  }
}

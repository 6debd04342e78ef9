import Flows
import Foundation
import Lab
import LinuxSystem
import Testing

@testable import Proxies

/// Clients on one host, HAProxy on the next, servers on the third.
struct HAProxyLab {
  let clients: TestHost
  let proxy: TestHost
  let servers: TestHost

  init() throws {
    clients = try TestHost("clients")
    proxy = try TestHost("proxy")
    servers = try TestHost("servers")
    try Wire(clients.plug("eth0", "10.1.0.1/24", "fd01::1/64"), proxy.plug("eth0", "10.1.0.2/24", "fd01::2/64"))
    try Wire(proxy.plug("eth1", "10.2.0.1/24", "fd02::1/64"), servers.plug("eth0", "10.2.0.2/24", "fd02::2/64"))
  }

  func stop() { [clients, proxy, servers].forEach { $0.stop() } }

  /// Connects, sends `text`, reads until `answer` has come, and keeps the connection until it is stopped. Prints its
  /// own endpoint as Python knows it.
  func hold(_ address: String, _ port: Int, send text: String, answer: String = "") throws -> Held {
    let script = """
      import socket, sys, time
      s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
      s.sendall(sys.argv[3].encode())
      data = b""
      while sys.argv[4].encode() not in data: data += s.recv(65536) or sys.exit("closed")
      host, port = s.getsockname()[:2]
      # In one piece: an unbuffered print writes every argument by itself.
      sys.stdout.write("endpoint " + (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") + "\\n")
      time.sleep(60)
      """
    let process = try clients.start(["python3", "-u", "-c", script, address, "\(port)", text, answer])
    try process.waitFor("endpoint")
    let word = process.output.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
    return Held(process: process, endpoint: try #require(Endpoint(word)))
  }

  struct Held {
    let process: BackgroundProcess
    let endpoint: Endpoint
  }

  /// The far ends of the servers' established connections on `port`, as `ss` there says.
  func peers(port: Int) throws -> Set<Endpoint> {
    let lines = try servers.output(of: ["ss", "-Htn", "state", "established", "sport = :\(port)"])
    return Set(
      lines.split(separator: "\n").compactMap { line in
        line.split(separator: " ").last.flatMap { Endpoint(String($0)) }
      })
  }

  /// The number of the line of `configuration` that holds `text`.
  func line(_ text: String, in configuration: String) throws -> Int {
    let lines = configuration.split(separator: "\n", omittingEmptySubsequences: false)
    return try #require(lines.firstIndex { $0.contains(text) }) + 1
  }

  /// Runtime of the process that has this pid on the machine.
  static func runtime(_ pid: Int32?, timeout: Duration = .seconds(2)) throws -> HAProxyRuntime {
    HAProxyRuntime(try HAProxyProcess(reading: try #require(pid), from: ProcessFiles()), timeout: timeout)
  }

  /// Why `body` got no answer.
  static func failure<Value>(_ body: () throws -> Value) -> HAProxyError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? HAProxyError
    }
  }
}

import Foundation

/// A HAProxy that runs on a test host.
///
/// Its configuration lies at `/etc/haproxy/haproxy.cfg` of the host, whose `/etc` is its own and goes with it.
public final class HAProxy: Sendable {
  public let host: TestHost
  public let process: BackgroundProcess
  /// The configuration's path on the host.
  public let file: String
  /// The master's command line interface, where `isMaster` was asked for.
  public let masterSocket: String?

  /// Starts it in the foreground and waits until every port of `configuration`'s `bind` lines listens.
  ///
  /// - Parameters:
  ///   - arguments: further ones, such as `-S PATH`, put behind `-f FILE`.
  ///   - isMaster: as a master with a worker (`-W`), its command line interface at `/run/haproxy-master.sock`.
  public init(
    _ configuration: String, on host: TestHost, file: String = "/etc/haproxy/haproxy.cfg", arguments: [String] = [],
    isMaster: Bool = false, environment: [String: String] = [:]
  ) throws {
    self.host = host
    self.file = file
    masterSocket = isMaster ? "/run/haproxy-master.sock" : nil
    try host.write(file, configuration)
    let mode = masterSocket.map { ["-W", "-S", $0] } ?? ["-db"]
    process = try host.start(["haproxy", "-f", file] + mode + arguments, environment: environment)
    let process = process
    do {
      try waitUntil("haproxy to listen", detail: { process.output + process.errors }) {
        guard process.isRunning else { throw LabError("haproxy ended: \(process.output)\(process.errors)") }
        // A master listens before it has a worker.
        if isMaster, process.pid.map({ Lab.children(of: $0).isEmpty }) ?? true { return false }
        let listening = try Self.listeningPorts(on: host)
        return Self.ports(of: configuration).allSatisfy(listening.contains)
      }
    } catch {
      process.stop()
      throw error
    }
  }

  /// The machine's pid of the program (the master, if there is one).
  public var pid: Int32? { process.pid }

  /// The machine's pids of the master's workers; empty without a master.
  public var workers: [Int32] { pid.map { Lab.children(of: $0) } ?? [] }

  /// Reloads: the master starts a new worker and tells the old one to end once its connections have. Waits for it.
  public func reload(_ configuration: String? = nil) throws {
    if let configuration { try host.write(file, configuration) }
    guard masterSocket != nil, let pid else { throw LabError("only a master reloads") }
    let before = Set(workers)
    process.send(SIGUSR2)
    // After it has run itself again, the master keeps its pid.
    try waitUntil("haproxy \(pid) to have a new worker", detail: { self.process.errors }) {
      !Set(self.workers).subtracting(before).isEmpty
    }
  }

  /// What a UNIX socket on the host answers to `command`, asked without Headwater.
  public func ask(_ socket: String, _ command: String) throws -> String {
    let script = """
      import socket, sys
      s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1])
      s.sendall(sys.argv[2].encode() + b"\\n")
      while data := s.recv(65536): sys.stdout.write(data.decode())
      """
    return try host.output(of: ["python3", "-c", script, socket, command])
  }

  @discardableResult
  public func stop() -> CommandResult { process.stop() }

  /// The ports at the end of the `bind` lines' addresses, as far as they are plain numbers.
  private static func ports(of configuration: String) -> Set<Int> {
    let words = configuration.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
    let addresses = words.filter { $0.count > 1 && $0[0] == "bind" }.flatMap { $0[1].split(separator: ",") }
    return Set(addresses.compactMap { $0.split(separator: ":").last.flatMap { Int($0) } })
  }

  /// The ports of the host's TCP sockets in the state LISTEN (10), from `/proc/net/tcp` and `tcp6`.
  private static func listeningPorts(on host: TestHost) throws -> Set<Int> {
    let files = ["/proc/\(host.pid)/net/tcp", "/proc/\(host.pid)/net/tcp6"]
    let lines = files.flatMap { file in
      String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self).split(separator: "\n")
    }
    return Set(
      lines.compactMap { line in
        let fields = line.split(separator: " ")
        guard fields.count > 3, fields[3] == "0A" else { return nil }
        return fields[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
      })
  }
}

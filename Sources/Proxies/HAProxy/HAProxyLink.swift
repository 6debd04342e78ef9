internal import Flows
internal import LinuxSystem

/// Finds the socket on which a HAProxy process answers, and asks it.
struct HAProxyLink {
  let process: HAProxyProcess
  /// The deadline on the monotonic clock, in nanoseconds.
  private let deadline: UInt64

  init(_ process: HAProxyProcess, timeout: Duration) {
    self.process = process
    let (seconds, attoseconds) = timeout.components
    let nanoseconds = min(max(seconds, 0), 86400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    deadline = SystemClock.monotonicNanoseconds() + UInt64(nanoseconds)
  }

  /// The process's own answer, from a stats socket that it holds itself or through its master.
  func ask(_ command: String) throws(HAProxyError) -> [UInt8] {
    var failure = HAProxyError(
      .absent, "query haproxy \(process.pid): \(command)", cause: "its configuration has no stats socket")
    // Sockets with a sufficient level come first.
    let sockets = process.configuration.statsSockets.filter { $0.level != .user }
    for socket in sockets + process.configuration.statsSockets.filter({ $0.level == .user }) {
      let operation = operation(command, socket)
      do throws(HAProxyError) {
        // Both commands on one line reach one process: after a reload another one may answer the next question.
        let whole = try exchange("show info;\(command)", socket, operation)
        let (first, second) = Self.split(whole)
        guard let info = HAProxyInfo(parsing: first) else {
          throw HAProxyError(.malformed, operation, cause: "its answer to show info has no pid")
        }
        if process.role != .master, info.pid != process.ownPID {
          throw HAProxyError(.own(.replaced(by: info.pid)), operation)
        }
        return try Self.checked(second, operation)
      } catch {
        // The most specific failure of the right process is kept.
        if failure.code == .absent || error.code != .absent { failure = error }
        if error.code == .slow { throw error }
      }
    }
    if case .worker = process.role, let answer = try throughMaster(command) { return answer }
    throw failure
  }

  /// The master's own answer; nil if it has no command line.
  func askMaster(_ command: String) throws(HAProxyError) -> [UInt8]? {
    guard let socket = process.commandLine.masterSockets.first else { return nil }
    let operation = operation(command, socket)
    return try Self.checked(exchange(command, socket, isMaster: true, operation), operation)
  }

  private func throughMaster(_ command: String) throws(HAProxyError) -> [UInt8]? {
    try askMaster("@!\(process.ownPID) \(command)")
  }

  private func operation(_ command: String, _ socket: HAProxyStatsSocket) -> String {
    "query haproxy \(process.pid) at \(socket.address.text): \(command)"
  }

  /// Splits two answers: `show info` ends with an empty line, and the next answer follows.
  private static func split(_ answer: [UInt8]) -> ([UInt8], [UInt8]) {
    var start = 0
    while start + 1 < answer.count, !(answer[start] == 10 && answer[start + 1] == 10) { start += 1 }
    return (Array(answer[..<start]), Array(answer[start...].drop { $0 == 10 }))
  }

  private static func checked(_ answer: [UInt8], _ operation: String) throws(HAProxyError) -> [UInt8] {
    if answer.starts(with: Array("Permission denied".utf8)) {
      throw HAProxyError(.own(.level(needed: .operator_)), operation)
    }
    for refusal in ["Unknown command", "Can't find the target"] where answer.starts(with: Array(refusal.utf8)) {
      let text = String(decoding: answer.prefix { $0 != 10 }.prefix(200), as: UTF8.self)
      throw HAProxyError(.unsupported, operation, cause: .said(text))
    }
    return answer
  }

  /// Sends one line and reads until HAProxy closes the connection.
  private func exchange(
    _ line: String, _ socket: HAProxyStatsSocket, isMaster: Bool = false, _ operation: String
  ) throws(HAProxyError) -> [UInt8] {
    do {
      switch socket.address.host {
      case .unix(let path):
        // A worker changes its root; its master does not.
        let root = process.files.root(isEarlier: process.isRootedInMountNamespace)
        return try Self.exchange(line, on: root.connect(path, timeout: left()), finishes: isMaster, operation)
      case .ip(let address):
        guard case .range(let ports) = socket.address.ports else {
          throw HAProxyError(.unsupported, operation, cause: "no port")
        }
        let loopback = address.isV4 ? IPAddress.v4(0x7F00_0001) : IPAddress.v6(1)
        let endpoint = Endpoint(address.isUnspecified ? loopback : address, ports.lowerBound)
        let left = try left()
        // nsenter --net=/proc/PID/ns/net socat - TCP:ENDPOINT
        return try inNetworkNamespace("/proc/\(process.pid)/ns/net") {
          try Self.exchange(line, on: .tcp(endpoint, timeout: left), finishes: isMaster, operation)
        }
      default: throw HAProxyError(.unsupported, operation, cause: "cannot connect to \(socket.address.text)")
      }
    } catch let error as HAProxyError {
      throw error
    } catch let error as SystemError {
      throw HAProxyError(error, operation)
    } catch {
      throw HAProxyError(.broken, operation, cause: "\(error)")
    }
  }

  private static func exchange(
    _ line: String, on stream: consuming StreamConnection, finishes: Bool, _ operation: String
  ) throws -> [UInt8] {
    try stream.send(Array("\(line)\n".utf8))
    // A worker closes after its answer; a master waits for more.
    if finishes { try stream.finishSending() }
    var answer: [UInt8] = []
    while true {
      let bytes = try stream.receive()
      if bytes.isEmpty { return answer }
      answer += bytes
      guard answer.count <= HAProxyRuntime.answerLimit else { throw HAProxyError(.excessive, operation) }
    }
  }

  private func left() throws(SystemError) -> Duration {
    let now = SystemClock.monotonicNanoseconds()
    guard deadline > now else { throw SystemError("wait", .timedOut) }
    return .nanoseconds(Int64(clamping: deadline - now))
  }
}

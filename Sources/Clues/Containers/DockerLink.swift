internal import LinuxSystem

/// One GET after the other, on one connection while the engine keeps it open.
struct DockerLink: ~Copyable {
  let engine: DockerEngine
  /// On the monotonic clock, in nanoseconds.
  private let deadline: UInt64
  private var stream: StreamConnection?

  init(to engine: DockerEngine) {
    self.engine = engine
    let (seconds, attoseconds) = engine.timeout.components
    let nanoseconds = min(max(seconds, 0), 86400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    deadline = SystemClock.monotonicNanoseconds() + UInt64(nanoseconds)
    stream = nil
  }

  /// The body of a 200 answer to `GET path`.
  mutating func get(_ path: String, _ operation: String) throws(DockerError) -> [UInt8] {
    let request = Array("GET \(path) HTTP/1.1\r\nHost: docker\r\nAccept: application/json\r\n\r\n".utf8)
    var answer: HTTPResponseReader?
    // The engine may close an idle connection at any time; then a new one is asked.
    if let kept = stream.take() { answer = try? exchange(request, on: kept, operation) }
    let reader = if let answer { answer } else { try exchange(request, on: connect(operation), operation) }
    guard reader.status == 200 else {
      let message = DockerJSON.decode(DockerJSON.Message.self, from: reader.body)?.message
      throw DockerError(.refused(status: reader.status), operation, cause: message ?? "HTTP status \(reader.status)")
    }
    return reader.body
  }

  /// Sends and receives; keeps the connection if the engine does.
  private mutating func exchange(
    _ request: [UInt8], on connection: consuming StreamConnection, _ operation: String
  ) throws(DockerError) -> HTTPResponseReader {
    var reader = HTTPResponseReader()
    do {
      try connection.send(request)
      while !reader.isComplete {
        let bytes = try connection.receive()
        if bytes.isEmpty { try reader.end() } else { try reader.receive(bytes) }
      }
    } catch let error as SystemError {
      throw DockerError(error, operation)
    } catch {
      throw DockerError(.malformed, operation, cause: "not an HTTP answer: \(error)")
    }
    if reader.keepsAlive { stream = consume connection }
    return reader
  }

  private func connect(_ operation: String) throws(DockerError) -> StreamConnection {
    let now = SystemClock.monotonicNanoseconds()
    guard deadline > now else { throw DockerError(SystemError("wait", .timedOut), operation) }
    let left = Duration.nanoseconds(Int64(clamping: deadline - now))
    do throws(SystemError) {
      switch engine.address {
      case .unix(let path): return try .unix(path, timeout: left)
      case .tcp(let endpoint): return try .tcp(endpoint, timeout: left)
      }
    } catch {
      throw DockerError(error, operation)
    }
  }
}

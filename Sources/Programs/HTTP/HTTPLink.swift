package import Flows
package import LinuxSystem

/// The address at which an HTTP server listens.
package enum HTTPServer: Hashable, Sendable {
  case unix(String)
  case tcp(Endpoint)
}

/// Sends HTTP/1.1 requests one after the other, on one connection while the server keeps it open, and before one
/// deadline.
package struct HTTPLink: ~Copyable {
  /// Why there is no response.
  package enum Failure: Error {
    case system(SystemError)
    case malformed(HTTPResponseReader.Malformation)

    /// The error of `operation` that this failure caused.
    package func error<Own>(_ operation: String) -> ProgramError<Own> {
      switch self {
      case .system(let error): ProgramError(error, operation)
      case .malformed(let cause): ProgramError(.malformed, operation, cause: .http(cause))
      }
    }
  }

  package let server: HTTPServer
  /// The longest accepted body, in bytes.
  private let bodyLimit: Int
  /// The deadline on the monotonic clock, in nanoseconds.
  private let deadline: UInt64
  private var stream: StreamConnection?

  /// - Parameters:
  ///   - timeout: the time for all requests together.
  ///   - bodyLimit: the longest accepted body, in bytes.
  package init(to server: HTTPServer, timeout: Duration, bodyLimit: Int = 64 << 20) {
    self.server = server
    self.bodyLimit = bodyLimit
    let (seconds, attoseconds) = timeout.components
    let nanoseconds = min(max(seconds, 0), 86400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    deadline = SystemClock.monotonicNanoseconds() + UInt64(nanoseconds)
    stream = nil
  }

  /// Sends `request` and returns the response. The request must be safe to send twice.
  package mutating func exchange(_ request: [UInt8]) throws(Failure) -> HTTPResponseReader {
    // The server may close an idle connection at any time; then a new one is opened.
    if let kept = stream.take(), let reader = try? exchange(request, on: kept) { return reader }
    return try exchange(request, on: connect())
  }

  /// Sends and receives once; keeps the connection if the server does.
  private mutating func exchange(
    _ request: [UInt8], on connection: consuming StreamConnection
  ) throws(Failure) -> HTTPResponseReader {
    var reader = HTTPResponseReader(bodyLimit: bodyLimit)
    do {
      try connection.send(request)
      while !reader.isComplete {
        let bytes = try connection.receive()
        if bytes.isEmpty { try reader.end() } else { try reader.receive(bytes) }
      }
    } catch let error as SystemError {
      throw .system(error)
    } catch let error as HTTPResponseReader.Malformation {
      throw .malformed(error)
    } catch {
      throw .malformed(.endsEarly)
    }
    if reader.keepsAlive { stream = consume connection }
    return reader
  }

  private func connect() throws(Failure) -> StreamConnection {
    let now = SystemClock.monotonicNanoseconds()
    guard deadline > now else { throw .system(SystemError("wait", .timedOut)) }
    let left = Duration.nanoseconds(Int64(clamping: deadline - now))
    do throws(SystemError) {
      switch server {
      case .unix(let path): return try .unix(path, timeout: left)
      case .tcp(let endpoint): return try .tcp(endpoint, timeout: left)
      }
    } catch {
      throw .system(error)
    }
  }
}

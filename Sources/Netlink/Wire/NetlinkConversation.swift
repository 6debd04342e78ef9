internal import LinuxSystem

/// One socket to the kernel, and the question that is being answered on it.
///
/// After an error the rest of an answer may still arrive, so the socket must be discarded together with the error.
struct NetlinkConversation: ~Copyable, Sendable {
  /// How long the kernel may be silent, in milliseconds.
  static let patience: Int32 = 2000

  private let endpoint: NetlinkEndpoint
  private var sequence: UInt32 = 0
  // The kernel fills at most 32 KiB per datagram of a dump.
  private var buffer = [UInt8](repeating: 0, count: 65536)

  init(_ endpoint: consuming NetlinkEndpoint) { self.endpoint = endpoint }

  /// Sends `request` and calls `body` with every message of the answer.
  ///
  /// If `body` throws for a message that it can't read, the whole answer is rejected. With `erasing` every datagram is
  /// overwritten after it was read or rejected, for answers that hold secrets.
  mutating func ask(
    _ request: NetlinkRequest, isDump: Bool, operation: String, erasing: Bool = false,
    _ body: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    sequence &+= 1
    do { try endpoint.send(request.finished(sequence: sequence)) } catch { throw NetlinkError(operation, error.errno) }
    var answer = NetlinkAnswer(to: sequence, isDump: isDump, operation: operation)
    while !answer.isFinished {
      let count = try receive(operation, erasing: erasing)
      defer { if erasing { Secrets.erase(&buffer, 0..<count) } }
      try answer.read(buffer.span.bytes.extracting(0..<count), body)
    }
    return answer.summary
  }

  private mutating func receive(_ operation: String, erasing: Bool) throws(NetlinkError) -> Int {
    let count: Int
    do {
      count = try endpoint.receive(into: &buffer, timeoutMilliseconds: Self.patience)
    } catch {
      guard error.errno != .tryAgain else {
        throw NetlinkError(.failed, operation, errno: .timedOut, detail: "no answer in \(Self.patience) ms")
      }
      throw NetlinkError(operation, error.errno)
    }
    guard count <= buffer.count else {
      if erasing { Secrets.erase(&buffer) }
      throw NetlinkError(.malformed, operation, detail: "datagram of \(count) bytes was cut")
    }
    return count
  }
}

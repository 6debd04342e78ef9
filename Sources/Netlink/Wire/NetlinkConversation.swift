internal import LinuxSystem

/// How a dump ended.
public struct DumpSummary: Hashable, Sendable {
  /// How many records the kernel sent, before any filter in user space.
  public var records = 0
  /// The table changed while it was read (`NLM_F_DUMP_INTR`): records may be missing or double.
  public var wasInterrupted = false
}

/// One socket to the kernel, and the question that is being answered on it.
///
/// After an error the rest of an answer may still arrive, so the socket is thrown away with the error.
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
  /// `body` throws for messages it cannot read, and the whole answer is refused then.
  mutating func ask(
    _ request: NetlinkRequest, isDump: Bool, operation: String,
    _ body: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    sequence &+= 1
    let sequence = sequence
    do { try endpoint.send(request.finished(sequence: sequence)) } catch { throw NetlinkError(operation, error.errno) }
    var summary = DumpSummary()
    var isFinished = false
    while !isFinished {
      let count = try receive(operation)
      var refusal: Acknowledgement?
      do {
        try forEachMessage(in: buffer.span.bytes.extracting(0..<count)) { (header, payload) throws(MalformedMessage) in
          // The end of an answer that nobody waited for.
          guard header.sequence == sequence else { return true }
          if header.flags & NLM_F_DUMP_INTR != 0, isDump { summary.wasInterrupted = true }
          switch header.type {
          case NLMSG_NOOP: return true
          case NLMSG_OVERRUN: throw MalformedMessage("data was lost")
          case NLMSG_ERROR:
            isFinished = true
            refusal = try Acknowledgement(error: payload, flags: header.flags)
          case NLMSG_DONE:
            isFinished = true
            refusal = try Acknowledgement(done: payload, flags: header.flags)
          default:
            summary.records += 1
            try body(header, payload)
            isFinished = !isDump
          }
          return !isFinished
        }
      } catch {
        throw NetlinkError(.malformed, operation, detail: error.what)
      }
      if let refusal, refusal.errno != 0 { throw NetlinkError(operation, Errno(refusal.errno), detail: refusal.text) }
    }
    return summary
  }

  private mutating func receive(_ operation: String) throws(NetlinkError) -> Int {
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
      throw NetlinkError(.malformed, operation, detail: "datagram of \(count) bytes was cut")
    }
    return count
  }
}

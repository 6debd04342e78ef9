internal import LinuxSystem

/// The result of a dump.
public struct DumpSummary: Hashable, Sendable {
  /// How many records the kernel sent, before any filter in user space.
  public var records = 0
  /// Whether the table changed while it was read (`NLM_F_DUMP_INTR`), so that records may be missing or doubled.
  public var wasInterrupted = false
}

/// The kernel's answer to one request, read datagram by datagram.
package struct NetlinkAnswer {
  private let sequence: UInt32
  private let isDump: Bool
  private let operation: String
  package private(set) var summary = DumpSummary()
  package private(set) var isFinished = false

  /// - Parameter sequence: the request's number; messages with another number belong to an answer that is not awaited
  ///   any more.
  package init(to sequence: UInt32, isDump: Bool, operation: String) {
    self.sequence = sequence
    self.isDump = isDump
    self.operation = operation
  }

  /// Calls `body` with every message of `datagram` that is part of the answer.
  ///
  /// - Throws: the error with which the kernel refused the request; `malformed` also if `body` could not read a
  ///   message.
  package mutating func read(
    _ datagram: RawSpan, _ body: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Void
  ) throws(NetlinkError) {
    var verdict: Acknowledgement?
    do {
      try forEachMessage(in: datagram) { (header, payload) throws(MalformedMessage) in
        guard header.sequence == sequence else { return true }
        if isDump, header.flags & NLM_F_DUMP_INTR != 0 { summary.wasInterrupted = true }
        switch header.type {
        case NLMSG_NOOP: return true
        case NLMSG_OVERRUN: throw MalformedMessage("data was lost")
        case NLMSG_ERROR:
          isFinished = true
          verdict = try Acknowledgement(error: payload, flags: header.flags)
        case NLMSG_DONE:
          isFinished = true
          verdict = try Acknowledgement(done: payload, flags: header.flags)
        default:
          summary.records += 1
          isFinished = !isDump
          try body(header, payload)
        }
        return !isFinished
      }
    } catch {
      throw NetlinkError(.malformed, operation, detail: error.what)
    }
    if let verdict, verdict.errno != 0 { throw NetlinkError(operation, Errno(verdict.errno), detail: verdict.text) }
  }
}

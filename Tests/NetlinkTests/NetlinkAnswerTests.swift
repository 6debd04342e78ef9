import NetlinkFixtures
import Testing

@testable import Netlink

@Suite struct NetlinkAnswerTests {
  /// A message without payload, of the request numbered 1.
  private func message(_ type: UInt16, flags: UInt16 = 0, sequence: UInt32 = 1, payload: [UInt8] = []) -> [UInt8] {
    var request = NetlinkRequest(type)
    request.append(payload)
    var bytes = request.finished(sequence: sequence)
    bytes[6] = UInt8(flags & 255)
    bytes[7] = UInt8(flags >> 8)
    return bytes
  }

  /// The types of the messages that an answer to the request numbered 1 is made of.
  private func types(_ answer: inout NetlinkAnswer, _ datagram: [UInt8]) throws(NetlinkError) -> [UInt16] {
    var types: [UInt16] = []
    try answer.read(datagram.span.bytes) { header, _ in types.append(header.type) }
    return types
  }

  @Test func `a dump goes on until it is done, over several datagrams`() throws {
    var answer = NetlinkAnswer(to: 1, isDump: true, operation: "test")
    #expect(try types(&answer, message(20) + message(20)) == [20, 20])
    #expect(!answer.isFinished)
    #expect(try types(&answer, message(21) + Fixture.done + message(22)) == [21])
    #expect(answer.isFinished && answer.summary == DumpSummary(records: 3, wasInterrupted: false))
  }

  @Test func `an interrupted dump says so, wherever the flag stands`() throws {
    for flagged in [message(20, flags: NLM_F_DUMP_INTR) + Fixture.done, message(NLMSG_DONE, flags: NLM_F_DUMP_INTR)] {
      var answer = NetlinkAnswer(to: 1, isDump: true, operation: "test")
      _ = try types(&answer, flagged)
      #expect(answer.isFinished && answer.summary.wasInterrupted)
    }
  }

  @Test func `one message answers what is no dump, and older answers are passed over`() throws {
    var answer = NetlinkAnswer(to: 2, isDump: false, operation: "test")
    #expect(try types(&answer, Fixture.refusal + message(20) + message(NLMSG_NOOP, sequence: 2)) == [])
    #expect(!answer.isFinished)
    #expect(try types(&answer, message(24, sequence: 2) + message(25, sequence: 2)) == [24])
    #expect(answer.isFinished)
  }

  @Test func `a refusal is thrown with the kernel's words`() {
    var answer = NetlinkAnswer(to: 1, isDump: false, operation: "ask")
    let error = #expect(throws: NetlinkError.self) { try types(&answer, Fixture.refusal) }
    #expect(error?.code == .failed && error?.errno == .invalid)
    #expect(error?.description == "ask: Invalid argument (ipv4: Invalid values in header for route get request)")
  }

  private static let codes: [(Int32, NetlinkError.Code)] = [
    (1, .denied), (2, .notFound), (95, .unsupported), (105, .interrupted), (101, .notFound), (22, .failed),
  ]

  @Test(arguments: codes)
  func `a dump's late error is told by its number`(_ number: Int32, _ code: NetlinkError.Code) {
    var answer = NetlinkAnswer(to: 1, isDump: true, operation: "dump")
    let payload = withUnsafeBytes(of: -number) { Array($0) }
    let error = #expect(throws: NetlinkError.self) { try types(&answer, message(NLMSG_DONE, payload: payload)) }
    #expect(error?.code == code && error?.errno?.number == number)
  }

  @Test func `lost data and unreadable records make the answer malformed`() {
    var answer = NetlinkAnswer(to: 1, isDump: true, operation: "dump")
    let overrun = #expect(throws: NetlinkError.self) { try types(&answer, message(NLMSG_OVERRUN)) }
    #expect(overrun?.code == .malformed)
    let unreadable = #expect(throws: NetlinkError.self) {
      try answer.read(message(20).span.bytes) { (_, payload) throws(MalformedMessage) in
        _ = try Route(parsing: payload)
      }
    }
    #expect(unreadable?.code == .malformed && unreadable?.detail == "route of 0 bytes")
  }
}

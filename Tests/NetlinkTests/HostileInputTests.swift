import Flows
import NetlinkFixtures
import Testing

@testable import Netlink

@Suite struct HostileInputTests {
  /// Every reader on every message; what they make of it does not matter here, only that they return.
  private func read(_ datagram: [UInt8]) -> Int {
    var understood = 0
    func attempt(_ body: () throws -> Void) {
      if (try? body()) != nil { understood += 1 }
    }
    try? forEachMessage(in: datagram.span.bytes) { (header, payload) in
      attempt { _ = try Acknowledgement(error: payload, flags: .max) }
      attempt { _ = try Acknowledgement(done: payload, flags: .max) }
      attempt { _ = try SocketRecord(parsing: payload, transport: .tcp) }
      attempt { _ = try UnixSocketRecord(parsing: payload) }
      attempt { _ = try ConnectionRecord(parsing: payload) }
      attempt { _ = try Link(parsing: payload) }
      attempt { _ = try AddressRecord(parsing: payload).prefix }
      attempt { _ = try Neighbour(parsing: payload) }
      attempt { _ = try Route(parsing: payload) }
      attempt { _ = try GenericFamily(parsing: payload) }
      attempt {
        var dump = WireGuardDump()
        try dump.add(payload)
        try dump.add(payload)
      }
      return true
    }
    return understood
  }

  @Test func `a message cut anywhere is refused or read, never more`() {
    for message in Fixture.all {
      #expect(read(message) > 0)
      for length in 0..<message.count {
        let cut = Array(message[..<length])
        #expect(read(cut) == 0, "the header's length is beyond the end")
        guard length >= 16 else { continue }
        // The same with a header that tells the truth, so that the parsers meet the cut.
        var honest = cut
        withUnsafeBytes(of: UInt32(length)) { honest.replaceSubrange(0..<4, with: $0) }
        _ = read(honest)
      }
    }
  }

  @Test func `fifty thousand mutations are survived`() {
    var mutations = Mutations(of: Fixture.all, seed: 20_240_229)
    var understood = 0
    for _ in 0..<50_000 { understood += read(mutations.next()) }
    #expect(understood > 0)
  }

  @Test(arguments: [
    "",
    "00 00 00 00",
    // nlmsg_len = 0, 15 and 2^32 - 1
    "00 00 00 00 14 00 00 00 00 00 00 00 00 00 00 00",
    "0f 00 00 00 14 00 00 00 00 00 00 00 00 00 00 00",
    "ff ff ff ff 14 00 00 00 00 00 00 00 00 00 00 00",
  ])
  func `a header with an impossible length yields nothing`(_ text: String) {
    #expect(read(Fixture.message(text)) == 0)
  }

  @Test func `attributes of length zero, and nested beyond their parent, are refused`() {
    let zero = Fixture.message("00 00 01 00 00 00 00 00")
    #expect(throws: MalformedMessage.self) { try zero.span.bytes.forEachAttribute { _, _ in } }
    let long = Fixture.message("09 00 01 00 00 00 00 00")
    #expect(throws: MalformedMessage.self) { try long.span.bytes.forEachAttribute { _, _ in } }
    let nested = Fixture.message(
      """
      02 00 00 00  // struct nfgenmsg
      0c 00 01 80  // CTA_TUPLE_ORIG
        20 00 01 80 00 00 00 00  // CTA_TUPLE_IP, longer than its parent
      """)
    #expect(throws: MalformedMessage.self) { try ConnectionRecord(parsing: nested.span.bytes) }
  }

  @Test func `an error number at the edge of its range is kept`() throws {
    let lowest = Fixture.message("00 00 00 80")
    #expect(try Acknowledgement(error: lowest.span.bytes, flags: 0).errno == .min)
  }

  @Test func `names that are not UTF-8 are replaced, not refused`() {
    #expect(Fixture.message("65 ff 30 00 78").span.bytes.text == "e\u{FFFD}0")
  }
}

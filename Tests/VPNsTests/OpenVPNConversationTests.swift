import Testing

@testable import VPNs

@Suite struct OpenVPNConversationTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
  private let ask = OpenVPNConversation.Action.send(Array("status 3\n".utf8))

  @Test func `reports in between are no part of the answer`() throws {
    var conversation = OpenVPNConversation("ask", hasPassword: false)
    #expect(try conversation.receive(bytes(">INFO:OpenVPN Manage")) == .wait)
    #expect(try conversation.receive(bytes("ment Interface Version 5\r\n>HOLD:x\r\n")) == ask)
    #expect(try conversation.receive(bytes("TITLE\tx\r\n>BYTECOUNT_CLI:0,1,2\r\nTIME\tx\t1\r\n")) == .wait)
    #expect(try conversation.receive(bytes("END\r\n>LOG:x\r\n")) == .done)
    #expect(conversation.answer == bytes("TITLE\tx\nTIME\tx\t1\nEND\n"))
  }

  @Test func `the password is asked for without a line's end, and its refusal is told`() throws {
    var good = OpenVPNConversation("ask", hasPassword: true)
    #expect(try good.receive(bytes("ENTER PASSWORD:")) == .sendPassword)
    #expect(try good.receive(bytes("SUCCESS: password is correct\r\n>INFO:x\r\n")) == ask)
    #expect(try good.receive(bytes("END\r\n")) == .done)
    // 2.6 only asks again.
    for refusal in ["ERROR: bad password\r\nENTER PASSWORD:", "ENTER PASSWORD:"] {
      var bad = OpenVPNConversation("ask", hasPassword: true)
      #expect(try bad.receive(bytes("ENTER PASSWORD:")) == .sendPassword)
      #expect(code { try bad.receive(bytes(refusal)) } == .own(.wrongPassword))
    }
    var none = OpenVPNConversation("ask", hasPassword: false)
    #expect(code { try none.receive(bytes("ENTER PASSWORD:")) } == .denied)
  }

  @Test func `an answer without end is cut off`() throws {
    var conversation = OpenVPNConversation("ask", hasPassword: false, limit: 1000)
    _ = try conversation.receive(bytes(">INFO:x\r\n"))
    #expect(code { try conversation.receive([UInt8](repeating: 65, count: 1000)) } == .excessive)
    var refused = OpenVPNConversation("ask", hasPassword: false)
    _ = try refused.receive(bytes(">INFO:x\r\n"))
    #expect(code { try refused.receive(bytes("ERROR: unknown command\r\n")) } == .malformed)
  }

  private func code(_ body: () throws -> some Any) -> OpenVPNError.Code? {
    do { _ = try body() } catch { return (error as? OpenVPNError)?.code }
    return nil
  }
}

import Testing

@testable import LinuxSystem

@Suite struct KeyParserTests {
  @Test(
    arguments: [
      ("a", [.character("a")]), ("é", [.character("é")]), ("\r", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]),
      ("\u{3}", [.control("c")]), ("\u{1B}[A\u{1B}[B", [.up, .down]), ("\u{1B}OA", [.up]), ("\u{1B}[5~", [.pageUp]),
      ("\u{1B}[6~", [.pageDown]), ("\u{1B}[H\u{1B}[4~", [.home, .end]), ("\u{1B}[Z", [.backTab]),
      ("\u{1B}[1;5A", [.up]), ("\u{1B}x", [.escape, .character("x")]), ("\u{1B}[99$q", [.other]),
    ] as [(String, [Key])])
  func `bytes become keys, also when they arrive one by one`(text: String, keys: [Key]) {
    var whole = KeyParser()
    #expect(whole.feed(text.utf8) == keys)
    var parts = KeyParser()
    #expect(text.utf8.flatMap { parts.feed([$0]) } == keys)
    #expect(!parts.isWaiting)
  }

  @Test func `a lone ESC is the Escape key once nothing follows`() {
    var parser = KeyParser()
    #expect(parser.feed([0x1B]).isEmpty)
    #expect(parser.isWaiting)
    #expect(parser.flush() == [.escape])
    #expect(!parser.isWaiting)
  }

  @Test func `any bytes are taken without growing the rest`() {
    var parser = KeyParser()
    var value: UInt32 = 1
    for _ in 0..<20_000 {
      value = value &* 1_664_525 &+ 1_013_904_223
      _ = parser.feed([UInt8(value >> 24)])
    }
    _ = parser.feed([0x1B, 0x5B] + Array(repeating: 0x30, count: 100))
    #expect(parser.flush().count <= 2)
    #expect(parser.feed([0xE6, 0x41]) == [.other, .character("A")])
  }

  @Test func `a companion thread runs beside its caller and is waited for`() throws {
    let pipe = try WakePipe()
    let back = try WakePipe()
    let answered = try withCompanionThread({
      // If it ran on the caller's thread, nobody would answer.
      if (try? pipe.wait(.seconds(10))) == true { back.wake() }
    }) {
      pipe.wake()
      return try back.wait(.seconds(10))
    }
    #expect(answered)
    back.drain()
    #expect(try !back.wait(.zero))
  }
}

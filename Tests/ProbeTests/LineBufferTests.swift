import Probe
import Testing

struct LineBufferTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `lines come out however they are cut`() {
    let text = bytes("one\n\ntwo\nthree")
    for size in 1...text.count {
      var buffer = LineBuffer(limit: 10)
      var lines: [LineBuffer.Line] = []
      for start in stride(from: 0, to: text.count, by: size) {
        lines += buffer.add(Array(text[start..<min(start + size, text.count)]))
      }
      #expect(lines == [.whole(bytes("one")), .whole(bytes("two"))])
      #expect(buffer.pending == 5)
    }
  }

  @Test func `a line at the limit is kept and one beyond it only counted`() {
    var buffer = LineBuffer(limit: 4)
    #expect(buffer.add(bytes("abcd\nabcde\nx\n")) == [.whole(bytes("abcd")), .tooLong(5), .whole(bytes("x"))])
    #expect(buffer.add(bytes("abc")) == [] && buffer.add(bytes("def")) == [])
    #expect(buffer.add([UInt8](repeating: 0, count: 100)) == [] && buffer.pending == 106)
    #expect(buffer.add(bytes("\nok\n")) == [.tooLong(106), .whole(bytes("ok"))])
  }
}

import JSON
import Testing

struct JSONParserTests {
  private func parse(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

  @Test func `every kind of value is read`() throws {
    let text = #" { "a" : [ 1 , -2, 2.5e1, true, false, null ], "b":"x\n\"\\\/é\u00e9\ud83d\ude00" , "":{} } "#
    #expect(
      try parse(text)
        == .object([
          JSONMember("a", .list([.unsigned(1), .negative(-2), .real(25), .bool(true), .bool(false), .null])),
          JSONMember("b", .text("x\n\"\\/éé😀")), JSONMember("", .object([])),
        ]))
  }

  @Test func `whole numbers keep all their bits`() throws {
    #expect(try parse("18446744073709551615") == .unsigned(.max))
    #expect(try parse("-9223372036854775808") == .negative(.min))
    #expect(try parse("-0") == .unsigned(0))
    #expect(try parse("18446744073709551616") == .real(18446744073709551616))
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "1e", "+1",
    "--1", "tru", "nul", "truefalse", "1 2", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "1e999", "NaN", "\u{0}", "[1]]", "'a'",
  ]) func `what is no JSON is refused`(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
  func `a string that is not UTF-8 is refused`(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22]) }
  }

  @Test func `depth and number of values are bounded`() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect { try JSONValue(parsing: deep) } throws: { ($0 as? JSONError)?.code == .tooDeep }
    let many = Array(("[" + String(repeating: "0,", count: 1000) + "0]").utf8)
    #expect(throws: Never.self) { try JSONValue(parsing: many, count: 1002) }
    #expect { try JSONValue(parsing: many, count: 1001) } throws: { ($0 as? JSONError)?.code == .tooMany }
    // Lists beside each other are not inside each other.
    #expect(throws: Never.self) { try JSONValue(parsing: Array("[[1],[2],[3]]".utf8), depth: 2) }
  }

  @Test func `every cut of a document is refused`() throws {
    let text = Array(#"{"a":[1.5,"é\u00e9",null],"b":{"c":true}}"#.utf8)
    for end in 0..<text.count {
      #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<end])) }
    }
  }

  @Test func `a line has no control character and reads back as what it was`() throws {
    let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
    let value = JSONValue.object([
      JSONMember(all, .text(all)), JSONMember("n", .list([.real(0.1), .real(-1e300), .negative(-5), .null])),
    ])
    #expect(value.line.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    #expect(try JSONValue(parsing: value.line) == value)
  }
}

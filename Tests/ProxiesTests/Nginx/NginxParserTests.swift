import Testing

@testable import Proxies

/// Expected values follow from `ngx_conf_read_token` in nginx's src/core/ngx_conf_file.c.
@Suite struct NginxParserTests {
  private func parse(_ text: String) -> (shape: String, problems: [String], lines: [Int]) {
    let result = NginxParser.parse(Array(text.utf8), file: "f")
    return (NginxText.shape(result.directives), result.problems.map(\.description), result.directives.map(\.place.line))
  }

  @Test func `directives have their words, blocks and lines`() {
    let result = parse("user nobody;\n# comment ; {\nhttp {\n  server { listen 80; }\n}\nevents{}\n")
    #expect(result.shape == "user(nobody) http{server{listen(80)}} events{}")
    #expect(result.lines == [1, 3, 6])
    #expect(result.problems.isEmpty)
  }

  @Test(arguments: [
    (#"a "x y" 'p q' "it's";"#, "a(x y,p q,it's)"),
    (#"a "say \"hi\"" \ttab "l\nine" keep\.dot;"#, "a(say \"hi\",\ttab,l\nine,keep\\.dot)"),
    ("a ${var}/x $b{};", "a(${var}/x,$b){}"),
    ("map $a $b { '' c; ~^x$ d; }", "map($a,$b){(c) ~^x$(d)}"),
    ("location ~ \"^/a{2}$\" { }", "location(~,^/a{2}$){}"),
    ("if ($x = \"a b\") { return 1; }", "if(($x,=,a b,)){return(1)}"),
    ("a b\\ c d\\;e;", "a(b\\ c,d\\;e)"),
    ("\u{FEFF}user root;", "user(root)"),
    ("a 'two\nlines'\r\n b;", "a(two\nlines,b)"),
  ]) func `words end where nginx ends them`(text: String, shape: String) {
    #expect(parse(text).shape == shape)
  }

  @Test func `what nginx refuses is a problem with its line, and the rest is read`() {
    #expect(parse("a b\n}\nc;").problems == ["f:2: no ; before }", "f:2: unexpected }"])
    #expect(parse("http {\n server {\n listen 80;").problems == ["f:3: unexpected end of file, expecting }"])
    #expect(parse("http {\n server {\n listen 80;").shape == "http{server{listen(80)}}")
    #expect(parse("listen 8").problems == ["f:1: unexpected end of file, expecting ; or {"])
    #expect(parse("listen 8").shape == "")
    #expect(parse(";;\na;").problems == ["f:1: unexpected ;", "f:1: unexpected ;"])
    #expect(parse("a \"x\"y;").problems == ["f:1: unexpected character after a quote"])
    #expect(parse("x;\na \"never\nclosed; b c;").problems.first == "f:2: quote is never closed")
  }

  @Test func `Lua code is passed over, with its braces in strings and comments`() {
    let text = """
      http {
        content_by_lua_block {
          local a = "}" .. '\\'}' -- } in a comment
          --[==[ } ]] } ]==]
          local t = { b = [[ }} ]], c = {} }
        }
        set_by_lua_block $res { return "{" }
        gzip on;
      }
      after;
      """
    let result = parse(text)
    #expect(result.shape == "http{content_by_lua_block{} set_by_lua_block($res){} gzip(on)} after")
    #expect(result.lines == [1, 10])
    #expect(result.problems.isEmpty)
    #expect(parse("a_by_lua_block { {").problems == ["f:1: Lua block is never closed"])
  }

  @Test func `blocks without end are bounded`() {
    let result = parse(String(repeating: "a {", count: 200_000))
    #expect(result.problems.contains { $0.contains("blocks inside each other") })
    let closed = parse(String(repeating: "a {", count: 100) + String(repeating: "}", count: 100) + "b;")
    #expect(closed.shape.hasSuffix("} b"))
  }

  @Test func `every truncated or spoiled text comes back`() {
    let text = Array("http { # c\n map $a $b { \"x\\\"\" 'y'; } content_by_lua_block { [=[ ]=] } ${c} d; }".utf8)
    for count in 0...text.count {
      _ = NginxParser.parse(Array(text.prefix(count)), file: "f")
      for byte: UInt8 in [0, 0x22, 0x27, 0x5C, 0x7B, 0x7D, 0xFF] {
        _ = NginxParser.parse(text.prefix(count) + [byte] + text.dropFirst(count), file: "f")
      }
    }
  }

  @Test func `bytes that are not UTF-8 don't stop it`() {
    let result = NginxParser.parse(Array("a \"M".utf8) + [0xFC] + Array("lln\"; b;".utf8), file: "f")
    #expect(NginxText.shape(result.directives) == "a(M\u{FFFD}lln) b")
  }
}

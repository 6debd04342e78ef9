import Testing

@testable import Proxies

@Suite struct NginxNamePatternTests {
  @Test(arguments: [
    ("^www\\d+\\.example\\.com$", "www12.example.com", true), ("^www\\d+\\.example\\.com$", "www.example.com", false),
    ("^(?<user>.+)\\.example\\.net$", "a.b.example.net", true), ("^(www\\.)?(.+)$", "x", true),
    ("example", "my.example.org", true), ("^[^.]+\\.com$", "a.b.com", false), ("^[a-c_-]+?$", "b-a", true),
    ("^a.c$", "abc", true), ("(a|b)c$", "xbc", true), ("^$", "", true), ("^A\\.B$", "a.b", true),
  ]) func `a simple expression is evaluated`(pattern: String, name: String, matches: Bool) throws {
    #expect(try #require(NginxNamePattern(pattern)).matches(name) == matches)
  }

  @Test(arguments: [
    "(", ")", "a{2}", "(?=x)", "(?<!x)", "(a+)+", "\\1", "[", "[]", "a**", "*a", "^a|b$", "\\b", "(?i)a",
  ])
  func `what is not simple is left alone`(pattern: String) {
    #expect(NginxNamePattern(pattern) == nil)
  }

  @Test func `an expression that takes too long is given up`() throws {
    let pattern = String(repeating: ".*", count: 30) + "x$"
    #expect(try #require(NginxNamePattern(pattern)).matches(String(repeating: "a", count: 200)) == nil)
  }
}

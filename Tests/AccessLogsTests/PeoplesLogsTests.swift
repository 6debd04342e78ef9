import AccessLogs
import Flows
import Lab
import Testing

/// Logs as people have them at hand: cut off, made unreadable in part, saved by another system's editor.
struct PeoplesLogsTests {
  private static func document(_ text: String) -> LogsDocument {
    var survey = LogSurvey()
    survey.read(Array(text.utf8), site: "x.log")
    return survey.document()
  }

  private static func line(_ second: Int, client: String = "198.51.100.9", end: String) -> String {
    "\(client) - - [02/Feb/2026:10:00:\(LogFixture.pad(second)) +0000] \"GET /feed?key=SECRET HTTP/1.1\" 200 7000\(end)\n"
  }

  @Test(arguments: [
    " \"https://si", " \"https://site.example/?a=SECRET\"", " \"-\" ", " \"-\" \"", " \"-\" \"Mozilla/5.0 (X11; Li",
  ])
  func `a line that is cut off behind its request is a whole request without an agent`(_ end: String) {
    let document = Self.document((0..<12).map { Self.line($0, end: end) }.joined())
    #expect(document.requests == 12 && document.unreadable == 0)
    #expect(document.bytes == 84_000)
    #expect(document.statuses.map(\.name) == ["200"])
    #expect(document.agents.isEmpty)
  }

  @Test(arguments: [
    "[REDACTED]", "<client-ip>", "***.***.***.***", "x.x.x.x", "\u{2588}\u{2588}\u{2588}", "198.51.100.xxx",
    "(removed)",
  ])
  func `a client that was made unreadable is no reason to lose the request, and is said`(_ client: String) {
    let document = Self.document((0..<12).map { Self.line($0, client: client, end: " \"-\" \"a/1\"") }.joined())
    #expect(document.requests == 12 && document.unreadable == 0, "\(document.files[0].examples)")
    #expect(document.bytes == 84_000)
    #expect(document.notes.contains { $0.contains("cannot be told apart") }, "\(document.notes)")
  }

  @Test func `clients with addresses and names are not said to be unreadable`() {
    for client in ["198.51.100.9", "2001:db8::9", "proxy.xxx.example", "x1.example.com"] {
      let document = Self.document(Self.line(1, client: client, end: ""))
      #expect(document.requests == 1)
      #expect(!document.notes.contains { $0.contains("cannot be told apart") }, "\(client)")
    }
  }

  @Test(arguments: [true, false], [true, false]) func `a log in UTF-16 is read like any other`(
    _ isLittle: Bool, _ hasMark: Bool
  ) throws {
    let folder = try TemporaryFolder()
    // More than one piece, with a character of two units on its border somewhere.
    let text = (0..<3000).map {
      Self.line($0 % 60, end: " \"-\" \"a\u{1F600}\(String(repeating: "b", count: $0 % 7))/1\"").replacing(
        "\n", with: "\r\n")
    }.joined()
    var bytes: [UInt8] = hasMark ? (isLittle ? [0xFF, 0xFE] : [0xFE, 0xFF]) : []
    for unit in text.utf16 {
      bytes += isLittle ? [UInt8(unit & 255), UInt8(unit >> 8)] : [UInt8(unit >> 8), UInt8(unit & 255)]
    }
    try folder.write("x.log", bytes)
    var survey = LogSurvey()
    for series in LogFinder([folder.path + "/x.log"]).series { survey.read(series) }
    let document = survey.document()
    #expect(document.requests == 3000 && document.unreadable == 0, "\(document.files[0].examples)")
    #expect(document.agents.count == 7 && document.agents.allSatisfy { $0.name.contains("\u{1F600}") })
  }

  @Test func `objects that several lines write, or one line in a list, are requests`() {
    let object = { (second: Int) in
      [
        "\"time\": \"2026-02-02T10:00:\(LogFixture.pad(second))Z\"", "\"remote_addr\": \"198.51.100.9\"",
        "\"request\": \"GET /feed?k=SECRET HTTP/1.1\"", "\"status\": 200", "\"tags\": [\"a}\", 1]",
        "\"body_bytes_sent\": 10",
      ]
    }
    let spread = (0..<20).map {
      "{\n"
        + object($0).map { "  " + $0.replacing("[", with: "[\n    ").replacing(", 1]", with: ",\n    1\n  ]") }.joined(
          separator: ",\n") + "\n}\n"
    }.joined()
    let list = "[" + (0..<20).map { "{" + object($0).joined(separator: ", ") + "}" }.joined(separator: ", ") + "]\n"
    for text in [spread, list] {
      let document = Self.document(text)
      #expect(document.requests == 20 && document.unreadable == 0, "\(document.files[0].examples)")
      #expect(document.bytes == 200 && document.paths.map(\.name) == ["/feed"])
      #expect(document.until == "2026-02-02T10:00:19Z")
    }
  }

  @Test func `an object that never ends takes no request with it`() {
    let text = "{\n  \"a\": 1,\n" + (0..<12).map { Self.line($0, end: " \"-\" \"a/1\"") }.joined() + "{\n" + "word\n"
    let document = Self.document(text)
    #expect(document.requests == 12)
    #expect(document.unreadable == 1)
  }
}

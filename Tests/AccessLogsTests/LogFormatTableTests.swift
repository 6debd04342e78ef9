import AccessLogs
import Flows
import Foundation
import Testing

/// Every format by its fixture: all fields right, no query shown, and wrapped in everything that collectors put around lines.
struct LogFormatTableTests {
  private static func document(_ text: String) -> LogsDocument {
    // A day later: some lines say no year.
    var survey = LogSurvey(now: Double(LogFixture.start) + 86_400)
    survey.read(Array(text.utf8), site: "x.log")
    return survey.document()
  }

  @Test(arguments: LogFixture.all.indices) func `each format gives the right fields and no query`(_ index: Int) throws {
    let fixture = LogFixture.all[index]
    let document = Self.document(fixture.text)
    if fixture.isUntimed {
      #expect(document.requests == 0 && document.untimed == UInt64(LogFixture.count), "\(fixture.title)")
      #expect(document.notes.contains { $0.contains(fixture.format) })
    } else {
      #expect(
        fixture.faults(document).isEmpty, "\(fixture.title): \(fixture.faults(document)), \(document.files[0].examples)"
      )
      #expect(document.unreadable == 0, "\(fixture.title): \(document.files[0].examples)")
      #expect(document.files[0].formats == [fixture.format], "\(fixture.title)")
    }
    let text = String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
    #expect(!text.contains("SECRET"), "\(fixture.title)")
  }

  /// What collectors put around a line at `index` seconds.
  private static let wrappers: [(title: String, wrap: @Sendable (_ index: Int, _ line: String) -> String)] = [
    ("CRI", { "\(LogFixture.iso($0)) stdout F \($1)" }), ("docker logs -t", { "\(LogFixture.iso($0)) \($1)" }),
    ("RFC 3164", { "Nov 28 \(LogFixture.clock($0)) web1 app[77]: \($1)" }),
    ("RFC 3164 with a priority", { "<134>Nov 28 \(LogFixture.clock($0)) web1 app: \($1)" }),
    ("RFC 5424", { "<134>1 \(LogFixture.iso($0)) web1 app 77 - - \($1)" }),
    ("RFC 5424 with data", { #"<134>1 \#(LogFixture.iso($0)) web1 app 77 ID47 [a@1 b="c \"]"] \#($1)"# }),
    ("journalctl -o short-iso", { "2026-11-28T\(LogFixture.clock($0))+0000 web1 app[77]: \($1)" }),
    ("journalctl -o short-precise", { "Nov 28 \(LogFixture.clock($0)).123456 web1 app[77]: \($1)" }),
    ("journalctl -o short-full", { "Sat 2026-11-28 \(LogFixture.clock($0)) UTC web1 app[77]: \($1)" }),
    ("journalctl -o short-unix", { "\(LogFixture.start + $0).123456 web1 app[77]: \($1)" }),
    ("docker compose logs", { "web-1  | \($1)" }),
    ("docker compose logs with colours", { "\u{1b}[36mweb-1  | \u{1b}[0m\($1)" }),
    ("docker compose logs -t", { "web-1  | \(LogFixture.iso($0)) \($1)" }), ("nginx.1", { "nginx.1 | \($1)" }),
    ("docker service logs", { "web.1.k2h@node1    | \($1)" }), ("kubectl --prefix", { "[pod/web-1/nginx] \($1)" }),
    ("kubectl --prefix --timestamps", { "[pod/web-1/nginx] \(LogFixture.iso($0)) \($1)" }),
    ("grep -H", { "./l/access.log:\($1)" }),
    ("grep -n", { "access.log:\($0 + 1):\($1)" }), ("pm2", { "0|web  | \($1)" }),
    (
      "Docker's json-file",
      { #"{"log":"\#(escaped($1))\n","stream":"stdout","time":"\#(LogFixture.iso($0))"}"# }
    ), ("message", { #"{"@timestamp":"\#(LogFixture.iso($0))","message":"\#(escaped($1))","host":{"name":"n"}}"# }),
    (
      "journalctl -o json",
      { #"{"__REALTIME_TIMESTAMP":"\#(LogFixture.start + $0)000000","_PID":"7","MESSAGE":"\#(escaped($1))"}"# }
    ),
    (
      "journalctl -o json, as bytes",
      {
        #"{"__REALTIME_TIMESTAMP":"\#(LogFixture.start + $0)000000","MESSAGE":[\#($1.utf8.map { "\($0)" }.joined(separator: ","))]}"#
      }
    ), ("syslog in compose", { "log-1  | Nov 28 \(LogFixture.clock($0)) web1 app[77]: \($1)" }),
    ("json-file in CRI", { #"\#(LogFixture.iso($0)) stderr F {"log":"\#(escaped($1))\n"}"# }),
  ]

  private static func escaped(_ line: String) -> String {
    line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\t", with: "\\t")
      .replacing("\u{1b}", with: "\\u001b")
  }

  /// What mails, phones, web pages and tables make of a line.
  private static let disguises: [(title: String, wrap: @Sendable (_ line: String) -> String)] = [
    ("a phone's quotes", { $0.replacing(/"([^"]*)"/) { "\u{201C}\($0.output.1)\u{201D}" } }),
    ("German quotes", { $0.replacing(/"([^"]*)"/) { "\u{201E}\($0.output.1)\u{201C}" } }),
    ("HTML", { $0.replacing("&", with: "&amp;").replacing("\"", with: "&quot;") }),
    ("a row of a table", { #""2026-11-28 02:38","\#($0.replacing("\"", with: "\"\""))""# }),
    ("a row with semicolons", { #"web;"\#($0.replacing("\"", with: "\"\""))";7"# }),
    ("escaped quotes", { #""\#(escaped($0))","# }), ("Markdown's backticks", { "`\($0)`" }),
  ]

  @Test(arguments: disguises.indices) func `a line in disguise is the line`(_ number: Int) {
    let disguise = Self.disguises[number]
    for fixture in LogFixture.all
    where ["combined", "vhost_combined", "haproxy_http", "caddy_json", "logfmt"].contains(fixture.format)
      && fixture.head == nil
    {
      let lines = (0..<LogFixture.count).map { disguise.wrap(fixture.line($0)) + "\n" }
      let document = Self.document(lines.joined())
      #expect(
        fixture.faults(document).isEmpty,
        "\(fixture.title) in \(disguise.title): \(fixture.faults(document)), \(document.files[0].examples)")
    }
  }

  @Test(arguments: wrappers.indices) func `each wrapper leaves every format as it is`(_ number: Int) {
    let wrapper = Self.wrappers[number]
    for fixture in LogFixture.all where !fixture.isUntimed {
      // A wrapper of its own stands within already.
      let lines = (0..<LogFixture.count).map { wrapper.wrap($0, fixture.line($0)) }
      let head = fixture.head.map { wrapper.wrap(0, $0) + "\n" } ?? ""
      let document = Self.document(head + lines.map { $0 + "\n" }.joined())
      #expect(
        fixture.faults(document).isEmpty,
        "\(fixture.title) in \(wrapper.title): \(fixture.faults(document)), \(document.files[0].examples)")
    }
  }

  @Test func `lines cut at every tenth byte give no wrong client, and are counted`() {
    for fixture in LogFixture.all where !fixture.isUntimed {
      let line = Array(fixture.line(7).utf8)
      for length in stride(from: 0, to: line.count, by: 10) {
        var survey = LogSurvey()
        survey.read(Array(line.prefix(length)) + [10], site: "x.log")
        let document = survey.document()
        #expect(document.lines == 1)
        for client in document.clients where client.name != LogFixture.client {
          // An address that is cut in its last number is one all the same, and so is the proxy before a list that is cut.
          let isCut = LogFixture.client.hasPrefix(client.name) || ["172.18.0.2", "10.42.0.1"].contains(client.name)
          #expect(isCut, "\(fixture.title) cut at \(length): \(client.name)")
        }
      }
    }
  }

  @Test func `what is of no format is counted and quoted without what can be a secret`() throws {
    let unknown = [
      "nonsense of a program token=SECRET", "GET /x?token=SECRET", #"{"foo":"SECRET","password":"SECRET"}"#,
      "https://user:SECRET@host/", "Authorization: Bearer SECRET", "2026-11-28 10.0.0.2 POST /a a%3DSECRET&b=SECRET x",
      "x sk9SECRET8f7a6b5c4d3e2f1a0b9c8d7e",
    ]
    let text = String(repeating: unknown.joined(separator: "\n") + "\n", count: 100) + LogFixture.combined(1) + "\n"
    let document = Self.document(text)
    #expect(document.requests == 1 && document.unreadable == 700)
    #expect(document.lines == 701)
    #expect(document.files[0].examples.count == 3)
    for line in unknown {
      let example = Self.document(line + "\n").files[0].examples
      #expect(example.count == 1, "\(line)")
      #expect(!example.joined().contains("SECRET"), "\(example)")
    }
  }

  @Test func `error lines beside the requests' own are not counted again`() {
    let errors = LogFixture.all.first { $0.format == "nginx_error" }
    let mixed = (0..<LogFixture.count).map { (errors?.line($0) ?? "") + "\n" + LogFixture.combined($0) + "\n" }.joined()
    let document = Self.document(mixed)
    #expect(document.requests == UInt64(LogFixture.count))
    #expect(document.otherLines == UInt64(LogFixture.count))
  }

  @Test func `Azure's list of records in one line, and a line that CRI cut in pieces`() {
    let azure = LogFixture.all.first { $0.format == "azure_lb" }
    let list = (0..<LogFixture.count).map { azure?.line($0) ?? "" }.joined(separator: ",")
    #expect(azure?.faults(Self.document("{\"records\":[\(list)]}\n")) == [])
    let whole = LogFixture.combined(3)
    let pieces =
      "\(LogFixture.iso(3)) stdout P \(whole.prefix(40))\n\(LogFixture.iso(3)) stdout P \(whole.dropFirst(40).prefix(30))\n"
      + "\(LogFixture.iso(3)) stdout F \(whole.dropFirst(70))\n"
    let document = Self.document(pieces)
    #expect(document.requests == 1 && document.unreadable == 0)
    #expect(document.clients.map(\.name) == [LogFixture.client])
  }

  @Test func `the table of formats is as committed, and wrong is 0`() throws {
    var lines = [
      "# Formats of access logs", "",
      "Made by `LogFormatTableTests` from the fixtures of `LogFixtures.swift`: 20 lines of each, whose fields are known. Right: client,"
        + " site, path, status, bytes and times are all as they should be, as far as the lines have them. Unread and said: counted, and"
        + " told with the reason.", "", "| format | called | lines | right | wrong | unread and said |",
      "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for fixture in LogFixture.all {
      let document = Self.document(fixture.text)
      let said = document.unreadable + (document.untimed ?? 0)
      let isRight = fixture.faults(document).isEmpty
      let right = isRight ? Int(document.requests) : 0
      let wrong = isRight ? 0 : Int(document.requests)
      #expect(wrong == 0, "\(fixture.title)")
      lines.append("| \(fixture.title) | `\(fixture.format)` | \(LogFixture.count) | \(right) | \(wrong) | \(said) |")
    }
    let text = lines.joined(separator: "\n") + "\n"
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/log-formats.md")
      .standardized
    if ProcessInfo.processInfo.environment["HEADWATER_WRITE_TABLES"] != nil {
      try Data(text.utf8).write(to: path)
    }
    #expect(try String(contentsOf: path, encoding: .utf8) == text, "HEADWATER_WRITE_TABLES=1 writes it anew")
  }
}

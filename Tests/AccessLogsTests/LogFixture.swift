import AccessLogs
import Flows

/// Twenty requests of one client for one path, a second apart, in one of the formats; the same as the table of formats has it.
struct LogFixture: Sendable {
  /// As documents call it.
  let format: String
  /// How the page of formats calls it.
  let title: String
  /// Line number `index`, at `index` seconds after the start.
  let line: @Sendable (_ index: Int) -> String
  /// A line before the others.
  var head: String?
  /// What the lines don't say.
  var lacks: Set<Part> = []
  var site: String? = "git.example.com"
  var path = "/api/v1"
  /// Whether the lines say a time that a wrapper would have to say.
  var isUntimed = false

  enum Part: Sendable { case status, bytes, path }

  static let count = 20
  static let client = "203.0.113.77"
  /// 2026-11-28T02:38:00Z
  static let start = 1_795_833_480

  static func pad(_ value: Int, _ digits: Int = 2) -> String {
    let text = "\(value)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// `02:38:07`
  static func clock(_ index: Int) -> String { "02:38:\(pad(index))" }
  /// `28/Nov/2026:02:38:07 +0000`
  static func common(_ index: Int) -> String { "28/Nov/2026:\(clock(index)) +0000" }
  static func iso(_ index: Int) -> String { "2026-11-28T\(clock(index))Z" }

  /// What nearly all of them write between the time and the end.
  static func request(_ secret: String = "token=SECRET") -> String { "GET /api/v1?\(secret) HTTP/1.1" }

  static func combined(_ index: Int) -> String {
    "\(client) - - [\(common(index))] \"\(request())\" 200 512 \"-\" \"Go-http-client/2.0\""
  }

  /// What is wrong of a document that was made of the lines.
  func faults(_ document: LogsDocument) -> [String] {
    var faults: [String] = []
    let expect = { (isRight: Bool, text: String) in if !isRight { faults.append(text) } }
    expect(document.requests == UInt64(Self.count), "\(document.requests) requests")
    expect(document.clients.map(\.name) == [Self.client], "clients \(document.clients.map(\.name))")
    if let site { expect(document.sites.map(\.name) == [site], "sites \(document.sites.map(\.name))") }
    if !lacks.contains(.path) { expect(document.paths.map(\.name) == [path], "paths \(document.paths.map(\.name))") }
    if !lacks.contains(.status) {
      expect(document.statuses.map(\.name) == ["200"], "statuses \(document.statuses.map(\.name))")
    }
    if !lacks.contains(.bytes) { expect(document.bytes == UInt64(512 * Self.count), "\(document.bytes) bytes") }
    expect(
      document.since == Self.iso(0) && document.until == Self.iso(Self.count - 1),
      "from \(document.since ?? "-") to \(document.until ?? "-")")
    return faults
  }

  var text: String {
    ((head.map { [$0] } ?? []) + (0..<Self.count).map(line)).map { $0 + "\n" }.joined()
  }
}

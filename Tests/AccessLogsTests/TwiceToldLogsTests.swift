import Flows
import Foundation
import Lab
import Testing

@testable import AccessLogs

/// Logs that are there twice, in part or whole, and times that say no zone.
struct TwiceToldLogsTests {
  private func text(_ seconds: some Sequence<Int>) -> [UInt8] {
    Array(seconds.map { LogSurveyTests.line($0, "198.51.100.\($0 % 7)", "/p/\($0 % 5)") }.joined().utf8)
  }

  private func document(_ paths: [String]) -> (document: LogsDocument, finder: LogFinder) {
    let finder = LogFinder(paths)
    var survey = LogSurvey()
    for series in finder.series { survey.read(series) }
    return (survey.document(), finder)
  }

  @Test func `a copy of a log, and an older copy that the log outgrew, are not counted twice`() throws {
    let folder = try TemporaryFolder()
    try folder.write("access.log", text(0..<300))
    try folder.write("access.log.bak", text(0..<300))
    try folder.write("access (copy).log", text(0..<300))
    try folder.write("old-before-the-change.access.log", text(0..<120))
    try folder.write("other.access.log", text(300..<400))
    let (document, finder) = document([folder.path])
    #expect(document.requests == 400)
    #expect(Set(finder.series.map(\.path)) == ["\(folder.path)/access.log", "\(folder.path)/other.access.log"])
    #expect(finder.notes.filter { $0.contains("not counted twice") }.count == 3, "\(finder.notes)")
    #expect(finder.notes.contains { $0.contains("old-before-the-change") && $0.contains("the beginning of") })
  }

  @Test func `logs that only begin alike are two logs`() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.log", text(0..<300))
    try folder.write("b.log", text((0..<200).map { $0 < 150 ? $0 : $0 + 1000 }))
    let (document, finder) = document([folder.path])
    #expect(document.requests == 500 && finder.notes.isEmpty, "\(finder.notes)")
  }

  @Test(arguments: ["\n", "root@web:~# tail -60 /var/log/nginx/access.log\n"], ["\n", "\r\n"])
  func `two outputs of one log that overlap are counted once`(_ prompt: String, _ end: String) {
    let output = { (seconds: Range<Int>) in
      prompt
        + seconds.map { LogSurveyTests.line($0 * 10, "198.51.100.3", "/api").replacing("\n", with: end) }.joined()
    }
    var survey = LogSurvey()
    survey.read(Array((output(0..<60) + output(30..<90)).utf8), site: "x.txt")
    let document = survey.document()
    #expect(document.requests == 90)
    #expect(document.changes == nil)
    #expect(document.regular.first?.period?.seconds == 10 && document.regular.first?.earlier == nil)
    #expect(document.notes.contains { $0.contains("30 lines of x.txt stand in it twice") }, "\(document.notes)")
  }

  @Test func `the same output twice is one`() {
    var survey = LogSurvey()
    survey.read(text(0..<50) + [10] + text(0..<50), site: "x.txt")
    #expect(survey.document().requests == 50)
    // The workers of a server write in blocks.
    var blocks = LogSurvey()
    blocks.read(text(0..<50) + text(0..<50), site: "x.txt")
    #expect(blocks.document().requests == 100)
  }

  @Test func `requests that are equal, and lines that come late, are all counted`() {
    // Two pollers in step, and a slow request whose line comes when it ends.
    let line = { (second: Int) in LogSurveyTests.line(second, "198.51.100.3", "/api") }
    var text = (0..<100).map { line($0) + line($0) }.joined()
    text += line(40) + (100..<110).map(line).joined()
    var survey = LogSurvey()
    survey.read(Array(text.utf8), site: "x.log")
    #expect(survey.document().requests == 211)
    #expect(survey.reports[0].counts.repeated == 0)
  }

  /// Lines of an error log, which say no zone, at `seconds` after midnight of a day.
  private func local(_ day: String, _ seconds: some Sequence<Int>) -> [UInt8] {
    Array(
      seconds.map { second in
        let clock = [second / 3600 % 24, second / 60 % 60, second % 60].map { LogFixture.pad($0) }
        return
          "\(day) \(clock.joined(separator: ":")) [error] 9#9: *1 open() failed (2: No such file), client: 198.51.100.3,"
          + " server: _, request: \"GET /x HTTP/1.1\", host: \"site.example\"\n"
      }.joined().utf8)
  }

  private func survey(_ zone: @escaping (Int64) -> Int64 = { _ in 0 }) -> LogSurvey {
    var survey = LogSurvey()
    survey.scanner.parser.clock.zone = zone
    return survey
  }

  @Test func `the hour that autumn has twice is two hours`() {
    // 2025-10-26 is the Sunday; 02:00 to 03:00 comes twice.
    let seconds = Array(stride(from: 7200, to: 10_800, by: 30))
    let zones: [(Int64) -> Int64] = [{ _ in 0 }, { $0 >= 1_761_447_600 ? 3600 : 7200 }]
    for zone in zones {
      var survey = survey(zone)
      survey.read(local("2025/10/26", [3600, 5400] + seconds + seconds + [10_800, 12_600]), site: "error.log")
      let document = survey.document()
      #expect(document.requests == 244)
      // From 01:00 to 03:30 of the clock, and an hour more.
      #expect(document.seconds == 3.5 * 3600 + 1, "\(document.seconds)")
      #expect(document.busiest?.requests == 1)
      #expect(document.regular.allSatisfy { ($0.period?.pollers ?? 1) == 1 })
    }
  }

  @Test func `an hour that begins again on another day, or in the day, is no change of the clocks`() {
    let seconds = Array(stride(from: 7200, to: 10_800, by: 30))
    for (day, shift) in [("2025/10/27", 0), ("2025/10/26", 36_000)] {
      var survey = survey()
      survey.read(local(day, (seconds + seconds).map { $0 + shift }), site: "error.log")
      #expect(survey.document().seconds == 3571)
    }
  }

  @Test func `times without a zone are taken in the zone that the file's last change shows`() throws {
    let folder = try TemporaryFolder()
    // 2026-02-03T06:00:00 in a zone eight hours ahead.
    let last = 1_770_069_600.0
    try folder.write("error.log", local("2026/02/03", stride(from: 18_000, through: 21_600, by: 60)))
    let path = folder.path + "/error.log"
    let read = { (modified: Double) throws -> LogsDocument in
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: modified)], ofItemAtPath: path)
      var survey = self.survey()
      for series in LogFinder([path]).series { survey.read(series) }
      return survey.document()
    }
    let east = try read(last)
    #expect(east.until == "2026-02-02T22:00:00Z" && east.since == "2026-02-02T21:00:00Z")
    #expect(east.notes.contains { $0.contains("they are of UTC+08:00") }, "\(east.notes)")
    // Not a whole quarter: somebody copied it, or nothing was written for a while.
    let copied = try read(last + 400)
    #expect(copied.until == "2026-02-03T06:00:00Z")
    #expect(copied.notes.contains { $0.contains("another zone than this host's") }, "\(copied.notes)")
    // This host's own, and one that is behind, of which nothing can be said.
    for modified in [last + 28_800, last + 90_000] {
      let own = try read(modified)
      #expect(own.until == "2026-02-03T06:00:00Z")
      #expect(!own.notes.contains { $0.contains("zone") }, "\(own.notes)")
    }
  }

  @Test func `a text of unknown origin whose times say no zone is told to be read in this host's`() {
    var survey = survey()
    survey.read(local("2026/02/03", [0, 60, 120]), site: "error.log")
    #expect(survey.document().notes.contains { $0.contains("UTC+00:00") && $0.contains("say no zone") })
    var zoned = self.survey()
    zoned.read(text(0..<10), site: "x.log")
    #expect(!zoned.document().notes.contains { $0.contains("zone") })
  }

  @Test func `a poller that made most requests and ended lately comes before many small ones`() {
    var lines: [(Int, String)] = (0..<3000).map { ($0, LogSurveyTests.line($0, "203.0.113.5", "/api")) }
    for client in 0..<50 {
      lines += (0..<10).map {
        ($0 * 350 + client, LogSurveyTests.line($0 * 350 + client, "198.51.100.\(client)", "/feed/\(client)"))
      }
    }
    var survey = LogSurvey()
    survey.read(Array(lines.sorted { $0.0 < $1.0 }.map(\.1).joined().utf8))
    let first = survey.document().regular.first
    #expect(first?.client == "203.0.113.5" && first?.period?.seconds == 1)
  }
}

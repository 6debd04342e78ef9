import AccessLogs
import Flows
import Lab
import LinuxSystem
import Testing

/// Files as rotation and accidents leave them.
struct LogFilesTests {
  private func document(_ paths: [String], periods: LogPeriods = LogPeriods()) -> (LogsDocument, LogFinder) {
    let finder = LogFinder(paths)
    var survey = LogSurvey(periods: periods)
    for series in finder.series { survey.read(series) }
    return (survey.document(), finder)
  }

  private func text(_ seconds: Range<Int>) -> [UInt8] { Array(seconds.map { LogSurveyTests.line($0) }.joined().utf8) }

  @Test func `a rotated series is read from the oldest on, compressed or not`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x.log", text(30..<40))
    try folder.write("x.log.1", text(20..<30))
    try folder.write("x.log.2.gz", try Gzip.compress(text(10..<20)))
    try folder.write("x.log.10.gz", try Gzip.compress(text(0..<10)))
    try folder.write("y.log", text(0..<1))
    let (document, finder) = document(["\(folder.path)/x.log"])
    #expect(finder.series.count == 1)
    #expect(
      document.files.map { String($0.path.split(separator: "/").last ?? "") }
        == ["x.log.10.gz", "x.log.2.gz", "x.log.1", "x.log"])
    #expect(document.requests == 40)
    #expect(document.since == "2025-03-10T00:00:00Z")
  }

  @Test func `Nginx Proxy Manager keeps compressed parts without a plain first one`() throws {
    let folder = try TemporaryFolder()
    for number in 1...4 {
      try folder.write("proxy-host-10_access.log.\(number).gz", try Gzip.compress(text(0..<number)))
    }
    try folder.write("proxy-host-10_access.log", text(0..<5))
    try folder.write("proxy-host-10_error.log", "nonsense\n")
    let (document, finder) = document([folder.path])
    #expect(finder.series.count == 1)
    #expect(document.requests == 15)
    #expect(document.unreadable == 0)
    #expect(document.sites.map(\.name) == ["proxy-host-10"])
    #expect(document.sites.first?.namedByFile == true)
    #expect(document.newestFile?.hasSuffix("proxy-host-10_access.log") == true)
  }

  @Test func `logs and older parts that may not be looked at are said`() throws {
    let folder = try TemporaryFolder()
    try folder.write("logs/x.log", text(0..<1))
    try folder.write("logs/x.log.1", text(1..<2))
    try folder.write("more/inner/y.log", text(0..<1))
    try folder.link("more/dangling.log", to: "/nowhere")
    try folder.denying("more/inner") {
      let finder = LogFinder(["\(folder.path)/more"])
      #expect(finder.series.isEmpty)
      #expect(finder.failures.map(\.errno) == [.accessDenied])
      #expect(finder.failures.first?.operation.contains("\(folder.path)/more/inner") == true, "\(finder.failures)")
    }
    // What is in a folder that may be entered but not listed can be read by its name.
    try folder.denyingLists("logs") {
      let finder = LogFinder(["\(folder.path)/logs/x.log"])
      #expect(finder.series.map(\.parts.count) == [1] && finder.failures.isEmpty)
      #expect(
        finder.notes == [
          "older parts of \(folder.path)/logs/x.log could not be listed: list \(folder.path)/logs/: Permission denied"
        ])
    }
  }

  @Test func `gzip of several members, torn gzip, and gzip by another name`() throws {
    let folder = try TemporaryFolder()
    let first = try Gzip.compress(text(0..<1000))
    try folder.write("a.log.gz", first + (try Gzip.compress(text(1000..<2000))) + [0, 0, 0])
    try folder.write("b.log", first)
    // Random sizes do not compress: enough is whole before the end is torn off.
    let noisy = (0..<20_000).map { LogSurveyTests.line($0, "192.0.2.1", "/\($0 &* 2_654_435_761 % 1_000_003)") }
    let whole = try Gzip.compress(Array(noisy.joined().utf8))
    try folder.write("c.log.gz", Array(whole.dropLast(whole.count / 2)))
    try folder.write("d.log.gz", first + Array("not gzip".utf8))
    try folder.write("e.log.gz", [0x1F, 0x8B])
    try folder.write("f.log", [0x1F])
    try folder.write("g.log", [])
    let (document, _) = document(
      ["a.log.gz", "b.log", "c.log.gz", "d.log.gz", "e.log.gz", "f.log", "g.log"].map {
        "\(folder.path)/\($0)"
      })
    let files = document.files
    #expect(files.map(\.requests)[0..<2] == [2000, 1000])
    #expect(files[0].note == nil)
    #expect((5000..<20_000).contains(files[2].requests))
    #expect(files[2].note?.contains("missing") == true)
    #expect(files[3].requests == 1000)
    #expect(files[3].note?.contains("damaged") == true)
    #expect(files[4].note == "the end of the gzip file is missing")
    #expect(files[5].unreadable == 1)
    #expect(files[6].lines == 0)
  }

  @Test func `folders with loops, devices, pipes and many logs`() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("logs")
    try folder.link("logs/loop", to: folder.path)
    try folder.link("logs/self.log", to: "self.log")
    try folder.link("logs/zero.log", to: "/dev/zero")
    try folder.makeFIFO("logs/pipe.log")
    for number in 0..<2000 { try folder.write("logs/site\(number).example-access.log", text(0..<1)) }
    try folder.link("logs/again.log", to: "site7.example-access.log")
    let (document, finder) = document([folder.path])
    #expect(finder.series.count == 2000)
    #expect(document.requests == 2000)
    #expect(document.distinct?.sites == 2000)
    #expect(document.sites.first?.requests == 1)
  }

  @Test func `what isn't there or can't be read is said`() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("x.log")
    let (document, finder) = document(["\(folder.path)/none.log", "/dev/null", "\(folder.path)/x.log"])
    #expect(finder.failures.map(\.errno) == [.noSuchFile])
    #expect(document.requests == 0)
    #expect(document.files.first?.note != nil)
  }

  @Test func `a window of a large log is read from where it begins`() throws {
    let folder = try TemporaryFolder()
    // Twelve hours, about 6 MB.
    try folder.write("x.log", Array((0..<86_400).map { LogSurveyTests.line($0 / 2) }.joined().utf8))
    let since = LogSurveyTests.midnight + 40_000
    let periods = LogPeriods(since: since, until: since + 1000, now: since + 1000)
    let (document, _) = document(["\(folder.path)/x.log"], periods: periods)
    #expect(document.requests == 2000)
    #expect(document.files.first?.note?.contains("read from byte") == true)
    #expect((document.files.first?.lines ?? .max) < 40_000)
  }

  @Test(arguments: [
    ("/data/logs/proxy-host-10_access.log", "proxy-host-10"), ("/var/log/nginx/access.log", "access.log"),
    ("git.example.com-access.log", "git.example.com"), ("/l/git.example.com.access.log", "git.example.com"),
    ("/l/access-git.example.com.log", "git.example.com"), ("/data/logs/stream-3_access.log", "stream-3"),
    ("other_vhosts_access.log", "other_vhosts_access.log"),
  ]) func `a log's name tells its site`(_ path: String, _ site: String) {
    #expect(LogSeries.site(ofLog: path) == site)
  }

  @Test func `times as people write them`() {
    #expect(LogTime.parse("2h", now: 10_000) == 2800)
    #expect(LogTime.parse("2025-03-10T00:00:00Z", now: 0) == LogSurveyTests.midnight)
    #expect(LogTime.parse("2025-03-10T01:00:00+01:00", now: 0) == LogSurveyTests.midnight)
    for text in ["", "h", "-1h", "1e400d", "yesterday", "2025-13-10T00:00:00Z", "nan", "infh"] {
      #expect(LogTime.parse(text, now: 0) == nil, "\(text)")
    }
    #expect(LogTime.length("90") == 90)
  }
}

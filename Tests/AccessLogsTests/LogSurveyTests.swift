import Flows
import Lab
import LinuxSystem
import Testing

@testable import AccessLogs

/// What is counted, in windows, in bounded memory, whatever is in the files.
struct LogSurveyTests {
  /// A combined line at `second` after 2025-03-10T00:00:00Z.
  static func line(
    _ second: Int, _ client: String = "192.0.2.1", _ path: String = "/", _ status: Int = 200, bytes: Int = 10
  ) -> String {
    let pad = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    let time =
      "\(pad(10 + second / 86400))/Mar/2025:\(pad(second / 3600 % 24)):\(pad(second / 60 % 60)):\(pad(second % 60))"
    return "\(client) - - [\(time) +0000] \"GET \(path) HTTP/1.1\" \(status) \(bytes) \"-\" \"M\"\n"
  }

  static let midnight = 1_741_564_800.0

  private func survey(
    _ text: [UInt8], _ periods: LogPeriods = LogPeriods(), _ limits: LogLimits = LogLimits()
  ) -> LogsDocument {
    var survey = LogSurvey(periods: periods, limits: limits)
    survey.read(text, site: "a.example")
    return survey.document()
  }

  @Test func `garbage, long lines and invalid text are counted and passed over`() {
    var bytes = Array(Self.line(1).utf8)
    bytes += [UInt8](repeating: 0x41, count: 10 << 20) + [10]
    bytes += (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) | 0x80 } + [10]
    bytes += Array("\u{1b}[2Jx\n".utf8)
    bytes += Array(Self.line(2, "192.0.2.2", "/\u{ff}").utf8) + [0xFF, 0xFE, 10]
    bytes += Array(Self.line(3).utf8.dropLast())
    let document = survey(bytes)
    #expect(document.requests == 3)
    #expect(document.unreadable == 4)
    #expect(document.files.first?.examples.count == 3)
    #expect(document.lines == 7)
  }

  @Test func `a secret of a line that can't be read is not in its example`() {
    let document = survey(Array("GET /a?token=secret HTTP/1.1 broken\n".utf8))
    #expect(document.unreadable == 1)
    #expect(document.files.first?.examples.first?.contains("secret") == false)
  }

  @Test(arguments: [
    "root:$6$salt$HASHHASH:20000:0:99999:7:::", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE", "-----BEGIN PRIVATE KEY-----",
  ])
  func `of a file that is no log only the form is shown`(line: String) {
    let example = survey(Array((line + "\n").utf8)).files.first?.examples.first ?? ""
    #expect(example.count >= 30 && !example.contains { $0.isLetter && $0 != "x" }, "\(example)")
    #expect(!example.dropFirst(3).contains { $0.isNumber && $0 != "9" }, "\(example)")
    // Beside requests it is a line of a log.
    let beside = survey(Array((Self.line(1) + "not a request\n").utf8))
    #expect(beside.files.first?.examples == ["2: not a request"])
  }

  @Test func `a window counts its own requests, and compares with the time before`() throws {
    var text = ""
    for second in 0..<600 { text += Self.line(second) }
    for second in 600..<1200 { for _ in 0..<3 { text += Self.line(second, "192.0.2.9", "/new") } }
    let document = survey(
      Array(text.utf8), LogPeriods(since: Self.midnight + 600, until: Self.midnight + 1200, now: Self.midnight + 5000))
    #expect(document.requests == 1800)
    #expect(document.comparedSeconds == 600)
    #expect(document.requestsPerSecond == 3)
    let path = try #require(document.grown.first { $0.kind == "path" })
    #expect(path.name == "/new")
    #expect(path.before == 0)
    #expect(path.recent == 1800)
    let site = try #require(document.grown.first { $0.kind == "site" })
    #expect(site.before == 600)
    #expect(site.recent == 1800)
  }

  @Test func `a poller among people is found, and people are not`() throws {
    var text = ""
    var state: UInt64 = 7
    let random = { (count: Int) -> Int in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    for second in 0..<4000 {
      if second % 5 == 0 { text += Self.line(second, "198.51.100.7", "/poll?n=\(second)") }
      if random(3) == 0 { text += Self.line(second, "192.0.2.\(random(40))", "/page\(random(9))") }
    }
    let document = survey(Array(text.utf8))
    let regular = try #require(document.regular.first)
    #expect(regular.client == "198.51.100.7")
    #expect(regular.path == "/poll")
    #expect(regular.requests == 800)
    let period = try #require(regular.period)
    #expect(abs(period.seconds - 5) < 0.05)
    #expect(document.regular.count == 1)
  }

  @Test func `with more keys than are kept the heavy ones stay, with bounds that hold`() throws {
    var limits = LogLimits()
    limits.clients = 1000
    limits.paths = 1000
    limits.visits = 1000
    var text = ""
    for number in 0..<60_000 {
      let client = number % 10 == 0 ? "198.51.100.1" : "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
      text += Self.line(number % 3600, client, number % 10 == 0 ? "/hot" : "/p\(number)")
    }
    let document = survey(Array(text.utf8), LogPeriods(), limits)
    #expect(document.requests == 60_000)
    #expect(document.isApproximate)
    #expect(document.clients.first?.name == "198.51.100.1")
    #expect(document.clients.first?.requests == 6000)
    #expect(document.clients.first?.missed == nil)
    #expect(document.paths.first?.requests == 6000)
    #expect(document.visits.first?.requests == 6000)
    #expect((document.distinct?.clients ?? .max) <= 1000)
    for client in document.clients.dropFirst() { #expect(client.requests + UInt64(client.missed ?? 0) >= 1) }
  }

  @Test func `times are kept up to a limit: the latest ones`() {
    var limits = LogLimits()
    limits.times = 3000
    limits.timesEach = 150
    var text = ""
    for second in 0..<5000 { text += Self.line(second * 2) }
    var survey = LogSurvey(limits: limits)
    survey.read(Array(text.utf8))
    let times = survey.tally.visits.times(0)
    #expect((135...151).contains(times.count))
    #expect(times.last == Self.midnight + 9998)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 2 })
  }

  @Test func `clocks that jump, and years that are none, spoil nothing`() {
    var text = Self.line(0) + Self.line(1)
    text += Self.line(5).replacing("2025", with: "1970") + Self.line(5).replacing("2025", with: "9999")
    text += Self.line(5).replacing("2025", with: "0001") + Self.line(2)
    let document = survey(Array(text.utf8))
    // 9999 is refused by who knows what time it is; the others nobody can have written.
    #expect(document.requests == 4)
    #expect(document.odd?.requests == 2)
    #expect((document.series?.requests.count ?? 0) <= 120)
    #expect(document.series?.requests.reduce(0, +) == 4)
    var periods = LogPeriods()
    periods.refuseFuture(of: Self.midnight + 86400)
    let known = survey(Array(text.utf8), periods)
    #expect(known.requests == 3 && known.odd?.requests == 3)
    #expect(known.until == "2025-03-10T00:00:02Z" && known.seconds == 3)
    #expect(known.clients.first?.last == "2025-03-10T00:00:02Z")
  }

  @Test func `sites are told in small letters and without the usual ports`() {
    let text = ["WWW.Example.net:443", "www.example.net", "www.example.net.", "www.example.net:8443"].map {
      "\($0) \(Self.line(0).dropLast())\n"
    }.joined()
    let document = survey(Array(text.utf8))
    #expect(document.sites.map(\.name) == ["www.example.net", "www.example.net:8443"])
    #expect(document.sites.map(\.requests) == [3, 1])
  }

  @Test func `all clients are put together by what their addresses are in`() {
    var survey = LogSurvey()
    let lines = (0..<300).map { Self.line($0, "203.0.113.\($0 % 100)", "/", $0 < 30 ? 404 : 200) }
    let others = [Self.line(1, "192.0.2.1"), Self.line(2, "2001:db8::1%eth0"), Self.line(900, "localhost")]
    survey.read(Array((lines + others).joined().utf8))
    var options = LogReportOptions()
    options.top = 10
    #expect(survey.document(options).sets == nil)
    options.addressGrouping = LogAddressGrouping(.set) { "\($0)".hasPrefix("203.0.113.") ? "scanners" : nil }
    let document = survey.document(options)
    #expect(document.sets?.map(\.name) == ["scanners", "no set", "no address"])
    #expect(document.sets?.map(\.requests) == [300, 2, 1])
    #expect(document.sets?.map(\.clients) == [100, 2, 1])
    #expect(document.sets?.map(\.bytes) == [3000, 20, 10])
    #expect(document.sets?.first?.statuses?.refused == 30 && document.sets?.first?.statuses?.succeeded == 270)
    #expect(document.sets?.first?.last == "2025-03-10T00:04:59Z")
    #expect(document.countries == nil && document.networks == nil)
  }
}

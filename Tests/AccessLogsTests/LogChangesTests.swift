import Flows
import Testing

@testable import AccessLogs

/// What happens now, beside what was before; who is behind it; how regularly.
struct LogChangesTests {
  /// A line `second` seconds after the start, of one site.
  private static func line(
    _ second: Int, _ client: String, _ path: String = "/", _ status: Int = 200, site: String = "a.example"
  ) -> String { "\(site) \(LogSurveyTests.line(second, client, path, status))" }

  private static func document(
    _ lines: [(Int, String)], addressSet: @escaping @Sendable (IPAddress) -> String? = { _ in nil }
  )
    -> LogsDocument
  {
    var options = LogReportOptions()
    options.addressSet = addressSet
    var survey = LogSurvey(forwarder: options.isForwarder)
    survey.read(Array(lines.sorted { $0.0 < $1.0 }.map(\.1).joined().utf8))
    return survey.document(options)
  }

  /// Twelve hours of visitors, one every half minute.
  private static let quiet = (0..<1440).map { ($0 * 30, line($0 * 30, "192.0.2.\($0 % 50)", "/p/\($0 % 40)")) }

  @Test func `a flood from many clients is told as one, with its beginning, its status and its path`() throws {
    let flood = (0..<9000).map { number in
      (43_140 + number / 150, Self.line(43_140 + number / 150, "198.51.\(number >> 8).\(number & 255)", "/", 503))
    }
    let change = try #require(Self.document(Self.quiet + flood).changes?.first)
    #expect(change.site == "a.example" && change.since == "2025-03-10T11:59:00Z")
    #expect(abs(change.requestsPerSecond - 150) < 3 && change.beforePerSecond < 0.05)
    #expect((8990...9010).contains(change.clients))
    #expect(change.parts.contains { $0.kind == "status" && $0.name == "503" && $0.share > 0.99 })
    #expect(change.parts.contains { $0.kind == "path" && $0.name == "/" && $0.share > 0.99 })
    #expect(!change.parts.contains { $0.kind == "network" || $0.kind == "client" })
  }

  @Test func `the time before is compared only where all of it was read`() {
    // One a second: of 70 seconds the last minute has nothing to be held against, of 120 it has.
    let few = Self.document((0..<70).map { ($0, Self.line($0, "192.0.2.1")) })
    #expect(few.lately == nil)
    let enough = Self.document((0..<120).map { ($0, Self.line($0, "192.0.2.1")) })
    #expect(enough.lately?.first?.requests == 60 && enough.lately?.first?.before == 60)
  }

  @Test func `each site says how long ago its last request was, whatever another does`() {
    let quiet = Self.document(Self.quiet)
    #expect((quiet.sites.first?.endedAgo ?? 0) > 86_400 && quiet.endedAgo != nil)
    // Nobody knows of a window that ends by itself what came behind it.
    var survey = LogSurvey(periods: LogPeriods(since: nil, until: 1_800_000_000, now: 1_800_000_001))
    survey.read(Array(Self.quiet.map(\.1).joined().utf8))
    #expect(survey.document().sites.first?.endedAgo == nil)
  }

  @Test(arguments: ["198.51.100.", "2001:db8:1:2::"]) func `a network that makes most of a ramp is the one shown`(
    _ network: String
  ) throws {
    var ramp: [(Int, String)] = []
    for second in 39_600..<43_200 {
      for number in 0..<(second - 39_600) / 400 + 1 {
        let client = number % 9 == 8 ? "203.0.113.\(second % 200)" : "\(network)\((second + number) % 99 + 1)"
        ramp.append((second, Self.line(second, client, "/x\(number)")))
      }
    }
    let change = try #require(Self.document(Self.quiet + ramp).changes?.first)
    #expect(change.requestsPerSecond > 3 * change.beforePerSecond)
    let part = try #require(change.parts.first { $0.kind == "network" })
    #expect(part.name.hasPrefix(network.prefix(9)) && part.share > 0.8 && (part.clients ?? 0) >= 90)
  }

  @Test func `a poller that began three hours ago comes before an older, larger site that fell silent`() throws {
    let old = (0..<20_000).map { ($0, Self.line($0, "192.0.2.\($0 % 9)", "/\($0 % 20)", site: "old.example")) }
    let poller = (0..<10_800).map {
      (172_800 + $0, Self.line(172_800 + $0, "203.0.113.7", "/api", site: "new.example"))
    }
    let document = Self.document(old + poller)
    #expect(document.sites.first?.name == "old.example")
    let change = try #require(document.changes?.first)
    #expect(change.site == "new.example" && change.since == "2025-03-12T00:00:00Z")
    #expect(abs(change.requestsPerSecond - 1) < 0.01 && change.beforePerSecond == 0)
    #expect(document.regular.first?.site == "new.example")
  }

  @Test func `nothing is said to change where nothing does`() {
    #expect(Self.document(Self.quiet).changes == nil)
    #expect(Self.document((0..<600).map { ($0, Self.line($0, "203.0.113.7")) }).changes == nil)
  }

  @Test func `most by is the busiest client, whatever it asks for`() throws {
    let crawler = (0..<5000).map { (20_000 + $0 / 8, Self.line(20_000 + $0 / 8, "198.51.100.60", "/item/\($0)")) }
    let visit = try #require(Self.document(Self.quiet + crawler).busiestClients?.first)
    #expect(visit.client == "198.51.100.60" && visit.requests == 5000)
    #expect(visit.paths == 5000 && visit.path == nil)
    #expect(visit.first == "2025-03-10T05:33:20Z" && visit.last == "2025-03-10T05:43:44Z")
    #expect(abs((visit.ownPerSecond ?? 0) - 8) < 0.1)
  }

  @Test func `a period that changed is told with what it was, each with its ends`() throws {
    let slow = (0..<2880).map { ($0 * 60, Self.line($0 * 60, "203.0.113.7", "/api")) }
    let fast = (0..<10_800).map { (172_800 + $0, Self.line(172_800 + $0, "203.0.113.7", "/api")) }
    let visit = try #require(Self.document(slow + fast).regular.first)
    #expect(abs((visit.period?.seconds ?? 0) - 1) < 0.01)
    #expect(visit.period?.first.hasPrefix("2025-03-1") == true)
    let earlier = try #require(visit.earlier?.first)
    #expect(abs(earlier.seconds - 60) < 0.5 && earlier.first == "2025-03-10T00:00:00Z")
  }

  @Test func `two pollers on one path are two`() throws {
    let both =
      (0..<1440).map { ($0 * 5, Self.line($0 * 5, "203.0.113.7", "/api")) }
      + (0..<1028).map { ($0 * 7, Self.line($0 * 7, "203.0.113.7", "/api")) }
    let regular = Self.document(both).regular.filter { $0.path == "/api" && $0.client != nil }
    #expect(regular.compactMap { $0.period?.seconds }.map { $0.rounded() }.sorted() == [5, 7])
    #expect(regular.allSatisfy { $0.programs == 2 })
  }

  @Test func `once a second through 150 edges of a CDN is once a second`() throws {
    let lines = (0..<3600).map { second in
      (second, Self.line(second, "162.158.\(second &* 7919 % 150).9", "/api"))
    }
    let set: @Sendable (IPAddress) -> String? = { "\($0)".hasPrefix("162.158.") ? "cloudflare" : nil }
    let visit = try #require(Self.document(lines, addressSet: set).regular.first)
    #expect(visit.client == nil && visit.set == "cloudflare")
    #expect(abs((visit.period?.seconds ?? 0) - 1) < 0.01 && visit.requests == 3600)
  }

  @Test func `visitors behind edges are claimed, and a stranger's header is not believed`() throws {
    let plain = LogSurveyTests.line(1, "162.158.90.14").dropLast()
    let forged = LogSurveyTests.line(2, "198.51.100.9").dropLast()
    let text = "\(plain) \"203.0.113.77, 10.0.0.1\"\n\(forged) \"203.0.113.78\"\n"
    var options = LogReportOptions()
    options.addressSet = { "\($0)".hasPrefix("162.158.") ? "cloudflare" : nil }
    var survey = LogSurvey(forwarder: options.isForwarder)
    survey.read(Array(text.utf8))
    let document = survey.document(options)
    let visitor = try #require(document.clients.first { $0.name == "203.0.113.77" })
    #expect(
      visitor.claimed == true && visitor.via == LogsEdge(address: "162.158.90.14", set: "cloudflare", hasOthers: false))
    let stranger = try #require(document.clients.first { $0.name == "198.51.100.9" })
    #expect(stranger.claimed == nil && stranger.via == nil)
    #expect(!document.clients.contains { $0.name == "203.0.113.78" })
    #expect(document.notes.contains { $0.contains("not believed") })
  }

  @Test func `rates are of the window, and of a log's own length where it is younger`() {
    let text = Array((0..<7200).map { LogSurveyTests.line($0) }.joined().utf8)
    let now = LogSurveyTests.midnight + 7200
    for (since, seconds) in [(3600.0, 3600.0), (600, 600), (90, 90), (86_400, 7200)] {
      var survey = LogSurvey(periods: LogPeriods(since: now - since, until: nil, now: now))
      survey.read(text)
      let document = survey.document()
      #expect(abs(document.requestsPerSecond - 1) < 0.02, "\(since)")
      #expect(abs(document.seconds - seconds) < 2, "\(since): \(document.seconds)")
      #expect(abs(document.requestsPerDay - 86_400) < 2000)
    }
  }

  @Test func `a row has its own rate`() throws {
    let burst = (0..<600).map { (1000 + $0, Self.line(1000 + $0, "203.0.113.7", "/api")) }
    let document = Self.document(Self.quiet + burst)
    let client = try #require(document.clients.first { $0.name == "203.0.113.7" })
    #expect(abs((client.ownPerSecond ?? 0) - 1) < 0.01)
    let one = try #require(document.clients.last)
    #expect((one.ownPerSecond ?? 1) < 0.01)
  }

  @Test func `stamps far from all others are counted apart when it is read again`() throws {
    var survey = LogSurvey()
    let odd = (0..<60).map { LogSurveyTests.line($0).replacing("2025", with: "2012") }.joined()
    let text = Array((odd + (0..<600).map { LogSurveyTests.line($0) }.joined()).utf8)
    survey.read(text)
    let closer = survey.narrowerPeriods()
    let periods = try #require(closer)
    var again = LogSurvey(periods: periods)
    again.read(text)
    let document = again.document()
    #expect(document.requests == 600 && document.odd?.requests == 60)
    #expect(abs(document.requestsPerSecond - 1) < 0.01)
    let isDone = again.narrowerPeriods() == nil
    #expect(isDone)
    // A clock that was never set: all that there is.
    var never = LogSurvey()
    never.read(Array((0..<60).map { LogSurveyTests.line($0).replacing("2025", with: "1970") }.joined().utf8))
    let all = never.narrowerPeriods()
    #expect(all?.earliest == .min)
  }

  @Test(arguments: [
    ("access.log", "access.log", 0), ("access.log.1", "access.log", 2), ("access.log.10.gz", "access.log", 11),
    ("access.1.log.gz", "access.log", 2), ("x.log.old", "x.log", 1), ("access_log", "access_log", 0),
    ("access-10.0.0.1.log", "access-10.0.0.1.log", 0), ("proxy-host-10_access.log.3.gz", "proxy-host-10_access.log", 4),
  ]) func `rotation's numbers`(_ name: String, _ base: String, _ age: Int) {
    #expect(RotatedName(name).base == base)
    #expect(RotatedName(name).age == age)
  }

  @Test(arguments: [
    "access.log-20261129", "access.log-2026-11-29.gz", "access-20261129.log.gz", "access.log.2026-11-29",
    "access.log.1795910400", "access-2026-11-29T02-38-56.123.log.gz", "access.log-2026112902.zst",
    "access.2026-11-29.log.xz",
    "access.log.2026-11-29-00_00_00",
  ]) func `rotation's dates are of one series, older than what is written to, and in order`(_ name: String) {
    let rotated = RotatedName(name)
    #expect(rotated.base == "access.log" && rotated.age > 10_000)
    let next = RotatedName(
      name.replacing("-29", with: "-30").replacing("1129", with: "1130").replacing("1795910400", with: "1795996800"))
    #expect(next.age < rotated.age && next.base == rotated.base, "\(next)")
  }
}

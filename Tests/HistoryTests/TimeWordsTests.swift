import Glibc
import LinuxSystem
import Testing

@testable import History

/// Times as people say them, with a made-up clock and zone.
@Suite(.serialized) struct TimeWordsTests {
  /// Runs `body` with a time zone of its own.
  private func inZone(_ zone: String, _ body: () throws -> Void) rethrows {
    let before = getenv("TZ").map { String(cString: $0) }
    setenv("TZ", zone, 1)
    tzset()
    defer {
      if let before { setenv("TZ", before, 1) } else { unsetenv("TZ") }
      tzset()
    }
    try body()
  }

  /// Tuesday, 21 April 2026, 10:00:00 in Berlin (summer time).
  private static let now = 1_776_758_400.0
  // The rules of Berlin, so that no database is needed.
  private static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"

  private func span(_ text: String, now: Double = now) -> [Double]? {
    TimeWords(now: now).meaning(text).map { [$0.start - now, ($0.end ?? .infinity) - now] }
  }

  @Test func `words mean what people mean by them`() throws {
    inZone(Self.berlin) {
      let hour = 3600.0
      #expect(span("02:00") == [-8 * hour, .infinity])
      #expect(span("11:30") == [-22.5 * hour, .infinity], "not yet today, so yesterday")
      #expect(span("yesterday 02:00") == [-32 * hour, .infinity])
      #expect(span("Yesterday") == [-34 * hour, -10 * hour])
      #expect(span("today") == [-10 * hour, 0])
      #expect(span("today 9:15") == [-0.75 * hour, .infinity])
      #expect(span("-8h") == [-8 * hour, .infinity])
      #expect(span("8h ago") == [-8 * hour, 0])
      #expect(span("90m") == [-1.5 * hour, 0])
      #expect(span("last night") == [-12 * hour, -4 * hour])
      #expect(span("this morning") == [-4 * hour, 0])
      #expect(span("last hour") == [-hour, 0])
      #expect(span("monday") == [-34 * hour, -10 * hour])
      #expect(span("tue 10:00") == [-168 * hour, .infinity], "the last one before today")
      #expect(span("2026-04-20 02:00") == [-32 * hour, .infinity])
      #expect(span("2026-04-20") == [-34 * hour, -10 * hour])
      #expect(span("2026-04-20T02:00:00") == [-32 * hour, .infinity])
      #expect(span("2026-04-20T02:00:00+02:00") == [-32 * hour, .infinity])
      #expect(span("2026-04-20T00:00:00Z") == [-32 * hour, .infinity])
      #expect(span("2026-04-19T19:00:00.25-05:00") == [-32 * hour, .infinity])
      #expect(LocalTime.zone(at: Self.now) == "CEST (+02:00)")
    }
  }

  @Test func `last night at three is the night that it still is`() throws {
    inZone(Self.berlin) {
      // 03:00, and 23:00 of the evening before.
      #expect(span("last night", now: Self.now - 7 * 3600) == [-5 * 3600, 0])
      #expect(span("last night", now: Self.now - 11 * 3600) == [-25 * 3600, -17 * 3600])
      #expect(span("tonight", now: Self.now - 11 * 3600) == [-3600, 0])
    }
  }

  @Test func `days are as long as they were when the clocks changed`() throws {
    inZone(Self.berlin) {
      // Monday, 30 March 2026, 12:00 (summer time began on Sunday at 02:00), and 26 October 2026.
      let spring = 1_774_864_800.0
      #expect(span("yesterday", now: spring) == [-35 * 3600, -12 * 3600])
      #expect(span("yesterday 01:30", now: spring) == [-33.5 * 3600, .infinity])
      let autumn = 1_793_012_400.0
      #expect(span("yesterday", now: autumn) == [-37 * 3600, -12 * 3600])
      #expect(LocalTime.zone(at: autumn) == "CET (+01:00)")
    }
  }

  @Test(arguments: [
    "", "soon", "25:00", "2:5", "yesterday noon", "2026-13-01", "2026-02-30", "2026-04-20T25:00Z", "-8", "8x", "-0h",
    "10:00 yesterday tomorrow", "last", "1e9d", "２:00", "-1h2m", "+5h", "2026-04-20T10:00+99:00",
  ]) func `what is no time is none`(_ text: String) {
    #expect(TimeWords(now: Self.now).meaning(text) == nil)
  }

  @Test func `lengths have a unit`() {
    #expect(TimeWords.length("90s") == 90 && TimeWords.length("1.5h") == 5400 && TimeWords.length("2d") == 172_800)
    #expect(TimeWords.length("5") == nil && TimeWords.length("-5m") == nil && TimeWords.length("infh") == nil)
  }
}

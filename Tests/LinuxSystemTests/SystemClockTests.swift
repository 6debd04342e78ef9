import Glibc
import Testing

@testable import LinuxSystem

@Suite struct SystemClockTests {
  // Each as `date -u -d @SECONDS +%FT%TZ` prints it.
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_745_161_037, "2025-04-20T14:57:17Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    (-62_167_219_200, "0000-01-01T00:00:00Z"),
  ]) func `a time is written in RFC 3339`(seconds: Double, text: String) {
    #expect(SystemClock.text(seconds) == text)
  }

  @Test func `the date agrees with the C library on 20,000 days`() {
    for step in 0..<20_000 {
      var seconds = time_t(-62_167_219_200 + step * 15_778_476)
      var fields = tm()
      gmtime_r(&seconds, &fields)
      let text = SystemClock.text(Double(seconds))
      let numbers = (text ?? "").split { "-T:Z".contains($0) }.compactMap { Int32($0) }
      let expected = [
        fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec,
      ]
      #expect(numbers == expected)
    }
  }

  @Test func `fractions are cut and not rounded up into another second`() {
    #expect(SystemClock.text(1.9999999, fractionDigits: 3) == "1970-01-01T00:00:01.999Z")
    #expect(SystemClock.text(-0.25, fractionDigits: 2) == "1969-12-31T23:59:59.75Z")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, 253_402_300_800]) func `what has no date is nil`(
    seconds: Double
  ) {
    #expect(SystemClock.text(seconds) == nil)
  }

  @Test func `capabilities are those of the status file`() throws {
    let status = try SmallFile.read("/proc/self/status", limit: 65536)
    let line = try #require(ProcessFiles.value(of: "CapEff:\t", in: status))
    let mask = try #require(UInt64(String(decoding: line, as: UTF8.self), radix: 16))
    #expect(Capabilities.effective().rawValue == mask)
    #expect(Capabilities([.CAP_NET_ADMIN, .CAP_BPF]).description == "CAP_NET_ADMIN, CAP_BPF")
  }
}

import Testing
import TestNumbers

@testable import Views

@Suite struct UnitsTests {
  @Test(
    arguments: [
      (0, "0 B", "0 bit"), (1, "1 B", "8 bit"), (999, "999 B", "8.0 kbit"), (1000, "1.0 kB", "8.0 kbit"),
      (12_345, "12.3 kB", "98.8 kbit"), (999_949, "999.9 kB", "8.0 Mbit"), (999_950, "1.0 MB", "8.0 Mbit"),
      (150_000_000, "150.0 MB", "1.2 Gbit"), (.max, "18.4 EB", "147.6 Ebit"),
    ] as [(UInt64, String, String)])
  func `amounts have a unit and one decimal`(bytes: UInt64, inBytes: String, inBits: String) {
    #expect(Units(.bytes).amount(bytes) == inBytes)
    #expect(Units(.bits).amount(bytes) == inBits)
  }

  @Test func `rates are per second, and unknown without time`() {
    #expect(Units(.bits).rate(300_000_000, over: 2) == "1.2 Gbit/s")
    #expect(Units(.bytes).rate(1, over: 10) == "<1 B/s")
    for seconds in [0, -1, .nan, .infinity] as [Double] { #expect(Units().rate(5, over: seconds) == "-") }
  }

  @Test func `no amount is wider than it says`() {
    var random = SeededNumbers(1)
    for shift in 0..<64 {
      for edge in [UInt64.max >> UInt64(shift), .random(in: 0...(.max >> UInt64(shift)), using: &random)] {
        for units in [Units(.bits), Units(.bytes)] {
          #expect(units.amount(edge).count <= Units.amountWidth)
          #expect(units.rate(edge, over: 1e-9).count <= Units.rateWidth)
        }
      }
    }
  }

  @Test(
    arguments: [
      (0.25, "0.3 s"), (2, "2.0 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (184, "3 min 4 s"), (7500, "2 h 5 min"),
      (273_600, "3 d 4 h"), (.nan, "-"), (-1, "-"),
    ] as [(Double, String)])
  func `durations use the two largest units`(seconds: Double, text: String) {
    #expect(Units.duration(seconds) == text)
  }

  @Test func `a share is all or nothing only if it really is`() {
    #expect(Units.percent(1) == "100.0 %")
    #expect(Units.percent(0.99999) == "99.9 %")
    #expect(Units.percent(0.00001) == "0.1 %")
    #expect(Units.percent(0) == "0.0 %")
  }

  @Test func `colours need a terminal that nobody refused them on`() {
    let line = Line("x", .bad)
    func rendered(_ terminal: Bool, _ option: Bool, _ environment: [String: String]) -> String {
      line.rendered(Style(isTerminal: terminal, noColorOption: option, environment: environment))
    }
    #expect(rendered(true, false, [:]) == "\u{1B}[31mx\u{1B}[0m")
    #expect(rendered(true, false, ["NO_COLOR": ""]) == "\u{1B}[31mx\u{1B}[0m")
    #expect(rendered(true, false, ["NO_COLOR": "1"]) == "x")
    #expect(rendered(true, false, ["TERM": "dumb"]) == "x")
    #expect(rendered(true, true, [:]) == "x")
    #expect(rendered(false, false, [:]) == "x")
  }
}

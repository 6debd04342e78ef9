/// Requests over time, in steps that get longer as there are more of them; and the busiest second.
struct TimeSeries {
  struct Step: Sendable {
    var requests: UInt64 = 0
    var bytes: UInt64 = 0
    var errors: UInt64 = 0
  }

  private static let widths: [Int64] = [1, 10, 60, 300, 1800, 10800, 86400, 864_000, 31_536_000, 1 << 40]
  private static let limit = 4096
  private(set) var steps: [Int64: Step] = [:]
  /// The steps by day (UTC).
  private(set) var days: [Int64: Step] = [:]
  private(set) var busiest: (second: Int64, requests: Int) = (0, 0)
  private var level = 0
  // The current step and day, which are stored when another one begins.
  private var place = Int64.min
  private var current = Step()
  private var day = Int64.min
  private var currentDay = Step()
  private var second = Int64.min
  // Lines are out of order by seconds, so the last seconds stay open.
  private var openSeconds = [(second: Int64, requests: Int)](repeating: (.min, 0), count: 256)

  /// The length of a step in seconds.
  var width: Int64 { Self.widths[level] }

  @inline(__always)
  mutating func add(second: Int64, bytes: Int64, isError: Bool) {
    if second != self.second { move(to: second) }
    current.requests &+= 1
    current.bytes &+= UInt64(truncatingIfNeeded: bytes)
    if isError { current.errors &+= 1 }
    let slot = Int(truncatingIfNeeded: second) & 255
    openSeconds[slot].requests &+= 1
    if openSeconds[slot].requests > busiest.requests { busiest = openSeconds[slot] }
  }

  @inline(never)
  private mutating func move(to second: Int64) {
    self.second = second
    let slot = Int(truncatingIfNeeded: second) & 255
    if openSeconds[slot].second != second { openSeconds[slot] = (second, 0) }
    let place = Self.step(second, width)
    let day = Self.step(second, 86400)
    guard place != self.place || day != self.day else { return }
    finish()
    self.place = Self.step(second, width)
    self.day = day
  }

  /// Adds pending counts to their steps.
  mutating func finish() {
    if current.requests > 0 {
      Self.add(current, to: &steps, place)
      if days.count < Self.limit || days[day] != nil { Self.add(current, to: &days, day) }
      current = Step()
    }
    while steps.count > Self.limit, level + 1 < Self.widths.count {
      let old = width
      level += 1
      let finer = steps
      steps = [:]
      for (place, step) in finer { Self.add(step, to: &steps, Self.step(place * old, width)) }
    }
    place = .min
    self.second = .min
  }

  private static func add(_ step: Step, to steps: inout [Int64: Step], _ place: Int64) {
    steps[place, default: Step()].requests += step.requests
    steps[place, default: Step()].bytes &+= step.bytes
    steps[place, default: Step()].errors += step.errors
  }

  private static func step(_ second: Int64, _ width: Int64) -> Int64 {
    second >= 0 ? second / width : (second - width + 1) / width
  }
}

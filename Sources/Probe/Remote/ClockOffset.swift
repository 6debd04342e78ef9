internal import LinuxSystem
public import Questions

/// The offset of another host's clocks from this host's.
public struct ClockOffset: Hashable, Sendable, Codable {
  /// Seconds to add to this host's time of day to get the other's.
  public var wall: Double
  /// Seconds to add to this host's monotonic clock to get the other's.
  public var monotonic: Double
  /// The maximum error of both, in seconds: half of the shortest round trip.
  public var uncertainty: Double

  public init(wall: Double, monotonic: Double, uncertainty: Double) {
    self.wall = wall
    self.monotonic = monotonic
    self.uncertainty = uncertainty
  }

  /// The offset from one round trip: the other host read its clocks at some time between the two readings here.
  public init(asked: WireClock, told: WireClock, answered: WireClock) {
    let roundTrip = max(0, answered.monotonic - asked.monotonic)
    wall = told.wall - asked.wall - roundTrip / 2
    monotonic = told.monotonic - asked.monotonic - roundTrip / 2
    uncertainty = roundTrip / 2
  }
}

extension WireClock {
  /// This host's clocks now.
  static var now: WireClock { WireClock(wall: SystemClock.now(), monotonic: MonotonicClock.seconds) }
}

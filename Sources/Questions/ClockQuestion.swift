/// What time is it there? Answered at once: whoever asks measures how long the answer takes.
public struct ClockQuestion: Question {
  public static let name = "ping"
  public init() {}

  public var scope: Scope<WireClock> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "tell the time" }
}

/// The clocks of a host at one moment, in seconds.
public struct WireClock: Hashable, Sendable, Codable, HostIndependent {
  /// Since the epoch.
  public var wall: Double
  /// CLOCK_MONOTONIC, on which `CounterSnapshot` counts.
  public var monotonic: Double

  public init(wall: Double, monotonic: Double) {
    self.wall = wall
    self.monotonic = monotonic
  }
}

/// Asks for the host's clocks. The answer comes at once, so the caller can measure the round trip and compare clocks.
public struct ClockQuestion: Question {
  public static let name = "ping"
  public init() {}

  public var scope: Scope<WireClock> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "tell the time" }
}

/// A host's clocks at one moment, in seconds.
public struct WireClock: Hashable, Sendable, Codable, HostIndependent {
  /// Time of day, in seconds since the epoch.
  public var wall: Double
  /// CLOCK_MONOTONIC in seconds, the clock of `CounterSnapshot`.
  public var monotonic: Double

  public init(wall: Double, monotonic: Double) {
    self.wall = wall
    self.monotonic = monotonic
  }
}

/// Limits for time and number, so that no host delays the others.
public struct FleetLimits: Hashable, Sendable {
  /// Seconds until a TCP connection and SSH's first exchange must be complete.
  public var connect = 5.0
  /// Seconds from the first packet until the probe must run, without the time for copying it.
  public var start = 10.0
  /// Seconds without progress after which copying stops.
  public var stall = 10.0
  /// The longest time for one question to a host, in seconds; for a measurement, in addition to its window.
  public var question = 10.0
  /// For how many seconds a connection stays open after its last use, for the next command.
  public var persist = 120
  /// How many hosts are connected to at once.
  public var parallel = 32

  public init() {}
}

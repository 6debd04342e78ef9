/// How long and how many: what keeps one host from costing the others anything.
public struct FleetLimits: Hashable, Sendable {
  /// Seconds until a TCP connection and SSH's first exchange must be done.
  public var connect = 5.0
  /// Seconds from the first packet until the probe runs, without the time for copying it.
  public var start = 10.0
  /// Seconds without progress after which copying is given up.
  public var stall = 10.0
  /// Seconds that one question to a host may take, and a measurement beyond its window.
  public var question = 10.0
  /// Seconds that a connection stays open after its last use, for the next command.
  public var persist = 120
  /// How many hosts are connected to at a time.
  public var parallel = 32

  public init() {}
}

public import LocalHost
public import Meter

/// How this host counts, and what it watches as well.
public struct LocalMeasurement: Sendable {
  /// The meter to use; nil for the best one that starts.
  public var meter: MeterKind?
  /// Whether to watch which flows of relays belong together.
  public var watchesRelays = false
  /// Whether to read the names that flows ask for.
  public var watchesNames = false
  /// True for a live view, which handles signals itself; its intervals end early only if their task is cancelled.
  public var isLive = false
  /// Whether other hosts can answer without this one.
  public var isOptional = false
  /// Whether nothing is counted, here or on the other hosts.
  public var isIdle = false
  /// Called when a window has begun: traffic from then on is counted.
  public var windowBegan: @Sendable (MeterKind) -> Void = { _ in }
  /// Environment variables; `DOCKER_HOST` may name Docker's socket.
  public var environment: [String: String]

  public init(meter: MeterKind? = nil, environment: [String: String]) {
    self.meter = meter
    self.environment = environment
  }

  /// This host with its meter running. A signal ends its windows early; the answer is what was measured until then.
  public func vantage() throws -> LocalVantage {
    if isIdle { return try Self.idle(environment: environment) }
    if isLive {
      return try LocalVantage(
        meter: meter, environment: environment, watchesRelays: watchesRelays, watchesNames: watchesNames,
        mustStop: { Task.isCancelled })
    }
    let interruption = try Interruption.ofProgram()
    return try LocalVantage(
      meter: meter, environment: environment, watchesRelays: watchesRelays, watchesNames: watchesNames,
      windowBegan: windowBegan, mustStop: { interruption.hasCome })
  }

  /// This host without anything started before it is needed.
  public static func idle(environment: [String: String]) throws -> LocalVantage {
    let interruption = try Interruption.ofProgram()
    return try LocalVantage(isIdle: true, environment: environment, mustStop: { interruption.hasCome })
  }
}

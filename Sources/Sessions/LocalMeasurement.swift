public import LocalHost
public import Meter

/// How this host counts, and what it watches beside.
public struct LocalMeasurement: Sendable {
  /// Nil for the best meter that starts.
  public var meter: MeterKind?
  /// Whether to watch which flows of relays belong together.
  public var watchesRelays = false
  /// Whether to read which names flows ask for.
  public var watchesNames = false
  /// Its intervals end early only if their task is cancelled: signals are for the view.
  public var isLive = false
  /// Whether other hosts are an answer without it.
  public var isOptional = false
  /// Called when a window has begun: what happens from here on is seen.
  public var windowBegan: @Sendable (MeterKind) -> Void = { _ in }
  /// May name Docker's socket (`DOCKER_HOST`).
  public var environment: [String: String]

  public init(meter: MeterKind? = nil, environment: [String: String]) {
    self.meter = meter
    self.environment = environment
  }

  /// This host with its meter running. A signal ends its windows early, and what was measured is the answer.
  public func vantage() throws -> LocalVantage {
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

  /// This host, of which nothing is started before it is asked for.
  public static func idle(environment: [String: String]) throws -> LocalVantage {
    let interruption = try Interruption.ofProgram()
    return try LocalVantage(isIdle: true, environment: environment, mustStop: { interruption.hasCome })
  }
}

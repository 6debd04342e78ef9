public import Flows
internal import JSON
public import LinuxSystem
internal import Synchronization

/// Another host, asked through its probe.
///
/// Every question throws `VantageError` if it is not answered. What is asked at once is under way at once. Dropping the
/// last reference ends the conversation, and with its input the probe.
public final class RemoteVantage: Vantage {
  /// As the caller calls it; the host's own name is in `hello`.
  public let host: String
  public let hello: ProbeHello
  private let connection: ProbeConversation
  private let limits: WireLimits
  private let offset = Mutex<ClockOffset?>(nil)

  /// Waits until a probe says hello on `answers`.
  ///
  /// What comes before (a login's own words) is passed over, and quoted if no hello follows.
  ///
  /// - Parameters:
  ///   - host: what to call it in documents and errors.
  ///   - answers: the probe's output; closed in the end, as is `questions`, its input.
  ///   - greeting: seconds until it must have said hello.
  public init(
    host: String, reading answers: consuming Descriptor, writing questions: consuming Descriptor,
    limits: WireLimits = WireLimits(), greeting: Double = 10
  ) async throws {
    self.host = host
    self.limits = limits
    connection = try ProbeConversation(
      host: host, reading: answers, writing: questions, limits: limits, greeting: greeting)
    do {
      hello = try await connection.hello()
    } catch {
      connection.close()
      throw error
    }
  }

  deinit { connection.close() }

  /// Ends the conversation now; whoever waits for an answer gets `disconnected`.
  public func close() { connection.close() }

  /// Bytes that came and went so far.
  public var traffic: (received: Int, sent: Int) { connection.traffic }

  /// How far the host's clocks are from this one's, by the shortest of several round trips; measured once.
  public func clockOffset(roundTrips: Int = 5) async throws -> ClockOffset {
    if let known = offset.withLock({ $0 }) { return known }
    var best: ClockOffset?
    for _ in 0..<max(1, roundTrips) {
      let asked = WireClock.now
      let told: WireClock = try await ask(.ping)
      let found = ClockOffset(asked: asked, told: told, answered: .now)
      if found.uncertainty < best?.uncertainty ?? .infinity { best = found }
    }
    let result = best ?? ClockOffset(wall: 0, monotonic: 0, uncertainty: .infinity)
    offset.withLock { $0 = result }
    return result
  }

  /// Starts the meter there, so that a measurement need not wait for it. Which one it is.
  ///
  /// - Parameter watchesNames: whether names that flows ask for are to be read there, too.
  public func startMeter(watchesNames: Bool = false) async throws -> MeterStart {
    try await ask(.start(names: watchesNames))
  }

  public func inventory() async throws -> Inventory {
    var inventory: Inventory = try await ask(.inventory)
    inventory.host = host
    return inventory
  }

  public func process(_ pid: Int32) async throws -> Process? { try await ask(.process(pid)) }

  /// Times within it are those of this host's clock.
  public func measure(seconds: Double) async throws -> Interval {
    let question = Question.measure(seconds: seconds)
    let answer = try await connection.ask(question, seconds: seconds + limits.seconds)
    var interval: Interval = try decode(RepeatedParts.spread("flows", in: answer), question)
    interval.host = host
    if interval.names?.isEmpty == false || interval.answers?.isEmpty == false {
      let offset = try await clockOffset().wall
      interval.began = interval.began.map { $0 - offset }
      for index in interval.names?.indices ?? 0..<0 { interval.names?[index].time -= offset }
      for index in interval.answers?.indices ?? 0..<0 { interval.answers?[index].time -= offset }
    }
    return interval
  }

  public func beginIntervals() async throws {
    _ = try await connection.ask(.begin, seconds: limits.seconds)
  }

  public func nextInterval(after seconds: Double) async throws -> Interval {
    let question = Question.next(seconds: max(0, min(seconds, Question.longestWindow)))
    let answer = try await connection.ask(question, seconds: seconds + limits.patience)
    var interval: Interval = try decode(RepeatedParts.spread("flows", in: answer), question)
    interval.host = host
    return interval
  }

  /// At most `Question.processLimit` processes.
  public func files(of pids: [Int32]) async throws -> [BundleRecord.File] { try await ask(.files(pids)) }

  public func translation(of flow: Flow, in namespace: Place) async throws -> Translation? {
    try await ask(.translation(flow, namespace))
  }

  public func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? {
    try await ask(.socket(flow, namespace))
  }

  public func sockets() async throws -> [SocketListing] {
    let answer = RepeatedParts.spread("sockets", in: try await connection.ask(.sockets, seconds: limits.seconds))
    return try decode(answer["sockets"] ?? .null, .sockets)
  }

  public func owner(ofProcess pid: Int32) async throws -> Owner? { try await ask(.owner(pid)) }

  public func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? {
    try await ask(.route(address, namespace))
  }

  public func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? {
    try await ask(.neighbour(address, namespace))
  }

  public func tunnel(
    toward address: IPAddress, through interface: UInt32, in namespace: Place
  ) async throws -> TunnelAnswer? {
    try await ask(.tunnel(address, interface: interface, namespace))
  }

  public func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? {
    try await ask(.relay(pid, namespace))
  }

  /// With the times of this host's clock.
  public func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? {
    let answer: SitesAnswer? = try await ask(.sites(pid, namespace, seconds: seconds))
    guard let answer else { return nil }
    return answer.shifted(by: -(try await clockOffset().wall))
  }

  /// At most `Question.processLimit` processes.
  public func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot {
    try await ask(.counters(pids, namespace))
  }

  private func ask<Answer: Decodable>(_ question: Question) async throws -> Answer {
    try decode(try await connection.ask(question, seconds: limits.seconds), question)
  }

  private func decode<Answer: Decodable>(_ answer: JSONValue, _ question: Question) throws -> Answer {
    do {
      return try answer.decoded()
    } catch {
      throw VantageError(error, host: host, "\(question)")
    }
  }
}

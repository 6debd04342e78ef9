internal import Flows
public import LinuxSystem
public import Questions
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
      let told = try await ask(ClockQuestion()).value
      let found = ClockOffset(asked: asked, told: told, answered: WireClock.now)
      if found.uncertainty < best?.uncertainty ?? .infinity { best = found }
    }
    let result = best ?? ClockOffset(wall: 0, monotonic: 0, uncertainty: .infinity)
    offset.withLock { $0 = result }
    return result
  }

  /// Times in an answer are those of this host's clock.
  public func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    let patience = question.isMeasurement && !(question is MeasureQuestion) ? limits.patience : limits.seconds
    let answer = try await connection.ask(question, seconds: question.window + patience)
    let told: Told<Q.Answer>
    do { told = try answer.told(to: question).called(host) } catch {
      throw VantageError(error, host: host, "\(question)")
    }
    return told.value.tellsTime ? told.shifted(by: -(try await clockOffset().wall)) : told
  }
}

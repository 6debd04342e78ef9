internal import Flows
public import LinuxSystem
public import Questions
internal import Synchronization

/// Another host, asked through its probe.
///
/// A question that is not answered throws `VantageError`. Questions that are asked at the same time run at the same
/// time. Releasing the last reference ends the conversation, and the end of its input ends the probe.
public final class RemoteVantage: Vantage {
  /// The host's name in this program; its own name is in `hello`.
  public let host: String
  public let hello: ProbeHello
  private let connection: ProbeConversation
  private let limits: WireLimits
  private let offset = Mutex<ClockOffset?>(nil)

  /// Waits until a probe sends its hello on `answers`.
  ///
  /// Text before it (which a login prints) is skipped, and quoted if no hello follows.
  ///
  /// - Parameters:
  ///   - host: the host's name in documents and errors.
  ///   - answers: the probe's output; closed in the end, like `questions`, its input.
  ///   - greeting: seconds within which the hello must come.
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

  /// Ends the conversation now. Every waiting caller gets `disconnected`.
  public func close() { connection.close() }

  /// How many bytes were received and sent so far.
  public var traffic: (received: Int, sent: Int) { connection.traffic }

  /// The offset of the host's clocks from this host's, by the shortest of several round trips; measured once.
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

  /// Asks the host. Times in the answer are converted to this host's clock.
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

internal import JSON
internal import LinuxSystem
public import Questions
internal import Synchronization

/// Reads questions as lines and answers them from a vantage, several at once and in any order.
public final class ProbeServer: Sendable {
  /// Why the server ended.
  public enum End: Hashable, Sendable {
    /// The caller closed its side, or does not read any more.
    case inputClosed, outputClosed
    case silence
    /// The descriptor `stop` became readable.
    case stopped
  }

  private struct UnderWay {
    var question: any Question
    var task: Task<Void, Never>?
    /// On the monotonic clock, in seconds.
    var deadline: Double
  }

  private struct State {
    var underWay: [UInt64: UnderWay] = [:]
    var lastAnswer = MonotonicClock.seconds
    /// The newest measurement; one that was cancelled needs a moment to end.
    var measurement: Task<Void, Never>?
    var isBroken = false
    var vantage: (any Vantage)?
  }

  private let host: String
  private let limits: WireLimits
  private let make: @Sendable () throws -> any Vantage
  private let state = Mutex(State())
  private let making = Mutex(())
  private let writing = Mutex(())
  private let threads = OwnThreads(limit: 16)
  private let wake: WakePipe
  private let output: Int32

  /// - Parameters:
  ///   - host: the host's own name, for errors.
  ///   - output: the descriptor for answers, which remains the caller's.
  ///   - vantage: creates the vantage; called by the first question that needs it, and again if it threw.
  public init(
    host: String, output: Int32, limits: WireLimits = WireLimits(),
    vantage: @escaping @Sendable () throws -> any Vantage
  ) throws {
    self.host = host
    self.output = output
    self.limits = limits
    make = vantage
    wake = try WakePipe()
  }

  /// Sends the hello and answers questions until the input ends, no question came for too long, or `stop` becomes
  /// readable. Questions under way are then cancelled, and their answers not sent.
  public func serve(_ hello: ProbeHello, input: Int32, stop: Int32? = nil) -> End {
    write(.hello(hello))
    var buffer = LineBuffer(limit: limits.questionBytes)
    let end = loop(input, stop, &buffer)
    let tasks = state.withLock { state in
      defer { state.underWay = [:] }
      state.isBroken = true
      return state.underWay.values.compactMap(\.task)
    }
    for task in tasks { task.cancel() }
    return end
  }

  private func loop(_ input: Int32, _ stop: Int32?, _ buffer: inout LineBuffer) -> End {
    while true {
      let patience = endOverdue()
      if state.withLock({ $0.isBroken }) { return .outputClosed }
      if patience <= 0 { return .silence }
      let descriptors = [input, wake.descriptor] + (stop.map { [$0] } ?? [])
      // An input that can't be waited for counts as ended.
      guard let ready = try? waitReadable(descriptors, .seconds(patience)) else { return .inputClosed }
      if ready.count > 2, ready[2] { return .stopped }
      if ready[1] { wake.drain() }
      guard ready[0] else { continue }
      // So does one that can't be read.
      guard let bytes = try? SharedStream.read(from: input), !bytes.isEmpty else { return .inputClosed }
      state.withLock { $0.lastAnswer = MonotonicClock.seconds }
      for line in buffer.add(bytes) { take(line) }
    }
  }

  /// Cancels questions that take too long. Returns the seconds until the next check; 0 if no question came for too
  /// long.
  private func endOverdue() -> Double {
    let now = MonotonicClock.seconds
    let (overdue, patience) = state.withLock { state -> ([(UInt64, UnderWay)], Double) in
      let overdue = state.underWay.filter { $0.value.deadline <= now }.map { ($0.key, $0.value) }
      for (id, _) in overdue { state.underWay[id] = nil }
      if !overdue.isEmpty { state.lastAnswer = now }
      let next = state.underWay.values.map(\.deadline).min() ?? state.lastAnswer + limits.silence
      return (overdue, next - now)
    }
    for (id, item) in overdue {
      item.task?.cancel()
      let seconds = "more than \(limits.seconds) s"
      write(.refusal(id: id, code: .slow, operation: "\(item.question)", cause: "it took \(seconds)"))
    }
    return patience
  }

  private func take(_ line: LineBuffer.Line) {
    switch line {
    case .tooLong(let count):
      refuse(nil, .tooLarge, "a line of \(count) bytes; \(limits.questionBytes) are allowed")
    case .whole(let bytes):
      do throws(WireRequest.Refusal) {
        switch try WireRequest.parse(bytes, host: host) {
        case .cancel(let id): cancel(id)
        case .ask(let id, let question): begin(id, question)
        }
      } catch {
        write(
          .refusal(id: error.id, code: error.error.code, operation: error.error.operation, cause: error.error.cause))
      }
    }
  }

  private func refuse(_ id: UInt64?, _ code: VantageError.Code, _ cause: String) {
    write(.refusal(id: id, code: code, operation: "read a question", cause: cause))
  }

  private func cancel(_ id: UInt64) {
    guard let item = state.withLock({ $0.underWay.removeValue(forKey: id) }) else { return }
    item.task?.cancel()
    write(.refusal(id: id, code: .cancelled, operation: "\(item.question)", cause: "cancelled"))
  }

  private func begin(_ id: UInt64, _ question: any Question) {
    if let clock = question as? ClockQuestion {
      // Answered at once and on this thread, because the caller measures how long the answer takes.
      do { write(.answer(id: id, try WireAnswer(Told(.now), to: clock))) } catch {
        refuse(id, .failed, "\(error)")
      }
      return
    }
    let isMeasurement = question.isMeasurement
    let deadline = MonotonicClock.seconds + limits.seconds + question.window
    let refusal = state.withLock { state -> (VantageError.Code, String)? in
      if state.underWay[id] != nil { return (.malformed, "question \(id) is unanswered already") }
      if state.underWay.count >= limits.questions {
        return (.busy, "\(limits.questions) questions are unanswered already")
      }
      if isMeasurement, state.underWay.values.contains(where: { $0.question.isMeasurement }) {
        return (.busy, "another measurement is running")
      }
      state.underWay[id] = UnderWay(question: question, deadline: deadline)
      return nil
    }
    if let (code, cause) = refusal {
      write(.refusal(id: id, code: code, operation: "\(question)", cause: cause))
      return
    }
    let previous = isMeasurement ? state.withLock { $0.measurement } : nil
    let task = Task(executorPreference: threads) {
      await previous?.value
      await self.answer(id, question)
    }
    state.withLock { state in
      state.underWay[id]?.task = task
      if isMeasurement { state.measurement = task }
    }
  }

  private func answer(_ id: UInt64, _ question: any Question) async {
    var reply: WireReply
    do {
      reply = .answer(id: id, try await Self.answer(question, from: try vantage()))
    } catch {
      let refusal = VantageError(error, host: host, "\(question)")
      reply = .refusal(id: id, code: refusal.code, operation: refusal.operation, cause: refusal.cause)
    }
    finish(id, question, reply)
  }

  private static func answer<Q: Question>(_ question: Q, from vantage: any Vantage) async throws -> WireAnswer {
    try WireAnswer(try await vantage.ask(question), to: question)
  }

  private func finish(_ id: UInt64, _ question: any Question, _ reply: WireReply) {
    // A question that was cancelled or is overdue has already been answered.
    let isWanted = state.withLock { state in
      state.lastAnswer = MonotonicClock.seconds
      return state.underWay.removeValue(forKey: id) != nil
    }
    guard isWanted else { return }
    write(reply, as: question)
    wake.wake()
  }

  private func vantage() throws -> any Vantage {
    try making.withLock { _ in
      if let vantage = state.withLock({ $0.vantage }) { return vantage }
      let vantage = try make()
      state.withLock { $0.vantage = vantage }
      return vantage
    }
  }

  private func write(_ reply: WireReply, as question: (any Question)? = nil) {
    // The caller gets nothing, and reports that there was no answer in time.
    guard var line = try? reply.line else { return }
    if line.count > limits.answerBytes, case .answer(let id, _) = reply {
      let cause = "the answer has \(line.count) bytes; \(limits.answerBytes) are allowed"
      let refusal = WireReply.refusal(
        id: id, code: .tooLarge, operation: question.map { "\($0)" } ?? "answer", cause: cause)
      // As above.
      line = (try? refusal.line) ?? []
    }
    let isWritten = writing.withLock { _ in
      if state.withLock({ $0.isBroken }) { return true }
      // An output that can't be written to is broken, for whatever reason.
      return (try? SharedStream.write(line, to: output, seconds: limits.writing)) != nil
    }
    if !isWritten {
      state.withLock { $0.isBroken = true }
      wake.wake()
    }
  }
}

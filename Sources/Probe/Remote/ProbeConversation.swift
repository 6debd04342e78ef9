internal import LinuxSystem
internal import Questions
internal import Synchronization

/// A conversation with a probe, on one separate thread that ends with it.
final class ProbeConversation: Sendable {
  private struct State {
    var questions: OpenQuestions
    /// Bytes that wait to be written.
    var outgoing: [UInt8] = []
    var hello: ProbeHello?
    var helloWaiter: CheckedContinuation<ProbeHello, any Error>?
    var isClosing = false
    /// How many answers had no waiting caller.
    var unwanted = 0
    /// Bytes received and sent.
    var received = 0
    var sent = 0
  }

  private static let greeting = "reach its probe"
  let host: String
  private let limits: WireLimits
  private let state: Mutex<State>
  private let wake: WakePipe

  init(
    host: String, reading answers: consuming Descriptor, writing questions: consuming Descriptor, limits: WireLimits,
    greeting seconds: Double
  ) throws {
    self.host = host
    self.limits = limits
    state = Mutex(State(questions: OpenQuestions(host: host, limit: limits.questions)))
    do {
      wake = try WakePipe()
      let streams = ConversationBox(try DuplexStream(reading: answers, writing: questions))
      let deadline = MonotonicClock.seconds + seconds
      Companion.start { self.run(streams, helloUntil: deadline) }
    } catch {
      throw VantageError(.failed, host: host, Self.greeting, cause: "\(error)")
    }
  }

  var traffic: (received: Int, sent: Int) { state.withLock { ($0.received, $0.sent) } }

  /// Ends the conversation; every waiting caller gets an error.
  func close() {
    state.withLock { $0.isClosing = true }
    wake.wake()
  }

  /// Waits for the probe's first line.
  func hello() async throws -> ProbeHello {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<ProbeHello, any Error>? in
          if let hello = state.hello { return .success(hello) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if let end = state.questions.end { return .failure(greetingError(end.code, end.cause)) }
          state.helloWaiter = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.helloWaiter = nil }
        return state.helloWaiter
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Asks and waits for the answer, at most `seconds`.
  func ask(_ question: any Question, seconds: Double) async throws -> WireAnswer {
    let id = state.withLock { $0.questions.number() }
    let line: [UInt8]
    do {
      line = try WireRequest.ask(id: id, question).line
    } catch {
      throw VantageError(error, host: host, "\(question)")
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<WireAnswer, any Error>) in
        let item = OpenQuestions.Waiting(question: question, deadline: MonotonicClock.seconds + seconds) { outcome in
          continuation.resume(with: outcome)
        }
        let refusal = state.withLock { state -> (any Error)? in
          if Task.isCancelled { return CancellationError() }
          if line.count > limits.questionBytes {
            let cause = "the question has \(line.count) bytes; \(limits.questionBytes) are allowed"
            return state.questions.error(.tooLarge, question, cause)
          }
          if state.outgoing.count > 16 * limits.questionBytes {
            return state.questions.error(.busy, question, "the host does not read the questions")
          }
          if let refusal = state.questions.add(id, item) { return refusal }
          state.outgoing += line
          return nil
        }
        if let refusal { continuation.resume(throwing: refusal) } else { wake.wake() }
      }
    } onCancel: {
      withdraw(id)
    }
  }

  private func withdraw(_ id: UInt64) {
    let item = state.withLock { state in
      let item = state.questions.remove(id)
      // If the cancellation can't be sent, the probe answers for nothing.
      if item != nil, let line = try? WireRequest.cancel(id: id).line { state.outgoing += line }
      return item
    }
    guard let item else { return }
    wake.wake()
    item.resume(.failure(VantageError(.cancelled, host: host, "\(item.question)", cause: "cancelled")))
  }

  // MARK: The thread

  private func run(_ streams: ConversationBox, helloUntil deadline: Double) {
    var buffer = LineBuffer(limit: limits.answerBytes)
    /// Lines before the hello, such as those that a login prints.
    var before: [UInt8] = []
    do {
      while true {
        endOverdue()
        let (hasHello, isClosing, toWrite, next) = state.withLock {
          ($0.hello != nil, $0.isClosing, !$0.outgoing.isEmpty, $0.questions.nextDeadline)
        }
        let now = MonotonicClock.seconds
        if isClosing { return end(.disconnected, "the connection was closed") }
        if !hasHello, now >= deadline { return end(.slow, "the probe did not answer in time" + Self.quoted(before)) }
        let until = [next, hasHello ? nil : deadline].compactMap { $0 }.min()
        let ready = try streams.conversation.wait(
          toWrite: toWrite && hasHello, wake: wake, seconds: until.map { $0 - now })
        if ready.canWrite { try write(to: streams) }
        guard ready.canRead, let bytes = try streams.conversation.read() else { continue }
        if bytes.isEmpty {
          return end(
            .disconnected, (hasHello ? "the connection has ended" : "the probe does not answer") + Self.quoted(before))
        }
        state.withLock { $0.received += bytes.count }
        for line in buffer.add(bytes) {
          guard case .whole(let line) = line else {
            return end(.malformed, "a line of more than \(limits.answerBytes) bytes")
          }
          if let cause = take(line, &before) { return end(cause.0, cause.1) }
        }
      }
    } catch {
      end(.disconnected, "\(error)")
    }
  }

  private func write(to streams: ConversationBox) throws {
    let bytes = state.withLock { Array($0.outgoing.prefix(65536)) }
    let count = try streams.conversation.write(bytes[...])
    state.withLock { state in
      state.outgoing.removeFirst(count)
      state.sent += count
    }
  }

  /// Handles one line. Returns an error if the conversation can't continue.
  private func take(_ line: [UInt8], _ before: inout [UInt8]) -> (VantageError.Code, String)? {
    let reply = WireReply(parsing: line)
    if state.withLock({ $0.hello }) == nil {
      guard case .hello(let hello)? = reply else {
        before += line + [0x0A]
        return before.count > 65536 ? (.malformed, "the probe does not answer" + Self.quoted(before)) : nil
      }
      guard hello.version == WireProtocol.version else {
        let versions = "version \(hello.version) of the protocol, this program speaks \(WireProtocol.version)"
        return (.incompatible, "the probe speaks \(versions)")
      }
      let waiter = state.withLock { state in
        state.hello = hello
        defer { state.helloWaiter = nil }
        return state.helloWaiter
      }
      waiter?.resume(returning: hello)
      return nil
    }
    guard let reply else { return (.malformed, "a line is not an answer" + Self.quoted(line)) }
    let settled = state.withLock { state in
      let settled = state.questions.settle(reply)
      if settled == nil { state.unwanted += 1 }
      return settled
    }
    if let (item, outcome) = settled { item.resume(outcome) }
    return nil
  }

  private func endOverdue() {
    let overdue = state.withLock { state in
      let overdue = state.questions.overdue(at: MonotonicClock.seconds)
      // As above.
      for (id, _) in overdue { state.outgoing += (try? WireRequest.cancel(id: id).line) ?? [] }
      return overdue
    }
    for (_, item) in overdue {
      item.resume(.failure(VantageError(.slow, host: host, "\(item.question)", cause: "no answer in time")))
    }
  }

  private func end(_ code: VantageError.Code, _ cause: String) {
    let (settled, waiter) = state.withLock { state in
      defer { state.helloWaiter = nil }
      state.outgoing = []
      return (state.questions.close(code, cause), state.helloWaiter)
    }
    for (item, outcome) in settled { item.resume(outcome) }
    waiter?.resume(throwing: greetingError(code, cause))
  }

  private func greetingError(_ code: VantageError.Code, _ cause: String) -> VantageError {
    VantageError(code, host: host, Self.greeting, cause: cause)
  }

  /// The beginning of unexpected output, as text.
  private static func quoted(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline)
      .joined(separator: "; ")
    return text.isEmpty ? "" : ", only: \(text)"
  }
}

/// A conversation that a closure can capture. Only the thread that receives it uses it.
private final class ConversationBox: Sendable {
  let conversation: DuplexStream
  init(_ conversation: consuming DuplexStream) { self.conversation = conversation }
}

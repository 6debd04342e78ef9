package import Questions

package import Flows
package import JSON

/// One line from a caller.
package enum WireRequest {
  case ask(id: UInt64, any Question)
  /// The caller does not want the answer any more: `{"cancel":ID}`.
  case cancel(id: UInt64)

  /// The error with which an invalid line is answered.
  package struct Refusal: Error {
    package var id: UInt64?
    package var error: VantageError
  }

  package static func parse(_ line: [UInt8], host: String) throws(Refusal) -> WireRequest {
    let operation = "read a question"
    let message: JSONValue
    do {
      message = try JSONValue(parsing: line, depth: 8, count: Questions.processLimit * 2)
    } catch {
      throw Refusal(error: VantageError(.malformed, host: host, operation, cause: "\(error)"))
    }
    if case .unsigned(let id)? = message["cancel"] { return .cancel(id: id) }
    guard case .unsigned(let id)? = message["id"] else {
      throw Refusal(error: VantageError(.malformed, host: host, operation, cause: "it has no id"))
    }
    guard case .text(let name)? = message["ask"] else {
      throw Refusal(id: id, error: VantageError(.malformed, host: host, operation, cause: "it has no question"))
    }
    guard let type = Questions.named(name) else {
      let cause = "this probe does not know the question \(name.prefix(40))"
      throw Refusal(id: id, error: VantageError(.unsupported, host: host, operation, cause: cause))
    }
    do {
      let question = try Self.question(type, message)
      if let objection = question.objection {
        throw VantageError(.malformed, host: host, operation, cause: objection)
      }
      return .ask(id: id, question)
    } catch {
      throw Refusal(id: id, error: VantageError(error, host: host, operation))
    }
  }

  private static func question<Q: Question>(_ type: Q.Type, _ message: JSONValue) throws -> any Question {
    try message.decoded(as: type)
  }

  var line: [UInt8] {
    get throws {
      switch self {
      case .ask(let id, let question):
        var message = try question.wire
        if case .object(let members) = message { message = .object([JSONMember("id", .unsigned(id))] + members) }
        return message.line + [0x0A]
      case .cancel(let id): return JSONValue.object([JSONMember("cancel", .unsigned(id))]).line + [0x0A]
      }
    }
  }
}

/// An answer in the form in which it is sent.
package struct WireAnswer: Sendable {
  package var value: JSONValue
  package var evidence: [Evidence]

  package init(_ value: JSONValue, evidence: [Evidence] = []) {
    self.value = value
    self.evidence = evidence
  }

  package init<Q: Question>(_ told: Told<Q.Answer>, to question: Q) throws {
    var value = try JSONValue(encoding: told.value)
    switch Q.rows {
    case .member(let name): value = RepeatedParts.gather(name, in: value)
    case .whole(let name): value = RepeatedParts.gather(name, in: .object([JSONMember(name, value)]))
    case nil: break
    }
    self.init(value, evidence: told.evidence)
  }

  package func told<Q: Question>(to question: Q) throws -> Told<Q.Answer> {
    let value: JSONValue
    switch Q.rows {
    case .member(let name): value = RepeatedParts.spread(name, in: self.value)
    case .whole(let name): value = RepeatedParts.spread(name, in: self.value)[name] ?? .null
    case nil: value = self.value
    }
    return Told(try value.decoded(), evidence: evidence)
  }
}

/// One line from a probe.
package enum WireReply {
  case hello(ProbeHello)
  case answer(id: UInt64, WireAnswer)
  case refusal(id: UInt64?, code: VantageError.Code, operation: String, cause: String)

  private struct WireRefusal: Codable {
    var code: String
    var operation: String
    var cause: String
  }

  /// Nil for any other line.
  package init?(parsing line: [UInt8]) {
    // As documented: nil means that it is no message.
    guard let message = try? JSONValue(parsing: line, depth: 32) else { return nil }
    if let hello = message["hello"] {
      // As above.
      guard let hello = try? hello.decoded(as: ProbeHello.self) else { return nil }
      self = .hello(hello)
      return
    }
    var id: UInt64?
    if case .unsigned(let number)? = message["id"] { id = number }
    // A value that is no refusal is no answer either, below.
    if let error = message["error"], let refusal = try? error.decoded(as: WireRefusal.self) {
      self = .refusal(
        id: id, code: VantageError.Code(rawValue: refusal.code) ?? .failed, operation: refusal.operation,
        cause: refusal.cause)
    } else if let id, let answer = message["answer"] {
      // An older probe sends none; what cannot be read is no answer.
      guard let evidence = try? message["evidence"]?.decoded(as: [Evidence].self) ?? [] else { return nil }
      self = .answer(id: id, WireAnswer(answer, evidence: evidence))
    } else {
      return nil
    }
  }

  var line: [UInt8] {
    get throws {
      switch self {
      case .hello(let hello):
        JSONValue.object([JSONMember("hello", try JSONValue(encoding: hello))]).line + [0x0A]
      case .answer(let id, let answer):
        JSONValue.object(
          [JSONMember("id", .unsigned(id)), JSONMember("answer", answer.value)]
            + (answer.evidence.isEmpty
              ? [] : [JSONMember("evidence", try JSONValue(encoding: answer.evidence))])
        ).line + [0x0A]
      case .refusal(let id, let code, let operation, let cause):
        JSONValue.object([
          JSONMember("id", id.map(JSONValue.unsigned) ?? .null),
          JSONMember(
            "error", try JSONValue(encoding: WireRefusal(code: code.rawValue, operation: operation, cause: cause))),
        ]).line + [0x0A]
      }
    }
  }
}

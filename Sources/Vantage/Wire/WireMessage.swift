package import JSON

/// What a caller says in one line.
package enum WireRequest {
  case ask(id: UInt64, Question)
  /// The answer to a question is not wanted any more: `{"cancel":ID}`.
  case cancel(id: UInt64)

  /// A line that is none of these, as it is answered.
  package struct Refusal: Error {
    package var id: UInt64?
    package var error: VantageError
  }

  package static func parse(_ line: [UInt8], host: String) throws(Refusal) -> WireRequest {
    let operation = "read a question"
    let message: JSONValue
    do {
      message = try JSONValue(parsing: line, depth: 8, count: Question.processLimit * 2)
    } catch {
      throw Refusal(error: VantageError(.malformed, host: host, operation, cause: "\(error)"))
    }
    if case .unsigned(let id)? = message["cancel"] { return .cancel(id: id) }
    guard case .unsigned(let id)? = message["id"] else {
      throw Refusal(error: VantageError(.malformed, host: host, operation, cause: "it has no id"))
    }
    guard case .text(let name)? = message["ask"] else {
      throw Refusal(id: id, error: VantageError(.malformed, host: host, operation, cause: "it asks nothing"))
    }
    do {
      return .ask(id: id, try message.decoded(as: Question.self))
    } catch {
      var refusal = VantageError(error, host: host, operation)
      if Question.isUnknown(name) {
        refusal = VantageError(
          .unsupported, host: host, operation, cause: "this probe knows no question \(name.prefix(40))")
      }
      throw Refusal(id: id, error: refusal)
    }
  }

  var line: [UInt8] {
    get throws {
      switch self {
      case .ask(let id, let question):
        var message = JSONValue.object([JSONMember("id", .unsigned(id))])
        if case .object(let members) = try JSONValue(encoding: question) {
          for member in members { message.set(member.name, member.value) }
        }
        return message.line + [0x0A]
      case .cancel(let id): return JSONValue.object([JSONMember("cancel", .unsigned(id))]).line + [0x0A]
      }
    }
  }
}

/// What a probe says in one line.
package enum WireReply {
  case hello(ProbeHello)
  case answer(id: UInt64, JSONValue)
  case refusal(id: UInt64?, code: VantageError.Code, operation: String, cause: String)

  private struct Refusal: Codable {
    var code: String
    var operation: String
    var cause: String
  }

  /// Nil for a line that is nothing of this.
  package init?(parsing line: [UInt8]) {
    guard let message = try? JSONValue(parsing: line, depth: 32) else { return nil }
    if let hello = message["hello"] {
      guard let hello = try? hello.decoded(as: ProbeHello.self) else { return nil }
      self = .hello(hello)
      return
    }
    var id: UInt64?
    if case .unsigned(let number)? = message["id"] { id = number }
    if let error = message["error"], let refusal = try? error.decoded(as: Refusal.self) {
      self = .refusal(
        id: id, code: VantageError.Code(rawValue: refusal.code) ?? .failed, operation: refusal.operation,
        cause: refusal.cause)
    } else if let id, let answer = message["answer"] {
      self = .answer(id: id, answer)
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
        JSONValue.object([JSONMember("id", .unsigned(id)), JSONMember("answer", answer)]).line + [0x0A]
      case .refusal(let id, let code, let operation, let cause):
        JSONValue.object([
          JSONMember("id", id.map(JSONValue.unsigned) ?? .null),
          JSONMember(
            "error", try JSONValue(encoding: Refusal(code: code.rawValue, operation: operation, cause: cause))),
        ]).line + [0x0A]
      }
    }
  }
}

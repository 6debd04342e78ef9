/// One question to the management interface, as a value that takes received bytes and says what to send.
package struct OpenVPNConversation {
  package enum Action: Hashable { case wait, send([UInt8]), sendPassword, done }

  private enum State { case greeting, checkingPassword, answering }

  /// The answer so far, without the interface's unsolicited messages.
  package private(set) var answer: [UInt8] = []
  /// Whether anything was received. A second program that connects gets no greeting.
  package private(set) var isGreeted = false
  private var state = State.greeting
  private var line: [UInt8] = []
  private let operation: String
  private let hasPassword: Bool
  private let limit: Int
  private var received = 0

  package init(_ operation: String, hasPassword: Bool, limit: Int = 16 << 20) {
    self.operation = operation
    self.hasPassword = hasPassword
    self.limit = limit
  }

  /// Adds received bytes and returns what to do next. Throws if the interface refuses.
  package mutating func receive(_ bytes: [UInt8]) throws(OpenVPNError) -> Action {
    received += bytes.count
    guard received <= limit else { throw OpenVPNError(.excessive, operation, cause: "more than \(limit) bytes") }
    isGreeted = isGreeted || !bytes.isEmpty
    var action = Action.wait
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        line.append(byte)
        continue
      }
      if line.last == 13 { line.removeLast() }
      let next = try take(line)
      line = []
      if next == .done { return .done }
      if next != .wait { action = next }
    }
    // The prompt ends without a line's end.
    if state != .answering, line.elementsEqual("ENTER PASSWORD:".utf8) {
      line = []
      action = try askedForPassword()
    }
    return action
  }

  private mutating func askedForPassword() throws(OpenVPNError) -> Action {
    guard hasPassword else {
      throw OpenVPNError(.denied, operation, cause: "it asks for a password, and its configuration names none")
    }
    // It asks again: 2.6 reports a wrong password in no other way.
    guard state == .greeting else { throw wrongPassword }
    state = .checkingPassword
    return .sendPassword
  }

  private var wrongPassword: OpenVPNError {
    OpenVPNError(.own(.wrongPassword), operation)
  }

  private mutating func take(_ line: [UInt8]) throws(OpenVPNError) -> Action {
    switch state {
    case .greeting:
      if line.starts(with: "ENTER PASSWORD:".utf8) { return try askedForPassword() }
      if line.starts(with: ">INFO:".utf8) { return ask() }
    case .checkingPassword:
      if line.contains(subsequence: "SUCCESS: password".utf8) { return ask() }
      if line.contains(subsequence: "ERROR:".utf8) { throw wrongPassword }
      if line.starts(with: "ENTER PASSWORD:".utf8) { return try askedForPassword() }
    case .answering:
      // Reports such as `>LOG:` and `>BYTECOUNT_CLI:` come at any time, but never within a line.
      if line.first == UInt8(ascii: ">") { return .wait }
      if line.starts(with: "ERROR:".utf8) {
        throw OpenVPNError(.malformed, operation, cause: .said(Self.text(line)))
      }
      if line.starts(with: "SUCCESS:".utf8) { return .wait }
      answer += line + [UInt8(ascii: "\n")]
      if line.elementsEqual("END".utf8) { return .done }
    }
    return .wait
  }

  private mutating func ask() -> Action {
    state = .answering
    return .send(Array("status 3\n".utf8))
  }

  private static func text(_ line: [UInt8]) -> String { String(decoding: line.prefix(200), as: UTF8.self) }
}

extension [UInt8] {
  fileprivate func contains(subsequence wanted: String.UTF8View) -> Bool {
    guard count >= wanted.count else { return false }
    return (0...count - wanted.count).contains { self[$0...].starts(with: wanted) }
  }
}

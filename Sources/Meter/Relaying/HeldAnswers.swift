/// What a thread received on made connections and has not sent on yet, by the connection that it came in on.
///
/// What a relay does not send on is forgotten after a while: an answer that it changes, or whose client has gone.
struct HeldAnswers {
  private struct Part {
    let socket: Int
    var bytes: Int
    var since: UInt64
  }
  private var parts: [Part] = []
  /// Until when there is more than is kept here.
  private var isFullUntil: UInt64 = 0

  /// More connections are not told apart.
  private static let limit = 64

  mutating func add(_ bytes: Int, from socket: Int, at now: UInt64) {
    parts.removeAll { $0.since + CausalPairing.patience < now }
    if let index = parts.firstIndex(where: { $0.socket == socket }) {
      parts[index].bytes += bytes
      parts[index].since = now
    } else if parts.count < Self.limit {
      parts.append(Part(socket: socket, bytes: bytes, since: now))
    } else {
      isFullUntil = now + CausalPairing.patience
    }
  }

  /// What is held of `socket`, if nothing of any other is.
  func only(of socket: Int, at now: UInt64) -> Int? {
    guard isFullUntil < now else { return nil }
    var found: Int?
    for part in parts where part.since + CausalPairing.patience >= now {
      guard part.socket == socket else { return nil }
      found = part.bytes
    }
    return found
  }

  /// So much of what came in on `socket` has gone out; false if nothing of it is held.
  @discardableResult
  mutating func take(_ bytes: Int, of socket: Int) -> Bool {
    guard let index = parts.firstIndex(where: { $0.socket == socket }) else { return false }
    parts[index].bytes -= bytes
    if parts[index].bytes <= 0 { parts.remove(at: index) }
    return true
  }

  /// The same for what is the only one of this length; a relay's own word is none of what it holds.
  mutating func takeWhole(_ bytes: Int) {
    let fitting = parts.indices.filter { parts[$0].bytes == bytes }
    if fitting.count == 1 { parts.remove(at: fitting[0]) }
  }
}

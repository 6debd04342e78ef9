// What a process sends to a server although nobody asked it to.
extension CausalPairing {
  /// A relay sends on what it has read within this time, in nanoseconds.
  private static let promptness: UInt64 = 100_000_000
  /// So long after the first event of a process what it read before it was watched may still be what it works on.
  private static let beginning: UInt64 = 500_000_000

  /// A made connection on which the process mostly sends while no client waits, or long after any client has sent something.
  struct Initiative: Hashable {
    var process: UInt32
    var outbound: UInt64
    /// How many of its sends were like that.
    var sends: Int
  }

  mutating func countPrompts(of socket: Int) {
    let process = processes[sockets[socket].process]
    guard !process.isTainted, now > process.since + Self.beginning else { return }
    sockets[socket].sends += 1
    if process.asking == 0 || process.heard + Self.promptness < now { sockets[socket].unpromptedSends += 1 }
  }

  /// The connections that serve nobody as far as the order of events shows. Bytes that are the same on another connection
  /// are a coincidence then.
  func initiatives() -> [Initiative] {
    sockets.compactMap { socket in
      let (sends, own) = (socket.sends, socket.unpromptedSends)
      guard socket.isOutbound, own >= 2, own * 2 > sends else { return nil }
      return Initiative(process: processes[socket.process].number, outbound: socket.cookie, sends: own)
    }
  }
}

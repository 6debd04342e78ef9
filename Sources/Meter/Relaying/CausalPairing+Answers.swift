// The answer's way back, which must confirm what the request's way suggested.
extension CausalPairing {
  /// Recognises an answer: what was just received on a made connection goes out on an accepted one with the same
  /// length, and the thread holds nothing else that it could be. Then it is that connection's answer, and any other
  /// presumed cause was wrong.
  mutating func passOn(_ bytes: Int, to socket: Int, _ thread: Int) {
    guard !isGreeting(socket) else { return }
    let source = threads[thread].lastRead
    let isAtOnce =
      threads[thread].previous == .received && source >= 0 && threads[thread].previousSocket == source
      && sockets[source].isOutbound
    let held = isAtOnce ? threads[thread].held.only(of: source, at: now) : nil
    letGo(bytes, to: socket, thread, isAtOnce ? source : nil)
    guard isAtOnce, held == bytes else { return }
    let exchange = sockets[source].exchange
    guard exchange >= 0, exchanges[exchange].hasSent else { return }
    if let known = exchanges[exchange].votes[.answer] {
      if known != socket { exchanges[exchange].refuted.insert(.answer) }
      return
    }
    // The answer's beginning decides; what follows it does not matter.
    guard sockets[socket].isAsking else { return }
    for order in RelayOrder.allCases {
      if let cause = exchanges[exchange].votes[order], cause != socket { exchanges[exchange].refuted.insert(order) }
    }
    guard sockets[socket].asked > 0, UInt64(sockets[socket].asked) == exchanges[exchange].bytesOut else { return }
    exchanges[exchange].votes[.answer] = socket
    exchanges[exchange].serials[.answer] = sockets[socket].serial
    // A relay's own request began before any client's request.
    if sockets[socket].askedSince <= exchanges[exchange].begin { exchanges[exchange].wasAsking.insert(.answer) }
    exchanges[exchange].confirmed.insert(.answer)
  }

  /// Takes what goes out from what the thread holds: the answer that it has just received, the rest of one that is on its way,
  /// or one that is as long. The relay's own words are none of these.
  private mutating func letGo(_ bytes: Int, to socket: Int, _ thread: Int, _ source: Int?) {
    let passing = threads[thread].passing
    if let source {
      threads[thread].held.take(bytes, of: source)
      threads[thread].passing = (source, socket)
    } else if passing.to == socket, threads[thread].held.take(bytes, of: passing.from) {
      return
    } else {
      threads[thread].passing = (-1, -1)
      threads[thread].held.takeWhole(bytes)
    }
  }

  /// - Parameter source: the socket on which the bytes were received into the buffer that is sent now.
  mutating func reply(_ socket: Int, _ thread: Int, _ source: Int?) {
    let (previous, isSame) = (threads[thread].previous, threads[thread].previousSocket == socket)
    threads[thread].queue.remove(socket)
    threads[thread].stack.remove(socket)
    // `200 Connection established`: the relay's own message on a connection that has moved nothing yet. Its request
    // continues with what the client sends next.
    if isGreeting(socket) {
      threads[thread].previous = .replied
      return
    }
    if sockets[socket].isAsking {
      sockets[socket].isAsking = false
      processes[sockets[socket].process].asking -= 1
    }
    // A handshake, or an answer by the relay itself.
    guard !(isSame && (previous == .received || previous == .replied)) else {
      threads[thread].previous = .replied
      return
    }
    threads[thread].previous = .sent
    sockets[socket].replied = now
    // The answer continues.
    if isSame && previous == .sent { return }
    if sockets[socket].serial == 0 { processes[sockets[socket].process].unseen += 1 }
    let open = sockets[socket].open
    guard !open.isEmpty else { return }
    for order in RelayOrder.allCases {
      var isExplained = false
      for exchange in open where exchanges[exchange].votes[order] == socket {
        guard !exchanges[exchange].confirmed.contains(order), !isVoid(exchange) else { continue }
        if exchanges[exchange].serials[order] != sockets[socket].serial {
          // The answer belonged to an earlier request.
          if exchanges[exchange].answered != 0 { exchanges[exchange].refuted.insert(order) }
        } else if order == .buffer {
          if exchanges[exchange].outbound == source {
            exchanges[exchange].confirmed.insert(order)
          } else {
            exchanges[exchange].refuted.insert(order)
          }
        } else if exchanges[exchange].answered == 0 {
          // A word to the client that a connection was just made for, before anything was sent on it, says nothing of that.
          let isUnused = exchanges[exchange].isFirst && !exchanges[exchange].hasSent
          if order != .last || !isUnused { exchanges[exchange].refuted.insert(order) }
        } else if !isExplained, exchanges[exchange].answerThread == thread {
          exchanges[exchange].confirmed.insert(order)
          isExplained = true
        }
      }
    }
    sockets[socket].open = open.filter { !isVoid($0) && !isDecided($0, for: socket) }
  }

  /// Whether no answer to any request of this accepted connection can have arrived yet, and one of its requests has
  /// opened a connection on which nothing was sent so far.
  private func isGreeting(_ socket: Int) -> Bool {
    var isConnecting = false
    for exchange in sockets[socket].open where !isVoid(exchange) {
      if exchanges[exchange].answered != 0 { return false }
      if exchanges[exchange].isFirst, !exchanges[exchange].hasSent { isConnecting = true }
    }
    return isConnecting
  }

  /// The socket on which exactly these bytes were received; nil if that can't be determined.
  mutating func takeBuffer(_ event: RelayEvent, _ bytes: Int, _ process: Int) -> Int? {
    guard event.buffer != 0, let filled = processes[process].buffers.removeValue(forKey: event.buffer) else {
      return nil
    }
    return filled.bytes == bytes ? filled.socket : nil
  }

  /// Whether the made connection ended without an answer. A failed connect says nothing about an order.
  private func isVoid(_ exchange: Int) -> Bool {
    exchanges[exchange].answered == 0 && sockets[exchanges[exchange].outbound].isClosed
  }

  /// Whether nothing that `socket` may still send can say more about this exchange.
  private func isDecided(_ exchange: Int, for socket: Int) -> Bool {
    let exchange = exchanges[exchange]
    return RelayOrder.allCases.allSatisfy {
      exchange.votes[$0] != socket || exchange.confirmed.contains($0) || exchange.refuted.contains($0)
    }
  }

  /// Counts against an order that its answer arrived and never went out where the order says it should.
  mutating func refuteUndecided(_ exchange: Int, for socket: Int? = nil) {
    guard exchanges[exchange].answered != 0 else { return }
    for order in RelayOrder.allCases where !exchanges[exchange].confirmed.contains(order) {
      guard let cause = exchanges[exchange].votes[order], !sockets[cause].isClosed,
        socket == nil || cause == socket
      else { continue }
      exchanges[exchange].refuted.insert(order)
    }
  }

  /// After this many nanoseconds, received data must have been sent on.
  static let patience: UInt64 = 1_000_000_000

  /// Decides everything that later events can't change.
  mutating func settle() {
    for index in exchanges.indices where exchanges[index].answered != 0 {
      if exchanges[index].answered + Self.patience < now { refuteUndecided(index) }
    }
  }
}

/// Finds out which accepted connection of a relay each of its made connections served, from the order of its threads'
/// actions.
///
/// It is pure: events go in, links come out at the end. Nothing is claimed from the request's direction alone. For each
/// of several orders in which a program may work (`RelayOrder`), the cause of an exchange is presumed when the exchange
/// begins. The answer must confirm it: received on the made connection, it is next sent on that accepted connection by
/// the same thread. The reliability of an order for a program is counted over all its exchanges, and only then each
/// exchange is decided (docs/decisions/0006).
struct CausalPairing {
  var sockets: [RelayedSocket] = []
  var processes: [RelayProcess] = []
  var threads: [RelayThread] = []
  var exchanges: [RelayExchange] = []
  /// How many exchanges and sockets were not followed because there were too many.
  private(set) var dropped = 0
  /// The time of the last event.
  private(set) var now: UInt64 = 0

  private var socketIndices: [UInt64: Int] = [:]
  private var processIndices: [UInt32: Int] = [:]
  private var threadIndices: [UInt64: Int] = [:]
  private let limit: Int

  /// - Parameter limit: how many exchanges (about 130 bytes each) are kept at most; twice as many sockets are kept.
  init(limit: Int = 1_000_000) { self.limit = limit }

  mutating func add(_ event: RelayEvent) {
    now = max(now, event.time)
    let process = index(ofProcess: event)
    guard event.kind != .close else { return close(event) }
    guard event.thread != 0 else { return }
    let thread = index(ofThread: event.thread, process: event.process)
    if event.kind == .other {
      threads[thread].lastRead = -1
      threads[thread].previous = .none
      return
    }
    guard let socket = index(ofSocket: event, process: process, thread: thread) else { return }
    switch event.kind {
    case .receive(let bytes) where bytes > 0: receive(bytes, socket, thread, event.buffer)
    case .receive: endOfStream(socket, thread)
    case .receiveInVain:
      if !sockets[socket].isOutbound { threads[thread].lastRead = socket }
      threads[thread].previous = .receivedInVain
    case .send(let bytes):
      if sockets[socket].isOutbound {
        ask(socket, thread, bytes: bytes, event)
      } else {
        passOn(bytes, to: socket, thread)
        reply(socket, thread, takeBuffer(event, bytes, process))
      }
    case .connect: ask(socket, thread, bytes: nil, event)
    case .close, .other: break
    }
    threads[thread].previousSocket = socket
  }

  // MARK: reading

  private mutating func receive(_ bytes: Int, _ socket: Int, _ thread: Int, _ buffer: UInt64) {
    let before = threads[thread].previous
    if before == .sent || before == .connected || before == .replied { threads[thread].turns += 1 }
    if buffer != 0 {
      let process = sockets[socket].process
      if processes[process].buffers.count >= 65536 { processes[process].buffers = [:] }
      processes[process].buffers[buffer] = (socket, bytes)
    }
    threads[thread].lastRead = socket
    threads[thread].previous = .received
    if sockets[socket].isOutbound {
      threads[thread].held.add(bytes, from: socket, at: now)
      let exchange = sockets[socket].exchange
      guard exchange >= 0 else { return }
      exchanges[exchange].bytesIn += UInt64(max(bytes, 0))
      if exchanges[exchange].answered == 0 {
        exchanges[exchange].answered = now
        exchanges[exchange].answerThread = thread
      }
      return
    }
    processes[sockets[socket].process].heard = now
    threads[thread].queue.append(socket)
    threads[thread].stack.remove(socket)
    threads[thread].stack.append(socket)
    if !sockets[socket].isAsking {
      sockets[socket].isAsking = true
      sockets[socket].askedSince = now
      sockets[socket].serial += 1
      sockets[socket].asked = 0
      processes[sockets[socket].process].asking += 1
    }
    sockets[socket].asked += bytes
  }

  private mutating func endOfStream(_ socket: Int, _ thread: Int) {
    if threads[thread].lastRead != socket { threads[thread].lastRead = -1 }
    threads[thread].previous = .receivedInVain
  }

  // MARK: the request's way

  /// Handles a connect (`bytes` is nil) or a send on a made connection.
  private mutating func ask(_ socket: Int, _ thread: Int, bytes: Int?, _ event: RelayEvent) {
    if bytes != nil { countPrompts(of: socket) }
    let source = bytes.flatMap { takeBuffer(event, $0, sockets[socket].process) }
    let isAdjacent =
      threads[thread].previous == .received && threads[thread].lastRead >= 0
      && threads[thread].previousSocket == threads[thread].lastRead
      && !sockets[threads[thread].lastRead].isOutbound
    let current = sockets[socket].exchange
    if bytes == nil || current < 0 || exchanges[current].answered != 0 {
      begin(socket, thread, isFirst: bytes == nil, time: event.time)
    } else if !exchanges[current].hasSent, exchanges[current].isFirst, isAdjacent {
      vote(.firstSend, threads[thread].lastRead, current)
    }
    let exchange = sockets[socket].exchange
    if exchange >= 0 {
      if let source, !exchanges[exchange].hasSent, !sockets[source].isOutbound { vote(.buffer, source, exchange) }
      // Reads for the request that continues now do not wait any more.
      if let cause = exchanges[exchange].votes[.queue] { threads[thread].queue.remove(cause) }
      if let cause = exchanges[exchange].votes[.stack] { threads[thread].stack.remove(cause) }
      if let bytes {
        exchanges[exchange].bytesOut += UInt64(max(bytes, 0))
        exchanges[exchange].hasSent = true
      }
    }
    threads[thread].previous = bytes == nil ? .connected : .sent
  }

  private mutating func begin(_ socket: Int, _ thread: Int, isFirst: Bool, time: UInt64) {
    let previous = sockets[socket].exchange
    if previous >= 0 { refuteUndecided(previous) }
    guard exchanges.count < limit else {
      sockets[socket].exchange = -1
      dropped += 1
      return
    }
    let process = sockets[socket].process
    let index = exchanges.count
    sockets[socket].exchange = index
    exchanges.append(
      RelayExchange(
        outbound: socket, thread: thread, begin: time, isFirst: isFirst, waiting: Int32(processes[process].asking),
        isEarly: threads[thread].turns < 2 && time < processes[process].since + Self.patience,
        isTainted: processes[process].isTainted))
    let last = threads[thread].lastRead
    if last >= 0, !sockets[last].isOutbound { vote(.last, last, index) }
    if let cause = threads[thread].queue.popFirst() { vote(.queue, cause, index) }
    if let cause = threads[thread].stack.popLast() { vote(.stack, cause, index) }
  }

  private mutating func vote(_ order: RelayOrder, _ cause: Int, _ exchange: Int) {
    if !exchanges[exchange].votes.contains(cause) { sockets[cause].open.append(exchange) }
    exchanges[exchange].votes[order] = cause
    // If everything it asked is answered (such as a TLS handshake), the new connection is for its next request.
    let isForNext = exchanges[exchange].isFirst && !exchanges[exchange].hasSent && !sockets[cause].isAsking
    exchanges[exchange].serials[order] = sockets[cause].serial + (isForNext && order != .buffer ? 1 : 0)
    if sockets[cause].isAsking { exchanges[exchange].wasAsking.insert(order) }
  }

  // MARK: the rest

  private mutating func close(_ event: RelayEvent) {
    guard let socket = socketIndices.removeValue(forKey: event.socket) else { return }
    let thread = sockets[socket].thread
    // All answers on this connection have been sent, so other exchanges were not for it.
    for exchange in sockets[socket].open where sockets[socket].replied > exchanges[exchange].begin {
      refuteUndecided(exchange, for: socket)
    }
    sockets[socket].isClosed = true
    sockets[socket].open = []
    if sockets[socket].isAsking {
      sockets[socket].isAsking = false
      processes[sockets[socket].process].asking -= 1
    }
    threads[thread].queue.remove(socket)
    threads[thread].stack.remove(socket)
    if threads[thread].lastRead == socket { threads[thread].lastRead = -1 }
    // A connect failed and the thread gives it up; its next action is for the same request.
    let exchange = sockets[socket].exchange
    if exchange >= 0, event.thread != 0, !exchanges[exchange].hasSent, exchanges[exchange].answered == 0,
      let cause = exchanges[exchange].votes[.last], !sockets[cause].isClosed
    {
      threads[thread].lastRead = cause
      threads[thread].previous = .none
    }
  }

  private mutating func index(ofProcess event: RelayEvent) -> Int {
    if let known = processIndices[event.process] {
      if processes[known].lost != event.lost {
        processes[known].lost = event.lost
        processes[known].isTainted = true
        for index in exchanges.indices.reversed() where sockets[exchanges[index].outbound].process == known {
          // Exchanges that were decided before stay decided.
          if exchanges[index].confirmed.isEmpty { exchanges[index].isTainted = true }
          if exchanges.count - index > 10_000 { break }
        }
      }
      return known
    }
    processIndices[event.process] = processes.count
    processes.append(
      RelayProcess(number: event.process, lost: event.lost, isTainted: event.lost != 0, since: event.time))
    return processes.count - 1
  }

  private mutating func index(ofThread thread: UInt32, process: UInt32) -> Int {
    let key = UInt64(process) << 32 | UInt64(thread)
    if let known = threadIndices[key] { return known }
    threadIndices[key] = threads.count
    threads.append(RelayThread())
    return threads.count - 1
  }

  private mutating func index(ofSocket event: RelayEvent, process: Int, thread: Int) -> Int? {
    if let known = socketIndices[event.socket] {
      sockets[known].thread = thread
      return known
    }
    guard sockets.count < 2 * limit else {
      dropped += 1
      processes[process].isTainted = true
      return nil
    }
    socketIndices[event.socket] = sockets.count
    sockets.append(RelayedSocket(cookie: event.socket, process: process, isOutbound: event.isOutbound, thread: thread))
    return sockets.count - 1
  }
}

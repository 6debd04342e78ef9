/// Finds which accepted connection of a relay each connection that it made served, from the order of what its threads
/// did.
///
/// Pure: events go in, links come out at the end. Nothing is claimed on the request's way alone: for each of several
/// orders in which a program may work (`RelayOrder`), the cause of an exchange is named when it begins, and the answer has
/// to bear that out: received on the made connection, it is next sent on that accepted one, by the same thread. What
/// an order is worth for a program is counted from all its exchanges, and only then is an exchange decided
/// (docs/decisions/0006).
struct CausalPairing {
  struct Socket {
    let cookie: UInt64
    let process: Int
    let isOutbound: Bool
    /// Of a made connection: what it is used for now, as an index into `exchanges`; -1: nothing.
    var exchange = -1
    /// Of an accepted one: exchanges that may be its own and are not decided yet.
    var open: [Int] = []
    /// Data came in that was not answered yet.
    var isAsking = false
    /// Requests until now.
    var serial = 0
    /// When it was answered last.
    var replied: UInt64 = 0
    /// Which used it last.
    var thread: Int
    var isClosed = false
  }

  struct Process {
    let number: UInt32
    var lost: UInt32
    var isTainted = false
    /// The time of its first event.
    let since: UInt64
    /// Accepted connections that wait for an answer.
    var asking = 0
    /// Answers to requests that were not seen.
    var unseen = 0
    /// What was last received into a buffer, and not sent on from there.
    var buffers: [UInt64: (socket: Int, bytes: Int)] = [:]
  }

  struct Thread {
    /// What it did last, and with which socket.
    var previous: Activity = .none
    var previousSocket = -1
    /// What it received on last; -1: something that is no cause.
    var lastRead = -1
    /// How often it went back to reading after it had written.
    var turns = 0
    /// Reads without an effect, for each order that needs them.
    var queue = WaitingSockets()
    var stack = WaitingSockets()
  }

  enum Activity { case none, received, receivedInVain, replied, sent, connected }

  private(set) var sockets: [Socket] = []
  private(set) var processes: [Process] = []
  private(set) var threads: [Thread] = []
  private(set) var exchanges: [RelayExchange] = []
  /// Exchanges and sockets that were not followed because there were too many.
  private(set) var dropped = 0
  /// The last event's time.
  private(set) var now: UInt64 = 0

  private var socketIndices: [UInt64: Int] = [:]
  private var processIndices: [UInt32: Int] = [:]
  private var threadIndices: [UInt64: Int] = [:]
  private let limit: Int

  /// At most `limit` exchanges (about 130 bytes each) and twice as many sockets are kept.
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
      let exchange = sockets[socket].exchange
      guard exchange >= 0 else { return }
      exchanges[exchange].bytesIn += UInt64(bytes)
      if exchanges[exchange].answered == 0 {
        exchanges[exchange].answered = now
        exchanges[exchange].answerThread = thread
      }
      return
    }
    threads[thread].queue.append(socket)
    threads[thread].stack.remove(socket)
    threads[thread].stack.append(socket)
    if !sockets[socket].isAsking {
      sockets[socket].isAsking = true
      sockets[socket].serial += 1
      processes[sockets[socket].process].asking += 1
    }
  }

  private mutating func endOfStream(_ socket: Int, _ thread: Int) {
    if threads[thread].lastRead != socket { threads[thread].lastRead = -1 }
    threads[thread].previous = .receivedInVain
  }

  // MARK: the request's way

  /// A connect (`bytes` nil) or a send on a made connection.
  private mutating func ask(_ socket: Int, _ thread: Int, bytes: Int?, _ event: RelayEvent) {
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
      // What was read for a request that goes on waits no more.
      if let cause = exchanges[exchange].votes[.queue] { threads[thread].queue.remove(cause) }
      if let cause = exchanges[exchange].votes[.stack] { threads[thread].stack.remove(cause) }
      if let bytes {
        exchanges[exchange].bytesOut += UInt64(bytes)
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
    exchanges[exchange].serials[order] = sockets[cause].serial
    if sockets[cause].isAsking { exchanges[exchange].wasAsking.insert(order) }
  }

  // MARK: the answer's way

  /// `source` is what was received into the buffer that is sent now.
  private mutating func reply(_ socket: Int, _ thread: Int, _ source: Int?) {
    let (previous, isSame) = (threads[thread].previous, threads[thread].previousSocket == socket)
    threads[thread].queue.remove(socket)
    threads[thread].stack.remove(socket)
    if sockets[socket].isAsking {
      sockets[socket].isAsking = false
      processes[sockets[socket].process].asking -= 1
    }
    // A handshake, or an answer of the relay's own.
    guard !(isSame && (previous == .received || previous == .replied)) else {
      threads[thread].previous = .replied
      return
    }
    threads[thread].previous = .sent
    sockets[socket].replied = now
    // The answer goes on.
    if isSame && previous == .sent { return }
    if sockets[socket].serial == 0 { processes[sockets[socket].process].unseen += 1 }
    let open = sockets[socket].open
    guard !open.isEmpty else { return }
    for order in RelayOrder.allCases {
      var isExplained = false
      for exchange in open where exchanges[exchange].votes[order] == socket {
        guard !exchanges[exchange].confirmed.contains(order), !isVoid(exchange) else { continue }
        if exchanges[exchange].serials[order] != sockets[socket].serial {
          // That was an earlier request.
          if exchanges[exchange].answered != 0 { exchanges[exchange].refuted.insert(order) }
        } else if order == .buffer {
          if exchanges[exchange].outbound == source {
            exchanges[exchange].confirmed.insert(order)
          } else {
            exchanges[exchange].refuted.insert(order)
          }
        } else if exchanges[exchange].answered == 0 {
          exchanges[exchange].refuted.insert(order)
        } else if !isExplained, exchanges[exchange].answerThread == thread {
          exchanges[exchange].confirmed.insert(order)
          isExplained = true
        }
      }
    }
    sockets[socket].open = open.filter { !isVoid($0) && !isDecided($0, for: socket) }
  }

  /// The socket that these very bytes were received on, if that can be said.
  private mutating func takeBuffer(_ event: RelayEvent, _ bytes: Int, _ process: Int) -> Int? {
    guard event.buffer != 0, let filled = processes[process].buffers.removeValue(forKey: event.buffer) else {
      return nil
    }
    return filled.bytes == bytes ? filled.socket : nil
  }

  /// Whether the made connection ended without an answer: a connect that failed says nothing of any order.
  private func isVoid(_ exchange: Int) -> Bool {
    exchanges[exchange].answered == 0 && sockets[exchanges[exchange].outbound].isClosed
  }

  /// Whether nothing that `socket` still sends can say more of this exchange.
  private func isDecided(_ exchange: Int, for socket: Int) -> Bool {
    let exchange = exchanges[exchange]
    return RelayOrder.allCases.allSatisfy {
      exchange.votes[$0] != socket || exchange.confirmed.contains($0) || exchange.refuted.contains($0)
    }
  }

  /// An answer that came in and never went out where an order says it should.
  private mutating func refuteUndecided(_ exchange: Int, for socket: Int? = nil) {
    guard exchanges[exchange].answered != 0 else { return }
    for order in RelayOrder.allCases where !exchanges[exchange].confirmed.contains(order) {
      guard let cause = exchanges[exchange].votes[order], !sockets[cause].isClosed,
        socket == nil || cause == socket
      else { continue }
      exchanges[exchange].refuted.insert(order)
    }
  }

  /// What came in this many nanoseconds ago must have gone out by now.
  static let patience: UInt64 = 1_000_000_000

  /// Decides what the future can't any more.
  mutating func settle() {
    for index in exchanges.indices where exchanges[index].answered != 0 {
      if exchanges[index].answered + Self.patience < now { refuteUndecided(index) }
    }
  }

  // MARK: the rest

  private mutating func close(_ event: RelayEvent) {
    guard let socket = socketIndices.removeValue(forKey: event.socket) else { return }
    let thread = sockets[socket].thread
    // Its answers are all out: others were not for it.
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
    // A connect failed, and the thread gives it up: what it does next is for the same request.
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
          // Those that were decided before stay.
          if exchanges[index].confirmed.isEmpty { exchanges[index].isTainted = true }
          if exchanges.count - index > 10_000 { break }
        }
      }
      return known
    }
    processIndices[event.process] = processes.count
    processes.append(Process(number: event.process, lost: event.lost, isTainted: event.lost != 0, since: event.time))
    return processes.count - 1
  }

  private mutating func index(ofThread thread: UInt32, process: UInt32) -> Int {
    let key = UInt64(process) << 32 | UInt64(thread)
    if let known = threadIndices[key] { return known }
    threadIndices[key] = threads.count
    threads.append(Thread())
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
    sockets.append(Socket(cookie: event.socket, process: process, isOutbound: event.isOutbound, thread: thread))
    return sockets.count - 1
  }
}

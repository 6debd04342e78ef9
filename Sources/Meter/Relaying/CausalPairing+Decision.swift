extension CausalPairing {
  /// The result of pairing: each made connection with each accepted one that it certainly served, and the rest.
  struct Pair: Hashable {
    var process: UInt32
    /// The accepted connection; nil if it is not known.
    var inbound: UInt64?
    var outbound: UInt64
    var exchanges = 0
    /// Payload bytes that the relay sent to the server and received from it in these exchanges.
    var bytesOut: UInt64 = 0
    var bytesIn: UInt64 = 0
    /// How many accepted connections are possible; 1 if it is certain.
    var candidates: Int
  }

  /// Exchanges of one program with one server that began in the same way. An order holds for all of them or for none.
  private struct Group: Hashable {
    let process: Int
    let destination: Int
    let isFirst: Bool
  }

  /// How often an order was confirmed and refuted, and how often it was confirmed when another order said otherwise and
  /// was refuted.
  struct Record {
    fileprivate var confirmed = [Int](repeating: 0, count: RelayOrder.allCases.count)
    fileprivate var refuted = [Int](repeating: 0, count: RelayOrder.allCases.count)
    fileprivate var wins = [Int](repeating: 0, count: RelayOrder.allCases.count * RelayOrder.allCases.count)

    fileprivate func trusts(_ order: RelayOrder) -> Bool {
      let (right, wrong) = (confirmed[order.rawValue], refuted[order.rawValue])
      return right > 0 && (right + wrong < 50 ? wrong == 0 : wrong * 50 <= right)
    }
    fileprivate func beats(_ order: RelayOrder, _ other: RelayOrder) -> Bool {
      let won = wins[order.rawValue * RelayOrder.allCases.count + other.rawValue]
      let lost = wins[other.rawValue * RelayOrder.allCases.count + order.rawValue]
      if won >= 8 { return lost * 100 <= won }
      // Few exchanges decide where the one order was never wrong, and the other often.
      return won >= 3 && lost == 0 && confirmed[order.rawValue] >= 100 && refuted[order.rawValue] == 0 && !trusts(other)
    }
  }

  /// A rank in a queue is not trusted for this many exchanges before and after one that went wrong.
  private static let vicinity = 16

  /// All pairs so far.
  ///
  /// - Parameter destination: a number that is equal for sockets that lead to the same server.
  mutating func pairs(destination: (UInt64) -> Int = { _ in 0 }) -> [Pair] {
    settle()
    let groups = exchanges.map { exchange in
      let socket = sockets[exchange.outbound]
      return Group(process: socket.process, destination: destination(socket.cookie), isFirst: exchange.isFirst)
    }
    let records = records(of: groups)
    let doubtful = doubtful()
    var claims = exchanges.indices.map { claim($0, records[groups[$0]] ?? Record(), isDoubtful: doubtful[$0]) }
    withdrawDoubles(&claims)
    withdrawStrays(&claims, groups, of: { exchange, _ in exchange.outbound }, with: { _, cause in cause })
    withdrawStrays(&claims, groups, of: { _, cause in cause }, with: { exchange, _ in exchange.outbound })
    return collect(claims)
  }

  private func records(of groups: [Group]) -> [Group: Record] {
    var records: [Group: Record] = [:]
    for (exchange, group) in zip(exchanges, groups) where !exchange.isTainted {
      records[group, default: Record()].count(exchange)
    }
    return records
  }

  /// For each exchange, the orders whose rank may have slipped, because another exchange near it by the same thread
  /// went wrong.
  private func doubtful() -> [RelayOrders] {
    var doubtful = [RelayOrders](repeating: [], count: exchanges.count)
    var byThread = [[Int]](repeating: [], count: threads.count)
    for index in exchanges.indices { byThread[exchanges[index].thread].append(index) }
    for order in [RelayOrder.queue, .stack] {
      for list in byThread {
        for (place, index) in list.enumerated() where exchanges[index].refuted.contains(order) {
          for near in list[max(0, place - Self.vicinity)..<min(list.count, place + Self.vicinity + 1)] {
            doubtful[near].insert(order)
          }
        }
      }
    }
    return doubtful
  }

  /// The order to trust for an exchange; nil if there is none.
  private func claim(_ index: Int, _ record: Record, isDoubtful: RelayOrders) -> RelayOrder? {
    let exchange = exchanges[index]
    guard !exchange.isTainted else { return nil }
    let confirmed = RelayOrder.allCases.filter {
      exchange.confirmed.contains($0) && !exchange.refuted.contains($0) && !isDoubtful.contains($0)
    }
    guard let some = confirmed.first else { return nil }
    // The first requests may have been read before the process was watched.
    if exchange.isEarly, processes[sockets[exchange.outbound].process].unseen > 0 {
      let known = confirmed.filter { $0 != .queue && $0 != .stack && record.confirmed[$0.rawValue] >= 10 }
      return known.first { record.trusts($0) }
    }
    let agree = confirmed.allSatisfy { exchange.votes[$0] == exchange.votes[some] }
    // There is no other connection that it could have been for.
    if agree, exchange.waiting <= 1, exchange.wasAsking.contains(some) { return some }
    // An order that disagrees must be known to be worse, even if this exchange alone refutes it.
    return confirmed.first { order in
      record.trusts(order)
        && RelayOrder.allCases.allSatisfy {
          exchange.votes[$0] == nil || exchange.votes[$0] == exchange.votes[order] || record.beats(order, $0)
        }
    }
  }

  /// Withdraws claims that contradict each other: a request has one exchange at a time, so two exchanges with the same
  /// rank can't both be right.
  private func withdrawDoubles(_ claims: inout [RelayOrder?]) {
    struct Request: Hashable { let socket, serial: Int }
    var first: [Request: Int] = [:]
    for index in exchanges.indices {
      guard let order = claims[index], order == .queue || order == .stack, let cause = exchanges[index].votes[order],
        let serial = exchanges[index].serials[order]
      else { continue }
      if let other = first.updateValue(index, forKey: Request(socket: cause, serial: serial)),
        exchanges[other].outbound != exchanges[index].outbound
      {
        claims[index] = nil
        claims[other] = nil
      }
    }
  }

  /// Withdraws single exceptions: where a program's connections stay with one partner, one exchange that says otherwise
  /// is a mistake. `end` is the connection in question, `partner` the one on the relay's other side.
  private func withdrawStrays(
    _ claims: inout [RelayOrder?], _ groups: [Group], of end: (RelayExchange, Int) -> Int,
    with partner: (RelayExchange, Int) -> Int
  ) {
    struct Server: Hashable { let process, destination: Int }
    struct Key: Hashable {
      let server: Server
      let end: Int
    }
    var partners: [Key: [Int: Int]] = [:]
    func pair(_ index: Int) -> (key: Key, partner: Int)? {
      guard let order = claims[index], let cause = exchanges[index].votes[order] else { return nil }
      let server = Server(process: groups[index].process, destination: groups[index].destination)
      return (Key(server: server, end: end(exchanges[index], cause)), partner(exchanges[index], cause))
    }
    for index in exchanges.indices {
      if let (key, partner) = pair(index) { partners[key, default: [:]][partner, default: 0] += 1 }
    }
    var faithful: [Server: (one: Int, several: Int)] = [:]
    for (key, counts) in partners where counts.values.reduce(0, +) > 1 {
      if counts.count == 1 { faithful[key.server, default: (0, 0)].one += 1 }
      if counts.count > 1 { faithful[key.server, default: (0, 0)].several += 1 }
    }
    for index in exchanges.indices {
      guard let (key, partner) = pair(index), let (one, several) = faithful[key.server], several * 20 <= one,
        let counts = partners[key], let own = counts[partner]
      else { continue }
      if counts.contains(where: { $0.key != partner && own < 2 * $0.value }) { claims[index] = nil }
    }
  }

  private func collect(_ claims: [RelayOrder?]) -> [Pair] {
    struct Key: Hashable { let inbound, outbound: Int }
    var places: [Key: Int] = [:]
    var pairs: [Pair] = []
    for (exchange, order) in zip(exchanges, claims) {
      let cause = order.flatMap { exchange.votes[$0] }
      // Neither a request nor an answer: a connect that failed, or a connection kept ready.
      if cause == nil, !exchange.hasSent, exchange.answered == 0 { continue }
      let key = Key(inbound: cause ?? -1, outbound: exchange.outbound)
      let socket = sockets[exchange.outbound]
      if places[key] == nil {
        places[key] = pairs.count
        pairs.append(
          Pair(
            process: processes[socket.process].number, inbound: cause.map { sockets[$0].cookie },
            outbound: socket.cookie, candidates: cause == nil ? 0 : 1))
      }
      guard let place = places[key] else { continue }
      pairs[place].exchanges += 1
      pairs[place].bytesOut += exchange.bytesOut
      pairs[place].bytesIn += exchange.bytesIn
      if cause == nil { pairs[place].candidates = max(pairs[place].candidates, max(2, Int(exchange.waiting))) }
    }
    return pairs
  }
}

extension CausalPairing.Record {
  fileprivate mutating func count(_ exchange: RelayExchange) {
    for order in RelayOrder.allCases {
      let isConfirmed = exchange.confirmed.contains(order) && !exchange.refuted.contains(order)
      if isConfirmed { confirmed[order.rawValue] += 1 }
      if exchange.refuted.contains(order) { refuted[order.rawValue] += 1 }
      guard isConfirmed else { continue }
      for other in RelayOrder.allCases where exchange.refuted.contains(other) {
        if let vote = exchange.votes[other], vote != exchange.votes[order] {
          wins[order.rawValue * RelayOrder.allCases.count + other.rawValue] += 1
        }
      }
    }
  }
}

internal import Flows

/// Connections that go together through one (`ssh -L`, `-D`): behind its far end each is one of its own again.
extension Walker {
  /// The ways on through a trunk, for a connection that the trunk's far end made: only those of clients that have moved what it
  /// has. Others that share the trunk have no part in it.
  ///
  /// - Parameters:
  ///   - tails: the ways from the trunk; left alone unless several clients share it.
  ///   - path: the way up to the connection.
  func narrowed(_ tails: [Path], to path: Path) -> [Path] {
    guard tails.count > 1, let own = rows.socket(path.flow, in: path.place) else { return tails }
    var clients: [Leg: FlowTraffic] = [:]
    var legs: [Leg?] = []
    for tail in tails {
      let leg = Self.sharing(tail).map { Leg($0.link.inbound.reversed, at: $0.link.namespace) }
      legs.append(leg)
      if let leg { clients[leg] = rows.socket(leg.flow, in: leg.place) }
    }
    // Each has a client whose connection was counted.
    guard clients.count > 1, legs.allSatisfy({ $0.map { clients[$0] != nil } ?? false }) else { return tails }
    let kept = Self.fitting(clients, own)
    guard !kept.legs.isEmpty, kept.legs.count < clients.count else { return tails }
    let whole = tails.reduce(0) { $0 + $1.share }
    var result: [Path] = []
    for (tail, leg) in zip(tails, legs) where leg.map(kept.legs.contains) == true {
      var tail = tail
      if kept.areExact { tail.steps = tail.steps.map(Self.paired) }
      result.append(tail)
    }
    let left = result.reduce(0) { $0 + $1.share }
    guard left > 0 else { return tails }
    for index in result.indices { result[index].share *= whole / left }
    return result
  }

  /// The first relay on a way if it shares one connection among its clients.
  private static func sharing(_ tail: Path) -> RelayCrossing? {
    for step in tail.steps {
      guard case .relay(_, let crossing) = step else { continue }
      return crossing.link.method == .share && crossing.open == nil ? crossing : nil
    }
    return nil
  }

  private static func paired(_ step: Step) -> Step {
    guard case .relay(let place, var crossing) = step, crossing.link.method == .share else { return step }
    crossing.link.method = .bytes
    crossing.link.candidates = 1
    return .relay(place, crossing)
  }

  /// Below this number of bytes, equal sums may be chance.
  private static let leastExact: UInt64 = 256
  /// What a SOCKS handshake and the last words before the window's ends make.
  private static let handshake: UInt64 = 600
  private static let leastClose: UInt64 = 4096

  private static func fitting(_ clients: [Leg: FlowTraffic], _ own: FlowTraffic) -> (legs: Set<Leg>, areExact: Bool) {
    func legs(_ fits: (FlowTraffic) -> Bool) -> Set<Leg> { Set(clients.filter { fits($0.value) }.keys) }
    let exact = legs { MirroredTraffic.mirrorsPayload($0, own) }
    if exact.count == 1, own.withoutHeaders.bytes >= leastExact { return (exact, true) }
    let bare = own.withoutHeaders
    let close = legs { row in
      let other = row.withoutHeaders
      func near(_ a: UInt64, _ b: UInt64) -> Bool { max(a, b) - min(a, b) <= handshake + max(a, b) / 50 }
      return near(other.bytesIn, bare.bytesOut) && near(other.bytesOut, bare.bytesIn)
    }
    if !close.isEmpty, bare.bytes >= leastClose { return (close, false) }
    return (legs { TrafficPairing.isNear($0, own) }, false)
  }
}

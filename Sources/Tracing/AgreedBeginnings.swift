internal import Flows

/// Lets all rows of one flow say the same about who began it.
///
/// Each socket's row is judged by what its own host knows. Where one end saw the first packet and the other can only go by the
/// ports, the two would be two flows in opposite directions, and every byte would count twice.
enum AgreedBeginnings {
  static func settled(_ rows: [FlowTraffic]) -> [FlowTraffic] {
    var beginnings: [Leg: Beginnings] = [:]
    for row in rows where isEnd(row) { beginnings[key(row), default: Beginnings()].add(row) }
    return rows.map { row in
      guard isEnd(row), let (agreed, isKnown) = beginnings[key(row)]?.agreed,
        row.fromInitiator != agreed
      else { return row }
      var row = row
      row.role = row.flow == agreed ? .initiator : .responder
      row.isRoleInferred = isKnown ? nil : true
      return row
    }
  }

  /// Loopback addresses are others in each place.
  private static func key(_ row: FlowTraffic) -> Leg {
    let isOwn = row.flow.source.address.isLoopback || row.flow.destination.address.isLoopback
    return Leg(row.flow.unordered, at: isOwn ? row.namespace : Place(namespace: 0))
  }

  private static func isEnd(_ row: FlowTraffic) -> Bool { row.role != .forwarded && row.role != .shared }

  /// What the rows of one flow say, as flows from the initiator.
  private struct Beginnings {
    /// How many rows saw a beginning in this direction.
    private var known: [Flow: Int] = [:]
    /// The direction of the row with the most bytes, among those that go by hints.
    private var likely: (flow: Flow, bytes: UInt64)?

    /// Where each end has a socket. Two places with one end are two networks with the same addresses.
    private var places: [Endpoint: Place] = [:]
    private var isMixed = false

    mutating func add(_ row: FlowTraffic) {
      if let place = places.updateValue(row.namespace, forKey: row.flow.source), place != row.namespace {
        isMixed = true
      }
      if row.role != .peer, row.isRoleInferred != true {
        known[row.fromInitiator, default: 0] += 1
      } else if row.role != .peer {
        if likely.map({ $0.bytes < row.traffic.bytes }) ?? true { likely = (row.fromInitiator, row.traffic.bytes) }
      }
    }

    /// Nil if nobody knows or guesses, or if a connection's ends know opposite things: then it is two, one after the other.
    /// Datagram sockets that share a port may see an answer first, because the kernel gives it to any of them: there the
    /// most rows decide.
    var agreed: (flow: Flow, isKnown: Bool)? {
      if isMixed { return nil }
      if known.count > 1 {
        let (one, other) = (known.first, known.dropFirst().first)
        guard let one, let other, one.key.transport != .tcp, one.value != other.value else { return nil }
        return (one.value > other.value ? one.key : other.key, false)
      }
      return known.first.map { ($0.key, true) } ?? likely.map { ($0.flow, false) }
    }
  }
}

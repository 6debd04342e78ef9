internal import Flows

/// Moves the packets of handshakes from listeners to connections.
///
/// The kernel handles a handshake on the listener's socket, so the meter counts it there, without the client's address
/// (so that a SYN flood fills no table). Each connection that was accepted in the interval had a handshake: a SYN and
/// an ACK in, a SYN-ACK out. What remains at the listener came from clients without a connection, or with one that has
/// moved nothing yet.
struct Handshakes {
  /// What a listener and the connections that it accepted have in common. A transparent proxy accepts at addresses that
  /// are not this host's.
  private struct Door: Hashable {
    let local: Leg
    let interface: String?

    init(_ row: FlowTraffic) {
      local = Leg(
        Flow(row.flow.transport, from: row.flow.source, to: row.flow.source), at: row.namespace)
      interface = row.interface
    }
  }

  /// - Parameter accepted: the positions in `rows` of connections that were accepted in the interval.
  static func settle(_ rows: inout [FlowTraffic], accepted: [Int]) {
    guard !accepted.isEmpty else { return }
    var waiting = Dictionary(grouping: accepted.filter { rows[$0].flow.transport == .tcp }) { Door(rows[$0]) }
    var emptied: Set<Int> = []
    for index in rows.indices where rows[index].isListening {
      let door = Door(rows[index])
      let (left, packets) = (waiting[door] ?? [], rows[index].traffic.packetsOut)
      let served = left.prefix(Int(clamping: packets))
      waiting[door] = Array(left.dropFirst(served.count))
      for (number, connection) in served.enumerated() {
        let part = share(of: rows[index].traffic, among: served.count - number)
        rows[index].traffic.take(part)
        rows[connection].traffic += part
      }
      if rows[index].traffic.isZero { emptied.insert(index) }
    }
    guard !emptied.isEmpty else { return }
    rows = rows.indices.filter { !emptied.contains($0) }.map { rows[$0] }
  }

  /// One handshake out of those that `count` connections had. The last connection takes everything that is left if that
  /// is not more packets than its own.
  private static func share(of left: Traffic, among count: Int) -> Traffic {
    func part(_ bytes: UInt64, _ packets: UInt64, _ wanted: UInt64) -> (UInt64, UInt64) {
      let taken = min(wanted, packets / UInt64(count))
      guard taken > 0 else { return (0, 0) }
      return (taken == packets ? bytes : bytes / packets * taken, taken)
    }
    let (inward, outward) = (part(left.bytesIn, left.packetsIn, 2), part(left.bytesOut, left.packetsOut, 1))
    return Traffic(bytesIn: inward.0, bytesOut: outward.0, packetsIn: inward.1, packetsOut: outward.1)
  }
}

extension FlowTraffic {
  fileprivate var isListening: Bool {
    role == .shared && flow.transport == .tcp && flow.source.port != 0 && flow.destination.port == 0
  }
}

extension Traffic {
  fileprivate mutating func take(_ part: Traffic) {
    bytesIn -= part.bytesIn
    bytesOut -= part.bytesOut
    packetsIn -= part.packetsIn
    packetsOut -= part.packetsOut
  }
}

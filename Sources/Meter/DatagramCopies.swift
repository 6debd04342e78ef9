internal import Flows

/// Finds sockets that received copies of the same datagrams (multicast, broadcast). The interface received such
/// datagrams once, or not at all if a socket beside them sent them.
struct DatagramCopies {
  private let surplus: Set<Int>

  private struct Name: Hashable {
    let namespace: Place
    let interface: UInt32
    let flow: Flow
  }

  init(_ rows: [SocketTraffic]) {
    var groups: [Name: [Int]] = [:]
    var sent: Set<Name> = []
    for (index, row) in rows.enumerated() where row.transport == .udp {
      guard let remote = row.remote else { continue }
      let name = Name(
        namespace: row.namespace, interface: row.inInterface, flow: Flow(row.transport, from: row.local, to: remote))
      if row.traffic.packetsIn > 0, row.inInterface != 0 { groups[name, default: []].append(index) }
      if remote.address.isMulticastOrBroadcast, row.traffic.packetsOut > 0 {
        sent.insert(
          Name(
            namespace: row.namespace, interface: row.outInterface,
            flow: Flow(row.transport, from: remote, to: row.local)))
      }
    }
    var surplus: Set<Int> = []
    for (name, group) in groups {
      if sent.contains(name) {
        surplus.formUnion(group)
        continue
      }
      // Two open sockets have the same two ends only if each receives a copy.
      let isMulticast = name.flow.source.address.isMulticastOrBroadcast
      let cookies = Set(group.filter { isMulticast || !rows[$0].closed }.map { rows[$0].cookie })
      guard cookies.count > 1 else { continue }
      let bytes = Dictionary(grouping: group) { rows[$0].cookie }
        .mapValues { $0.reduce(UInt64(0)) { $0 + rows[$1].traffic.bytesIn } }
      let most = bytes.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
      surplus.formUnion(group.filter { rows[$0].cookie != most })
    }
    self.surplus = surplus
  }

  /// Whether another row received the same datagrams as the row at `index`.
  func contains(_ index: Int) -> Bool { surplus.contains(index) }
}

extension SocketTraffic {
  /// The flow at its place; nil for a socket without a single remote.
  var leg: Leg? { remote.map { Leg(Flow(transport, from: local, to: $0).unordered, at: namespace) } }
}

internal import Flows

/// Traffic to a group or to everybody: each listener gets a copy of its own, but it is sent once, and passes an interface once.
struct GroupCopies {
  /// The listeners whose copies do not count, by the group's address and port.
  private var listeners: [Endpoint: Set<UInt64>] = [:]

  /// The places without copies: the sender's own if it is among them, else one listener at each place, the one with the most
  /// bytes. Other traffic stays as it is.
  mutating func without(_ places: [Connection.Sighting: [Connection]]) -> [Connection.Sighting: [Connection]] {
    guard let group = places.values.first?.first?.row.fromInitiator.destination, group.address.isMulticastOrBroadcast
    else { return places }
    let sent = places.filter { sighting, _ in sighting.isEnd && sighting.flow.destination == group }
    guard sent.isEmpty else {
      for (sighting, connections) in places where sighting.isEnd && sent[sighting] == nil { leave(connections, group) }
      return sent
    }
    return places.mapValues { connections in
      let bySocket = Dictionary(grouping: connections) { $0.row.cookie }
      guard bySocket.count > 1 else { return connections }
      func bytes(_ list: [Connection]) -> UInt64 { list.reduce(0) { $0 + $1.bytes } }
      let first = bySocket.max { (bytes($0.value), $1.key ?? 0) < (bytes($1.value), $0.key ?? 0) }
      for (socket, list) in bySocket where socket != first?.key { leave(list, group) }
      return first?.value ?? connections
    }
  }

  private mutating func leave(_ connections: [Connection], _ group: Endpoint) {
    listeners[group, default: []].formUnion(connections.compactMap(\.row.cookie))
  }

  /// What was left out, for people.
  var notes: [String] {
    listeners.sorted { $0.key < $1.key }.compactMap { group, sockets in
      guard !sockets.isEmpty else { return nil }
      let others = sockets.count == 1 ? "1 socket that gets" : "\(sockets.count) sockets that get"
      return "what is sent to \(group) counts once, without \(others) a copy"
    }
  }
}

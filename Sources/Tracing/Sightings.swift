internal import Flows

/// Where each connection was measured, as far as the walks to its ends show that it is the same.
struct Sightings {
  private var groups: [Connection.Identity: [Connection.Sighting: [Connection]]] = [:]
  /// The group that holds what arrives at a socket from outside.
  private var arrivals: [Connection.Identity: Connection.Identity] = [:]
  /// Groups that were found to be another one's.
  private var joined: [Connection.Identity: Connection.Identity] = [:]

  mutating func add(_ connection: Connection) {
    var group = group(of: connection.identity)
    if let arrival = connection.arrival {
      if let known = arrivals[arrival].map({ self.group(of: $0) }), known != group {
        join(group, to: known)
        group = known
      } else {
        arrivals[arrival] = group
      }
    }
    groups[group, default: [:]][connection.sighting, default: []].append(connection)
  }

  /// For each connection, the places where it was measured.
  var ofEach: [[Connection.Sighting: [Connection]]] { Array(groups.values) }

  private func group(of identity: Connection.Identity) -> Connection.Identity {
    var group = identity
    while let next = joined[group] { group = next }
    return group
  }

  private mutating func join(_ group: Connection.Identity, to other: Connection.Identity) {
    joined[group] = other
    for (sighting, connections) in groups.removeValue(forKey: group) ?? [:] {
      groups[other, default: [:]][sighting, default: []] += connections
    }
  }
}

internal import Capture
internal import Flows
internal import Questions

/// Concludes who opened a connection if no output shows it.
extension PastedTraffic {
  /// Concludes the initiator where no output shows it. An end that several conversations share is the service, even if
  /// its address is hidden; so is a known port. If listeners are listed, an end without a listener is the initiator.
  mutating func inferBeginnings() {
    struct End: Hashable {
      var namespace: Place
      var transport: Transport
      var endpoint: Endpoint
    }
    var partners: [End: Set<Endpoint>] = [:]
    for row in rows where row.flow.transport.hasPorts {
      for flow in [row.flow, row.translated ?? row.flow] {
        for (near, far) in [(flow.source, flow.destination), (flow.destination, flow.source)] {
          let end = End(namespace: row.namespace, transport: flow.transport, endpoint: near)
          // More than one is enough.
          if (partners[end]?.count ?? 0) < 1000 { partners[end, default: []].insert(far) }
        }
      }
    }
    for index in rows.indices where rows[index].role == .peer {
      let row = rows[index]
      let found = Beginning.inferred(row.flow) { end in
        partners[End(namespace: row.namespace, transport: row.flow.transport, endpoint: end)]?.count ?? 1
      }
      guard let found, let reason = found.beginning.reason else { continue }
      let isClient = found.service == row.flow.destination
      let isUnheard = showsNoListener(row)
      // From port 20 the server opens the connection that its client asked for.
      if isUnheard, isClient, case .knownPort(let port) = found.beginning, port != 20 {
        rows[index].role = .initiator
      } else if isUnheard, !isClient, case .lowerPort = found.beginning {
        rows[index].role = .initiator
        rows[index].inference = "who began is inferred: the listing shows listeners, but none for its port"
      } else {
        rows[index].role = isClient ? .initiator : .responder
        rows[index].inference = "who began is inferred: \(reason)"
      }
    }
  }

  /// Whether a listing of the row's place shows the listening TCP ports, and the row's own port is not one of them.
  private func showsNoListener(_ row: FlowTraffic) -> Bool {
    guard row.flow.transport == .tcp, let place = places.places[row.namespace],
      sockets.socket(row.flow, in: place) != nil
    else { return false }
    return sockets.showsListeners(of: place)
  }
}

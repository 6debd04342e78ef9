internal import Flows

/// Finds rows of packets that came in once and left several times: what a bridge floods, and what left by a bridge and by a port of
/// it that is gone by now (a container that came and went), so that nobody knows whose port it was.
struct RepeatedPassages {
  private let surplus: Set<Int>

  private struct Entrance: Hashable {
    let namespace: Place
    let interface: UInt32
    let flow: Flow
  }

  /// - Parameter isThere: whether an interface with that index exists in the namespace.
  init(_ rows: [ForwardedTraffic], isThere: (Place, UInt32) -> Bool) {
    var groups: [Entrance: [Int]] = [:]
    for (index, row) in rows.enumerated() where row.inInterface != 0 {
      groups[Entrance(namespace: row.namespace, interface: row.inInterface, flow: row.flow), default: []].append(index)
    }
    var surplus: Set<Int> = []
    for (entrance, group) in groups where group.count > 1 {
      let isFlood = entrance.flow.destination.address.isMulticastOrBroadcast
      let repeats = group.filter { isFlood || !isThere(entrance.namespace, rows[$0].outInterface) }
      // One of them came in, unless another row has that.
      let first = repeats.count == group.count ? repeats.max { rows[$0].bytes < rows[$1].bytes } : nil
      surplus.formUnion(repeats.filter { $0 != first })
    }
    self.surplus = surplus
  }

  /// Whether another row has what came in for the row at `index`.
  func contains(_ index: Int) -> Bool { surplus.contains(index) }
}

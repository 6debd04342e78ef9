internal import Flows

// Relays that change what passes: they halve or compress the bytes of all.
extension TrafficPairing {
  /// So many exact pairs outweigh one connection on each side that has none.
  private static let pairsForEachStranger = 4

  private struct Ways: Hashable { let listener, server: Endpoint }

  /// Removes the pairs where one client's bytes may be what another's had become.
  ///
  /// The connections that have no partner tell, if they are on both sides and have sums that no window's end explains. Those
  /// between other addresses say nothing of a pair.
  static func revokeChanged(_ links: inout [TrafficLink], _ outbound: [FlowTraffic]) {
    let paired = Set(links.compactMap { $0.outbound.map { Leg($0.flow, at: $0.namespace) } })
    var freeOut: [Endpoint: [FlowTraffic]] = [:]
    for row in outbound where !paired.contains(Leg(row.flow, at: row.namespace)) && !row.withoutHeaders.isZero {
      freeOut[row.flow.destination, default: []].append(row)
    }
    var freeIn: [Endpoint: [FlowTraffic]] = [:]
    for link in links where link.outbound == nil && !link.inbound.withoutHeaders.isZero {
      freeIn[link.inbound.flow.source, default: []].append(link.inbound)
    }
    guard !freeOut.isEmpty, !freeIn.isEmpty else { return }
    var pairs: [Ways: Int] = [:]
    for link in links {
      guard let other = link.outbound else { continue }
      pairs[Ways(listener: link.inbound.flow.source, server: other.flow.destination), default: 0] += 1
    }
    var doubted: [Ways: Int] = [:]
    for (ways, count) in pairs {
      let (ins, outs) = (freeIn[ways.listener] ?? [], freeOut[ways.server] ?? [])
      // So many of each that comparing them takes too long: enough to doubt.
      guard ins.count * outs.count < 4_000_000 else {
        doubted[ways] = outs.count
        continue
      }
      let strangers = min(
        ins.count { row in !outs.contains { isNear(row, $0) } }, outs.count { row in !ins.contains { isNear($0, row) } }
      )
      if strangers > 0, count < strangers * pairsForEachStranger { doubted[ways] = outs.count }
    }
    for index in links.indices {
      guard let other = links[index].outbound,
        let outs = doubted[Ways(listener: links[index].inbound.flow.source, server: other.flow.destination)]
      else { continue }
      (links[index].outbound, links[index].basis, links[index].candidates) = (nil, .several, outs + 1)
    }
  }
}

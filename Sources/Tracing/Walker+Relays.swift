internal import Flows
internal import Questions

/// Across processes that answer one flow by another.
extension Walker {
  /// The ways through the process whose socket is this end of the flow, if it is a relay.
  func crossings(of path: Path, _ direction: Direction) async throws -> [RelayCrossing] {
    // Toward the initiator the walk arrives at the relay's outbound socket, toward the responder at its inbound one.
    let own = direction == .towardInitiator ? path.flow : path.flow.reversed
    guard let process = rows.socket(own, in: path.place)?.owner.process,
      let map = try await relays.map(of: process, in: path.place)
    else { return [] }
    return map.crossings(of: path.flow, in: path.place, direction)
  }

  func cross(_ crossings: [RelayCrossing], from path: Path, _ direction: Direction) async throws -> [Path] {
    let waypoint = Waypoint(place: path.place, flow: path.flow, direction: direction)
    guard underway.insert(waypoint).inserted else {
      var path = path
      path.steps.append(
        .unknown(path.place, path.flow, reason: "the path leads back to \(crossings[0].process.name) (a loop)"))
      return [path]
    }
    defer { underway.remove(waypoint) }
    var paths: [Path] = []
    for crossing in crossings {
      // The relay's own outbound socket stands on the responder's side of it.
      let outbound = Step.socket(path.place, crossing.link.outbound, .towardInitiator)
      let relay = Step.relay(path.place, crossing)
      var here = path
      here.share = path.share * crossing.share
      guard let next = crossing.next(direction) else {
        // Which outbound socket it is, nobody knows.
        here.steps += direction == .towardInitiator ? [outbound, relay] : [relay]
        paths.append(here)
        continue
      }
      here.steps += direction == .towardInitiator ? [outbound, relay] : [relay, outbound]
      let key = Waypoint(place: crossing.link.namespace, flow: next, direction: direction)
      let rest: [Path]
      if let known = beyond[key] {
        rest = known
      } else {
        rest = try await walk(next, from: crossing.link.namespace, direction)
        beyond[key] = rest
      }
      guard paths.count + rest.count <= Self.branches else {
        here.steps.append(.unknown(here.place, here.flow, reason: "more than \(Self.branches) paths through relays"))
        paths.append(here)
        continue
      }
      for tail in rest {
        paths.append(
          Path(
            steps: here.steps + tail.steps, place: tail.place, flow: tail.flow, share: here.share * tail.share))
      }
    }
    return paths
  }
}

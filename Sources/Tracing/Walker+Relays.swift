internal import Flows
internal import Questions

/// Walks through processes that answer one flow by opening another.
extension Walker {
  /// The ways through the process whose socket is this end of the flow, if it is a relay. `refusal` says why it may be
  /// a relay even though no way is known.
  func relay(of path: Path, _ direction: Direction) async throws -> (crossings: [RelayCrossing], refusal: String?) {
    // Toward the initiator the walk arrives at the relay's outbound socket, toward the responder at its inbound one.
    let own = direction == .towardInitiator ? path.flow : path.flow.reversed
    guard let process = rows.socket(own, in: path.place)?.owner.process,
      let map = try await relays.map(of: process, in: path.place)
    else { return ([], nil) }
    let refusal = map.refusal.map { "headwater could not tell whether \(process.name) relays this flow: \($0)" }
    return (map.crossings(of: path.flow, in: path.place, direction), refusal)
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
      // The relay's own outbound socket is on the responder's side of it.
      let outbound = Step.socket(path.place, crossing.link.outbound, .towardInitiator)
      let relay = Step.relay(path.place, crossing)
      var here = path
      here.share = path.share * crossing.share
      guard !crossing.isOwn else {
        here.steps.append(.socket(path.place, path.flow, direction))
        paths.append(here)
        continue
      }
      guard let next = crossing.next(direction) else {
        if let tail = try await onlyEnd(of: crossing, direction) {
          var crossing = crossing
          crossing.haveOneEnd = true
          let relay = Step.relay(path.place, crossing)
          here.steps += (direction == .towardInitiator ? [outbound, relay] : [relay]) + tail.steps
          (here.place, here.flow) = (tail.place, tail.flow)
          paths.append(here)
          continue
        }
        // It is not known which outbound socket it is.
        here.steps += direction == .towardInitiator ? [outbound, relay] : [relay]
        paths.append(here)
        continue
      }
      here.steps += direction == .towardInitiator ? [outbound, relay] : [relay, outbound]
      var rest = try await walkOnce(next, from: crossing.link.namespace, direction)
      if direction == .towardInitiator { rest = narrowed(rest, to: path) }
      guard paths.count + rest.count <= Self.branches else {
        here.steps.append(.unknown(here.place, here.flow, reason: "more than \(Self.branches) paths through relays"))
        paths.append(here)
        continue
      }
      for tail in rest {
        paths.append(
          Path(
            steps: here.steps + tail.steps, place: tail.place, flow: tail.flow, share: here.share * tail.share,
            isNameOpen: tail.isNameOpen))
      }
    }
    return paths
  }

  // MARK: One answer

  /// The end of a walk, regardless of which of its flows led there.
  private enum End: Hashable {
    case process(Place, Int32)
    case address(Place, IPAddress)
    case client(Place, IPAddress, String)
  }

  /// The way on from an open crossing, if all alternatives have the same end: the same client, the same VPN client, or
  /// at least the same container.
  private func onlyEnd(of crossing: RelayCrossing, _ direction: Direction) async throws -> Path? {
    var ends: Set<End> = []
    var containers: Set<Place> = []
    var first: Path?
    for leg in crossing.alternatives {
      let paths = try await walkOnce(leg.flow, from: leg.place, direction)
      guard paths.count == 1, let path = paths.first, let last = path.steps.last else { return nil }
      first = first ?? path
      containers.insert(path.place)
      if let end = end(last) { ends.insert(end) } else { return nil }
      if ends.count > 1, containers.count > 1 { return nil }
    }
    guard var result = first else { return nil }
    if ends.count == 1 { return result }
    // Several processes of one container.
    guard containers.count == 1, case .socket(let place, _, _)? = result.steps.last, places[place]?.container != nil
    else { return nil }
    result.steps.removeLast()
    return result.steps.last == .container(place) ? result : nil
  }

  private func end(_ step: Step) -> End? {
    switch step {
    case .socket(let place, let flow, let direction):
      let own = direction == .towardInitiator ? flow : flow.reversed
      return (rows.socket(own, in: place)?.owner.process?.pid).map { .process(place, $0) }
    case .external(let place, let address, _, nil, _): return .address(place, address)
    case .tunnel(let place, let address, let answer, _):
      return answer.tunnel.client.map { .client(place, address, $0) }
    case .nat, .container, .host, .namespace, .relay, .edge, .external, .unknown: return nil
    }
  }

  private func walkOnce(_ flow: Flow, from place: Place, _ direction: Direction) async throws -> [Path] {
    let key = Waypoint(place: place, flow: flow, direction: direction)
    if let known = beyond[key] { return known }
    let paths = try await walk(flow, from: place, direction)
    beyond[key] = paths
    return paths
  }
}

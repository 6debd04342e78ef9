internal import Flows
internal import Vantage

/// Follows one flow from the place where it was noticed toward one of its ends: through translations, into and out of
/// namespaces, through relays and tunnels, to a socket or off the host.
///
/// Relays may join and part flows, so a walk may have several ends, each with its share.
final class Walker {
  enum Direction: Hashable { case towardInitiator, towardResponder }

  let vantage: any Vantage
  let inventory: Inventory
  let rows: RowIndex
  let relays: RelayIndex
  private let places: [NamespaceID: NamespaceDescription]
  /// What was found beyond relays: clients that share connections meet at the same flows again and again.
  private var beyond: [Waypoint: [Path]] = [:]
  /// The relays' flows that are being followed; one that comes up again closes a circle.
  private var underway: Set<Waypoint> = []

  /// More hops than any real nesting has; a longer walk goes in circles.
  private static let limit = 24
  /// So many ends of one walk are told apart.
  private static let branches = 2048

  init(vantage: any Vantage, inventory: Inventory, rows: RowIndex, relays: RelayIndex) {
    self.vantage = vantage
    self.inventory = inventory
    self.rows = rows
    self.relays = relays
    places = Dictionary(inventory.namespaces.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where a walk led: its steps in walking order, the last of which is the end, and the flow's name there.
  struct Path: Hashable {
    var steps: [Step] = []
    var place: NamespaceID
    var flow: Flow
    /// The part of the bytes that went this way, 0 to 1.
    var share = 1.0
  }

  private struct Waypoint: Hashable {
    let place: NamespaceID
    let flow: Flow
    let direction: Direction
  }

  /// Walks from `flow` (initiator to responder) in `start`; the shares of all ends add up to 1.
  func walk(_ flow: Flow, from start: NamespaceID, _ direction: Direction) async throws -> [Path] {
    var path = Path(place: start, flow: flow)
    var visited: Set<NamespaceID> = [start]
    while path.steps.count < Self.limit {
      if let entry = try await vantage.translation(of: path.flow, in: path.place), entry.isTranslated {
        let near = direction == .towardInitiator ? entry.original : entry.translated
        if near != path.flow, path.flow == entry.original || path.flow == entry.translated {
          path.steps.append(.nat(path.place, original: entry.original, translated: entry.translated))
          path.flow = near
        }
      }
      let place = path.place
      let end = direction == .towardInitiator ? path.flow.source.address : path.flow.destination.address
      if isLocal(end, in: place) || isMeasured(path.flow, in: place, direction) {
        let crossings = try await crossings(of: path, direction)
        if !crossings.isEmpty { return try await cross(crossings, from: path, direction) }
        path.steps.append(.socket(place, path.flow, direction))
        return [path]
      }
      switch try await nextPlace(toward: end, from: place) {
      case .ambiguous(let count):
        leave(place, &path)
        path.steps.append(
          .unknown(place, path.flow, reason: "\(count) namespaces have \(end), and no route tells which"))
        return [path]
      case .off(let interface):
        leave(place, &path)
        if let interface, let answer = try await tunnel(toward: end, through: interface, in: place) {
          let home = home(beyond: answer, of: end, path.flow, visited)
          // Toward the server of a VPN, whose client is here, the far end is as good as any other.
          if !(answer.isClient && direction == .towardResponder) { path.steps.append(.tunnel(place, end, answer)) }
          if let home {
            visited.insert(home)
            if direction == .towardResponder, answer.isClient, let step = try await entrance(of: path.flow, to: home) {
              path.steps.append(step)
            }
            if places[home]?.owns(end) == true, let step = boundary(home), !path.steps.contains(step) {
              path.steps.append(step)
            }
            path.place = home
            continue
          }
          if !answer.isClient { return [path] }
        }
        path.steps.append(.external(place, end, interface: interface))
        return [path]
      case .place(let next):
        guard visited.insert(next).inserted else {
          path.steps.append(.unknown(place, path.flow, reason: "the path leads back to \(name(next))"))
          return [path]
        }
        // On the way in, a container stands before what happens inside; on the way out, behind it.
        leave(place, &path)
        if places[next]?.owns(end) == true, let step = boundary(next), !path.steps.contains(step) {
          path.steps.append(step)
        }
        path.place = next
      }
    }
    path.steps.append(.unknown(path.place, path.flow, reason: "more than \(Self.limit) hops"))
    return [path]
  }

  private func leave(_ place: NamespaceID, _ path: inout Path) {
    if let step = boundary(place), !path.steps.contains(step) { path.steps.append(step) }
  }

  // MARK: Relays

  /// The ways through the process whose socket is this end of the flow, if it is a relay.
  private func crossings(of path: Path, _ direction: Direction) async throws -> [RelayCrossing] {
    // Toward the initiator the walk arrives at the relay's outbound socket, toward the responder at its inbound one.
    let own = direction == .towardInitiator ? path.flow : path.flow.reversed
    guard let process = rows.socket(own, in: path.place)?.owner.process,
      let map = try await relays.map(of: process)
    else { return [] }
    return map.crossings(of: path.flow, in: path.place, direction)
  }

  private func cross(_ crossings: [RelayCrossing], from path: Path, _ direction: Direction) async throws -> [Path] {
    let waypoint = Waypoint(place: path.place, flow: path.flow, direction: direction)
    guard underway.insert(waypoint).inserted else {
      var path = path
      path.steps.append(
        .unknown(path.place, path.flow, reason: "the path leads back to \(crossings[0].process.name), in a circle"))
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
        here.steps.append(.unknown(here.place, here.flow, reason: "more than \(Self.branches) ways through relays"))
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

  // MARK: Tunnels

  private func tunnel(toward address: IPAddress, through interface: UInt32, in place: NamespaceID) async throws
    -> TunnelAnswer?
  {
    guard let device = places[place]?.interface(interface), ["tun", "wireguard"].contains(device.kind ?? "") else {
      return nil
    }
    return try await vantage.tunnel(toward: address, through: interface, in: place)
  }

  /// The VPN server's view of a flow that came into `home` from its client.
  private func entrance(of flow: Flow, to home: NamespaceID) async throws -> Step? {
    let client = flow.source.address
    guard let route = try await vantage.route(to: client, in: home),
      let answer = try await tunnel(toward: client, through: route.interface, in: home), !answer.isClient
    else { return nil }
    return .tunnel(home, client, answer)
  }

  /// The namespace of this host in which a tunnel's other side is, if it can only be that one: it has the address on a
  /// tunnel's device, or the flow was seen there.
  private func home(
    beyond answer: TunnelAnswer, of address: IPAddress, _ flow: Flow, _ visited: Set<NamespaceID>
  ) -> NamespaceID? {
    let candidates = inventory.namespaces.filter { place in
      guard !visited.contains(place.id) else { return false }
      let hasDevice = place.interfaces.contains { ["tun", "wireguard"].contains($0.kind ?? "") }
      return hasDevice && rows.passed(flow, in: place.id)
    }
    return candidates.count == 1 ? candidates[0].id : nil
  }

  // MARK: Places

  private func name(_ namespace: NamespaceID) -> String {
    places[namespace]?.name ?? "namespace \(namespace.rawValue)"
  }

  private func boundary(_ namespace: NamespaceID) -> Step? {
    guard let place = places[namespace], !place.isHost else { return nil }
    return place.container == nil ? .namespace(namespace) : .container(namespace)
  }

  private func isLocal(_ address: IPAddress, in namespace: NamespaceID) -> Bool {
    address.isLoopback || places[namespace]?.owns(address) == true
  }

  /// Whether a socket with this end was seen here: of a namespace that is gone by now, or with an address that no
  /// interface has (a transparent proxy).
  private func isMeasured(_ flow: Flow, in namespace: NamespaceID, _ direction: Direction) -> Bool {
    rows.socket(direction == .towardInitiator ? flow : flow.reversed, in: namespace) != nil
  }

  private enum Next {
    case place(NamespaceID)
    /// So many places have the address.
    case ambiguous(Int)
    case off(UInt32?)
  }

  /// Where a packet from `place` to `address` arrives next.
  private func nextPlace(toward address: IPAddress, from namespace: NamespaceID) async throws -> Next {
    let owners = inventory.namespaces.filter { $0.id != namespace && $0.owns(address) }
    guard let place = places[namespace] else { return .off(nil) }
    guard let route = try await vantage.route(to: address, in: namespace),
      let interface = place.interface(route.interface)
    else {
      // Nothing says where it goes; an address that only one namespace has is still an answer.
      return owners.count > 1 ? .ambiguous(owners.count) : owners.first.map { .place($0.id) } ?? .off(nil)
    }
    if let peer = interface.peer, peer.namespace != namespace, places[peer.namespace] != nil {
      return .place(crossing(peer, toward: route.gateway ?? address) ?? peer.namespace)
    }
    // Behind a bridge: the owner whose veth is one of its ports.
    let reachable = owners.filter { owner in
      owner.interfaces.contains { candidate in
        guard let peer = candidate.peer, peer.namespace == namespace else { return false }
        return peer.index == interface.index || place.interface(peer.index)?.master == interface.index
      }
    }
    if let owner = reachable.first { return .place(owner.id) }
    // A gateway may lie behind the bridge too: a container that routes for others.
    if let gateway = route.gateway {
      let gateways = inventory.namespaces.filter { $0.id != namespace && $0.owns(gateway) }
      if gateways.count == 1, gateways[0].interfaces.contains(where: { $0.peer?.namespace == namespace }) {
        return .place(gateways[0].id)
      }
    }
    let isVirtual = ["macvlan", "ipvlan", "macvtap", "ipvtap"].contains(interface.kind ?? "")
    if isVirtual || owners.contains(where: { $0.interfaces.contains { $0.peer?.namespace == namespace } }),
      owners.count == 1
    {
      return .place(owners[0].id)
    }
    return .off(interface.index)
  }

  /// A veth whose other end is a bridge's port reaches the other ports' namespaces without passing the host's IP stack.
  private func crossing(_ peer: Interface.Peer, toward address: IPAddress) -> NamespaceID? {
    guard let master = places[peer.namespace]?.interface(peer.index)?.master else { return nil }
    let port = places[peer.namespace]
    return inventory.namespaces.first { owner in
      owner.id != peer.namespace && owner.owns(address)
        && owner.interfaces.contains { candidate in
          guard let other = candidate.peer, other.namespace == peer.namespace, other != peer else { return false }
          return port?.interface(other.index)?.master == master
        }
    }?.id
  }
}

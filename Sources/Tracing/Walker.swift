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
  let places: [Place: NamespaceDescription]
  /// What was found beyond relays: clients that share connections meet at the same flows again and again.
  var beyond: [Waypoint: [Path]] = [:]
  /// The relays' flows that are being followed; one that comes up again closes a circle.
  var underway: Set<Waypoint> = []

  /// More hops than any real nesting has; a longer walk goes in circles.
  private static let limit = 24
  /// So many ends of one walk are told apart.
  static let branches = 2048

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
    var place: Place
    var flow: Flow
    /// The part of the bytes that went this way, 0 to 1.
    var share = 1.0
  }

  struct Waypoint: Hashable {
    let place: Place
    let flow: Flow
    let direction: Direction
  }

  /// Walks from `flow` (initiator to responder) in `start`; the shares of all ends add up to 1.
  func walk(_ flow: Flow, from start: Place, _ direction: Direction) async throws -> [Path] {
    var path = Path(place: start, flow: flow)
    var visited: Set<Place> = [start]
    while path.steps.count < Self.limit {
      if let (original, translated) = try await translation(of: path.flow, in: path.place), original != translated {
        let near = direction == .towardInitiator ? original : translated
        if near != path.flow, path.flow == original || path.flow == translated {
          path.steps.append(.nat(path.place, original: original, translated: translated))
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
        if let out = interface ?? device(of: path.flow, direction, in: place),
          let answer = try await tunnel(toward: end, through: out, in: place)
        {
          let home = home(beyond: answer, of: end, path.flow, visited)
          // Toward the server of a VPN, whose client is here, the far end is as good as any other.
          if !(answer.isClient && direction == .towardResponder) { path.steps.append(.tunnel(place, end, answer)) }
          if let home {
            visited.insert(home)
            step(into: home, &path, direction, publicAddress: nil)
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
        switch try await otherHost(with: end, path.flow, from: place, direction, visited) {
        case .found(let next, let flow):
          visited.insert(next)
          step(into: next, &path, direction, publicAddress: publicAddress(path.flow, flow))
          path.flow = flow
          let there = direction == .towardInitiator ? flow.source.address : flow.destination.address
          if places[next]?.owns(there) == true, let step = boundary(next), !path.steps.contains(step) {
            path.steps.append(step)
          }
          path.place = next
          continue
        case .strange(let next, let reason):
          path.steps.append(.host(next, reason: reason, publicAddress: nil))
        case .none: break
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

  /// As it is tracked now, or as it was when it was counted: an entry may be gone by now, or the host not answer any more.
  private func translation(of flow: Flow, in place: Place) async throws -> (original: Flow, translated: Flow)? {
    if let entry = try await vantage.translation(of: flow, in: place) { return (entry.original, entry.translated) }
    return rows.translation(of: flow, in: place)
  }

  private func leave(_ place: Place, _ path: inout Path) {
    if let step = boundary(place), !path.steps.contains(step) { path.steps.append(step) }
  }

  // MARK: Places

  func name(_ namespace: Place) -> String {
    places[namespace]?.name ?? "namespace \(namespace.namespace)"
  }

  func boundary(_ namespace: Place) -> Step? {
    guard let place = places[namespace], !place.isHost else { return nil }
    return place.container == nil ? .namespace(namespace) : .container(namespace)
  }

  private func isLocal(_ address: IPAddress, in namespace: Place) -> Bool {
    address.isLoopback || places[namespace]?.owns(address) == true
  }

  /// Whether a socket with this end was seen here: of a namespace that is gone by now, or with an address that no
  /// interface has (a transparent proxy).
  private func isMeasured(_ flow: Flow, in namespace: Place, _ direction: Direction) -> Bool {
    rows.socket(direction == .towardInitiator ? flow : flow.reversed, in: namespace) != nil
  }

  private enum Next {
    case place(Place)
    /// So many places have the address.
    case ambiguous(Int)
    case off(UInt32?)
  }

  /// Where a packet from `place` to `address` arrives next.
  private func nextPlace(toward address: IPAddress, from namespace: Place) async throws -> Next {
    let here = inventory.namespaces.filter { $0.id.host == namespace.host && $0.id != namespace }
    let owners = here.filter { $0.owns(address) }
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
      let gateways = here.filter { $0.owns(gateway) }
      if gateways.count == 1, gateways[0].interfaces.contains(where: { $0.peer?.namespace == namespace }) {
        return .place(gateways[0].id)
      }
    }
    let isVirtual = interface.kind?.isVirtual == true
    if isVirtual || owners.contains(where: { $0.interfaces.contains { $0.peer?.namespace == namespace } }),
      owners.count == 1
    {
      return .place(owners[0].id)
    }
    return .off(interface.index)
  }

  /// A veth whose other end is a bridge's port reaches the other ports' namespaces without passing the host's IP stack.
  private func crossing(_ peer: Interface.Peer, toward address: IPAddress) -> Place? {
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

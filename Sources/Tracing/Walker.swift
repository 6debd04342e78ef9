internal import Flows
internal import Vantage

/// Follows one flow from the place where it was noticed toward one of its ends: through translations, into and out of
/// namespaces, to a socket or off the host.
struct Walker {
  enum Direction: Hashable { case towardInitiator, towardResponder }

  let vantage: any Vantage
  let inventory: Inventory
  let rows: RowIndex
  private let places: [NamespaceID: NamespaceDescription]

  /// More hops than any real nesting has; a longer walk goes in circles.
  private static let limit = 24

  init(vantage: any Vantage, inventory: Inventory, rows: RowIndex) {
    self.vantage = vantage
    self.inventory = inventory
    self.rows = rows
    places = Dictionary(inventory.namespaces.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where a walk led: its steps in walking order, the last of which is the end, and the flow's name there.
  struct Path: Hashable {
    var steps: [Step] = []
    var place: NamespaceID
    var flow: Flow
  }

  /// Walks from `flow` (initiator to responder) in `start`.
  func walk(_ flow: Flow, from start: NamespaceID, _ direction: Direction) async throws -> Path {
    var path = Path(place: start, flow: flow)
    path.steps = try await steps(&path.flow, &path.place, direction)
    return path
  }

  private func steps(
    _ flow: inout Flow, _ place: inout NamespaceID, _ direction: Direction
  ) async throws -> [Step] {
    var steps: [Step] = []
    var visited: Set<NamespaceID> = [place]
    while steps.count < Self.limit {
      if let entry = try await vantage.translation(of: flow, in: place), entry.isTranslated {
        let near = direction == .towardInitiator ? entry.original : entry.translated
        if near != flow, flow == entry.original || flow == entry.translated {
          steps.append(.nat(place, original: entry.original, translated: entry.translated))
          flow = near
        }
      }
      let end = direction == .towardInitiator ? flow.source.address : flow.destination.address
      if isLocal(end, in: place) || isMeasured(flow, in: place, direction) {
        if let relay = relay(at: place, flow, direction) {
          steps.append(relay.step)
          guard let next = relay.next else { return steps }
          flow = next
          continue
        }
        steps.append(.socket(place, flow, direction))
        return steps
      }
      switch try await nextPlace(toward: end, from: place) {
      case .ambiguous(let count):
        if let step = boundary(place), !steps.contains(step) { steps.append(step) }
        steps.append(.unknown(place, flow, reason: "\(count) namespaces have \(end), and no route tells which"))
        return steps
      case .off(let interface):
        if let step = boundary(place), !steps.contains(step) { steps.append(step) }
        steps.append(.external(place, end, interface: interface))
        return steps
      case .place(let next):
        guard visited.insert(next).inserted else {
          steps.append(.unknown(place, flow, reason: "the path leads back to \(name(next))"))
          return steps
        }
        // On the way in, a container stands before what happens inside; on the way out, behind it.
        if let step = boundary(place), !steps.contains(step) { steps.append(step) }
        if places[next]?.owns(end) == true, let step = boundary(next), !steps.contains(step) { steps.append(step) }
        place = next
      }
    }
    steps.append(.unknown(place, flow, reason: "more than \(Self.limit) hops"))
    return steps
  }

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

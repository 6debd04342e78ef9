internal import Flows
internal import Questions

/// Follows one flow from the place where it was noticed toward one of its ends: through translations, into and out of
/// namespaces, through relays and tunnels, to a socket or off the host.
///
/// Relays may join and split flows, so a walk may have several ends, each with its share.
final class Walker {
  enum Direction: Hashable { case towardInitiator, towardResponder }

  let inquiry: Inquiry
  let inventory: Inventory
  let rows: RowIndex
  let relays: RelayIndex
  let places: [Place: NamespaceDescription]
  /// The paths found beyond relays. They are kept because clients that share connections lead to the same flows again
  /// and again.
  var beyond: [Waypoint: [Path]] = [:]
  /// The clients of a VPN's server, by its device and by the source of their packets.
  var carried: [CarrierIndex.Devices.Device: [Endpoint: CarriedClient]] = [:]
  /// The relays' flows that are being followed. If one comes up again, the walk is in a circle.
  var underway: Set<Waypoint> = []
  /// The connections that may carry what a program brings here for others, by program.
  var trunks: [ProcessID: [FlowTraffic]] = [:]

  /// The longest walk in hops. No real nesting is deeper; a longer walk is in a circle.
  private static let limit = 24
  /// How many ends of one walk are distinguished.
  static let branches = 2048

  init(_ inquiry: Inquiry, inventory: Inventory, rows: RowIndex, relays: RelayIndex) {
    self.inquiry = inquiry
    self.inventory = inventory
    self.rows = rows
    self.relays = relays
    places = Dictionary(inventory.namespaces.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The result of a walk: its steps in walking order, of which the last is the end, and the flow's tuple there.
  struct Path: Hashable {
    var steps: [Step] = []
    var place: Place
    var flow: Flow
    /// The part of the bytes that went this way, 0 to 1.
    var share = 1.0
    /// Whether the flow may have another tuple at its end, because it could not be learned whether it is translated.
    var isNameOpen = false
  }

  struct Waypoint: Hashable {
    let place: Place
    let flow: Flow
    let direction: Direction
  }

  /// Walks from `flow` (initiator to responder) in `start`. The shares of all ends add up to 1.
  ///
  /// - Parameter interface: the interface by which the flow was seen to leave `start`; nil if it is not known.
  func walk(
    _ flow: Flow, from start: Place, _ direction: Direction, by interface: String? = nil
  ) async throws -> [Path] {
    var path = Path(place: start, flow: flow)
    var visited: Set<Place> = [start]
    while path.steps.count < Self.limit {
      /// Why it is not known whether the flow is translated here; nil if it is.
      var doubt: String?
      switch try await translation(of: path.flow, in: path.place, direction) {
      case .tracked(let original, let translated, let evidence):
        let near = direction == .towardInitiator ? original : translated
        if near != path.flow, path.flow == original || path.flow == translated {
          path.steps.append(.nat(path.place, original: original, translated: translated, StepEvidence(evidence)))
          path.flow = near
        }
      case .untracked: break
      case .refused(let reason): doubt = reason
      }
      let place = path.place
      let end = direction == .towardInitiator ? path.flow.source.address : path.flow.destination.address
      if isLocal(end, in: place) || isMeasured(path.flow, in: place, direction) {
        let relay = try await relay(of: path, direction)
        if !relay.crossings.isEmpty { return try await cross(relay.crossings, from: path, direction) }
        if let doubt, try await !isSocket(path.flow, in: place, direction) {
          path.isNameOpen = true
          path.steps.append(.unknown(place, path.flow, reason: doubt))
          return [path]
        }
        if direction == .towardInitiator, let ways = try await throughTrunk(path) { return ways }
        path.steps.append(.socket(place, path.flow, direction))
        if let reason = relay.refusal {
          // A flow that may go on does not end here for certain.
          path.isNameOpen = true
          path.steps.append(.unknown(place, path.flow, reason: reason))
        }
        return [path]
      }
      if let doubt {
        path.isNameOpen = true
        leave(place, &path)
        path.steps.append(.unknown(place, path.flow, reason: "\(end) may be a translated address: \(doubt)"))
        return [path]
      }
      // Any host may be its end.
      if end.isMulticastOrBroadcast, direction == .towardResponder {
        leave(place, &path)
        path.steps.append(.external(place, end, interface: nil, doubt: nil, StepEvidence()))
        return [path]
      }
      let seen = place == start ? interface : nil
      switch try await nextPlace(toward: end, of: path.flow, from: place, direction, by: seen) {
      case .refused(let reason):
        leave(place, &path)
        path.steps.append(.unknown(place, path.flow, reason: reason))
        return [path]
      case .ambiguous(let count):
        leave(place, &path)
        path.steps.append(
          .unknown(
            place, path.flow, reason: "\(count) network namespaces have \(end), and no route says which one is meant"))
        return [path]
      case .off(let interface, let gateway, let route):
        leave(place, &path)
        // A namespace that ended in the window has no address any more, but its socket was counted.
        if let gone = gone(path.flow, direction, fromHostOf: place), visited.insert(gone).inserted {
          path.place = gone
          continue
        }
        // A host that does not answer gives no way out, but another host may know the flow.
        if interface == nil { doubt = silence(of: place) }
        var found: Told<TunnelAnswer>?
        if let out = interface ?? device(of: path.flow, direction, in: place) {
          switch try await tunnel(toward: end, through: out, in: place) {
          case .told(let told): found = told.value.map { Told($0, evidence: told.evidence) }
          case .refused where isSilent(place): doubt = silence(of: place)
          case .refused(let reason):
            path.steps.append(.unknown(place, path.flow, reason: reason))
            return [path]
          }
        }
        if let found {
          let answer = found.value
          let home = home(beyond: answer, of: end, path.flow, visited)
          // Between two peers of this host the end where the flow comes in tells who it comes from, wherever the walk begins.
          let entry: Step? =
            if direction == .towardResponder, let home { try await entrance(of: path.flow, to: home) } else { nil }
          // Toward the server of a VPN whose client is here, the far end is an address like any other.
          if entry == nil, !(answer.isClient && direction == .towardResponder) {
            path.steps.append(.tunnel(place, end, answer, StepEvidence(route + found.evidence)))
          }
          if let home {
            visited.insert(home)
            step(into: home, &path, direction, publicAddress: nil, rows.passing(path.flow, in: home)?.evidence ?? [])
            if let entry { path.steps.append(entry) }
            if places[home]?.owns(end) == true, let step = boundary(home), !path.steps.contains(step) {
              path.steps.append(step)
            }
            path.place = home
            continue
          }
          if !answer.isClient { return [path] }
        }
        switch try await otherHost(with: end, path.flow, from: place, direction, visited) {
        case .found(let next, let flow, let evidence):
          visited.insert(next)
          step(into: next, &path, direction, publicAddress: publicAddress(path.flow, flow), evidence)
          path.flow = flow
          let there = direction == .towardInitiator ? flow.source.address : flow.destination.address
          if places[next]?.owns(there) == true, let step = boundary(next), !path.steps.contains(step) {
            path.steps.append(step)
          }
          path.place = next
          continue
        case .strange(let next, let reason, let isRefused):
          path.steps.append(.host(next, reason: reason, publicAddress: nil, StepEvidence()))
          if isRefused { doubt = reason }
        case .none:
          // A namespace of another host that has ended, or that cannot be seen, had the socket.
          if let other = unseen(path.flow, direction, from: place), visited.insert(other).inserted {
            step(into: other, &path, direction, publicAddress: nil, rows.passing(path.flow, in: other)?.evidence ?? [])
            path.place = other
            continue
          }
          if let router = gateway.flatMap({ router($0, passing: path.flow, from: place) }),
            visited.insert(router).inserted
          {
            let seen = rows.passing(path.flow, in: router)?.evidence ?? []
            step(into: router, &path, direction, publicAddress: nil, route + seen)
            path.place = router
            continue
          }
          if doubt == nil { doubt = try await hidden(end, from: place) }
        }
        path.steps.append(.external(place, end, interface: interface, doubt: doubt, StepEvidence(route)))
        return [path]
      case .place(let next):
        guard visited.insert(next).inserted else {
          path.steps.append(.unknown(place, path.flow, reason: "the path leads back to \(name(next)) (a loop)"))
          return [path]
        }
        // On the way in, a container comes before what happens inside; on the way out, after it.
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

  /// The flow's translation now, or when it was counted. The entry may have expired since, or the host may not answer
  /// any more.
  private func translation(of flow: Flow, in place: Place, _ direction: Direction) async throws -> Tracked {
    if let (original, translated, row) = rows.familyTranslation(of: flow, in: place, direction) {
      let device = row.interface ?? "a device"
      let counted = Evidence(
        "meter",
        "as many packets with the same ports and with \(row.flow.destination.address) in the address pass \(device)")
      return .tracked(original: original, translated: translated, [counted])
    }
    // A namespace that has ended can't be asked; what passed it was counted elsewhere. One that is only out of
    // sight is asked about, so that the host says why it can't tell.
    guard
      places[place] != nil || inventory.concealment(on: place.host) != nil
        || rows.places(ofSocket: flow).union(rows.places(ofSocket: flow.reversed)).isEmpty
    else {
      return .untracked
    }
    let outcome = try await inquiry.ask(TranslationQuestion(of: flow, in: place))
    if let told = outcome.told, let entry = told.value {
      return .tracked(original: entry.original, translated: entry.translated, told.evidence)
    }
    if let row = rows.translation(of: flow, in: place), let translated = row.translated {
      let counted = Evidence("meter", "\(row.flow) was translated to \(translated.source) -> \(translated.destination)")
      return .tracked(original: row.flow, translated: translated, row.evidence ?? [counted])
    }
    // Traffic that passed a host before it stopped answering was counted with its translation.
    if isSilent(place), rows.passing(flow, in: place) != nil { return .untracked }
    return outcome.refusal.map { .refused($0) } ?? .untracked
  }

  private func isSilent(_ place: Place) -> Bool { inquiry.isSilent(inventory.host(of: place)) }
  private func silence(of place: Place) -> String? { inquiry.silence(of: inventory.host(of: place)) }

  private enum Tracked {
    case tracked(original: Flow, translated: Flow, [Evidence])
    case untracked
    case refused(String)
  }

  /// Whether a socket here has exactly this tuple, so that no translation lies in between.
  private func isSocket(_ flow: Flow, in place: Place, _ direction: Direction) async throws -> Bool {
    if isMeasured(flow, in: place, direction) { return true }
    // No kernel lists who pings.
    guard flow.transport.hasPorts else { return false }
    let own = direction == .towardInitiator ? flow : flow.reversed
    return try await inquiry.ask(SocketQuestion(of: own, in: place)).told?.value?.isThere == true
  }

  private func leave(_ place: Place, _ path: inout Path) {
    if let step = boundary(place), !path.steps.contains(step) { path.steps.append(step) }
  }

  /// Why another queried host may have `address` after all: parts of that host could not be examined, and the host itself
  /// would not look for it at a router. Nil if there is none.
  private func hidden(_ address: IPAddress, from place: Place) async throws -> String? {
    guard let hosts = inventory.hosts, address.scope != .global || inventory.hostNumber(withPublic: address) != nil
    else { return nil }
    var reasons: [String] = []
    for number in hosts.indices where number != place.host {
      guard let concealment = inventory.concealment(on: number), try await !isBeyondRouter(address, from: number) else {
        continue
      }
      reasons.append("\(hosts[number]) (\(concealment))")
    }
    return reasons.isEmpty
      ? nil : "\(address) may be in a part of a host that could not be examined: \(reasons.joined(separator: ", "))"
  }

  /// Whether host `number` itself sends packets for `address` to a router elsewhere.
  private func isBeyondRouter(_ address: IPAddress, from number: Int) async throws -> Bool {
    guard let own = inventory.namespaces.first(where: { $0.id.host == number && $0.isHost && $0.reason == nil }),
      let route = try await inquiry.ask(RouteQuestion(to: address, in: own.id)).told?.value, let gateway = route.gateway
    else { return false }
    // A bridge or a veth may lead into what could not be examined.
    let leadsOut: Set<Interface.Kind?> = [nil, .bond, .team, .vlan]
    guard let interface = own.interface(route.interface), leadsOut.contains(interface.kind) else { return false }
    return !inventory.namespaces.contains { $0.id.host == number && $0.owns(gateway) }
  }

  // MARK: Places

  func name(_ namespace: Place) -> String {
    places[namespace]?.name ?? rows.name(of: namespace)
  }

  func boundary(_ namespace: Place) -> Step? {
    guard let place = places[namespace], !place.isHost else { return nil }
    return place.container == nil ? .namespace(namespace) : .container(namespace)
  }

  private func isLocal(_ address: IPAddress, in namespace: Place) -> Bool {
    address.isLoopback || places[namespace]?.owns(address) == true
  }

  /// Whether a socket with this end was measured here. It is needed for a namespace that has ended, and for an address
  /// that no interface has (a transparent proxy).
  private func isMeasured(_ flow: Flow, in namespace: Place, _ direction: Direction) -> Bool {
    rows.socket(direction == .towardInitiator ? flow : flow.reversed, in: namespace) != nil
  }

  /// The only namespace that has ended and whose socket had this end of the flow; nil if there is none or more than
  /// one.
  private func gone(_ flow: Flow, _ direction: Direction, fromHostOf place: Place) -> Place? {
    let ends = rows.places(ofSocket: direction == .towardInitiator ? flow : flow.reversed)
      .filter { $0.host == place.host && places[$0] == nil }
    return ends.count == 1 ? ends.first : nil
  }

  /// The only place of another host that no inventory has, and whose socket had this end of the flow.
  private func unseen(_ flow: Flow, _ direction: Direction, from place: Place) -> Place? {
    let ends = rows.places(ofSocket: direction == .towardInitiator ? flow : flow.reversed)
    guard ends.count == 1, let only = ends.first, only.host != place.host, places[only] == nil else { return nil }
    return only
  }

  /// The only place of another host that has the gateway's address and forwarded this flow.
  private func router(_ gateway: IPAddress, passing flow: Flow, from place: Place) -> Place? {
    let found = inventory.namespaces.filter {
      $0.id.host != place.host && $0.owns(gateway) && rows.passing(flow, in: $0.id)?.role == .forwarded
    }
    return found.count == 1 ? found.first?.id : nil
  }

  /// Where a flow of a namespace that has ended was seen outside it: where it was forwarded, or else at its other end.
  private func seenNext(_ flow: Flow, from namespace: Place) -> Place? {
    func known(_ list: Set<Place>) -> Set<Place> {
      list.filter { $0.host == namespace.host && places[$0] != nil && $0 != namespace }
    }
    let passed = known(rows.places(passing: flow))
    if let first = passed.first(where: { places[$0]?.isHost == true }) ?? (passed.count == 1 ? passed.first : nil) {
      return first
    }
    let ends = known(rows.places(ofSocket: flow).union(rows.places(ofSocket: flow.reversed)))
    return ends.count == 1 ? ends.first : nil
  }

  private enum Next {
    case place(Place)
    /// This many places have the address.
    case ambiguous(Int)
    /// The packet leaves the host by this interface and toward this gateway, as far as they are known, with the evidence.
    case off(UInt32?, gateway: IPAddress?, [Evidence])
    case refused(String)
  }

  /// The next place of a packet from `place` to `address`.
  private func nextPlace(
    toward address: IPAddress, of flow: Flow, from namespace: Place, _ direction: Direction, by seen: String?
  ) async throws -> Next {
    let here = inventory.namespaces.filter { $0.id.host == namespace.host && $0.id != namespace }
    let owners = here.filter { $0.owns(address) }
    guard let place = places[namespace] else {
      if let next = seenNext(flow, from: namespace) { return .place(next) }
      // An address of this host is no stranger's, though the way there cannot be seen.
      for owner in owners where try await knows(flow, in: owner.id, direction).told?.value == true {
        return .place(owner.id)
      }
      return owners.isEmpty
        ? .off(nil, gateway: nil, []) : .refused("\(address) is an address here, and the way to it cannot be seen")
    }
    // Behind a macvtap is its program, wherever the routes lead.
    if let seen, let passed = place.interfaces.first(where: { $0.name == seen }), passed.kind?.isTapOnParent == true {
      return .off(passed.index, gateway: nil, [])
    }
    let told: Told<RouteAnswer?>
    switch try await inquiry.ask(RouteQuestion(to: address, in: namespace)) {
    case .told(let answer): told = answer
    case .refused where isSilent(namespace): told = Told(nil)
    case .refused(let reason): return .refused(reason)
    }
    guard let route = told.value, let interface = place.interface(route.interface) else {
      // There is no route, but an address that only one namespace has is still an answer.
      guard owners.isEmpty else { return owners.count > 1 ? .ambiguous(owners.count) : .place(owners[0].id) }
      return .off(nil, gateway: nil, told.evidence)
    }
    if let seen, let passed = place.interfaces.first(where: { $0.name == seen }), passed.index != interface.index,
      passed.master == nil, let peer = passed.peer, peer.namespace != namespace, places[peer.namespace] != nil
    {
      return .place(crossing(peer, toward: address) ?? peer.namespace)
    }
    if let peer = interface.peer, peer.namespace != namespace, places[peer.namespace] != nil {
      return .place(crossing(peer, toward: route.gateway ?? address) ?? peer.namespace)
    }
    // Behind a VPN's device is what its program says, though the address may be reachable by another way as well.
    if interface.kind?.isVPN == true { return .off(interface.index, gateway: nil, told.evidence) }
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
    // What lies behind it is on this host, possibly in a namespace that could not be read.
    if isVirtual || interface.kind?.leadsToNamespaces == true,
      let concealment = inventory.concealment(on: namespace.host)
    {
      return .refused("\(address) may be in a network namespace that headwater could not examine: \(concealment)")
    }
    if isVirtual || owners.contains(where: { $0.interfaces.contains { $0.peer?.namespace == namespace } }),
      owners.count == 1
    {
      return .place(owners[0].id)
    }
    return .off(interface.index, gateway: route.gateway, told.evidence)
  }

  /// The place that a veth leads to. If its other end is a bridge's port, it reaches the namespaces of the other ports
  /// without passing the host's IP stack; if macvlan or ipvlan interfaces are on its other end, it reaches theirs.
  private func crossing(_ peer: Interface.Peer, toward address: IPAddress) -> Place? {
    let above = inventory.namespaces.first { owner in
      owner.interfaces.contains { candidate in
        candidate.kind?.isVirtual == true && candidate.peer == peer
          && candidate.addresses.contains { $0.address == address }
      }
    }
    if let above { return above.id }
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

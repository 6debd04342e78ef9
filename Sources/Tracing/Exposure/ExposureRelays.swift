internal import Documents
internal import Flows
internal import Questions

/// Follows what listeners pass on: a relay's configuration and the rules' translations lead from one listener to another, on
/// the same host or on another one. Whoever reaches the first then reaches the second.
struct ExposureRelays {
  let vantage: any Vantage
  let inventory: Inventory
  let sockets: [SocketListing]
  var listeners: [ExposedListener]
  private(set) var notes: [String] = []

  /// How many relays in a row are followed.
  private static let depth = 6

  init(vantage: any Vantage, inventory: Inventory, sockets: [SocketListing], listeners: [ExposedListener]) {
    self.vantage = vantage
    self.inventory = inventory
    self.sockets = sockets
    self.listeners = listeners
  }

  /// That the listener `from` passes on to the listener `to`.
  private struct Edge {
    var from: Int
    var to: Int
    var endpoint: Endpoint
    var verdict: FirewallVerdict.Outcome
    var factor: ExposureFactor
  }

  /// The listeners with where they lead, and with the paths through others.
  mutating func joined() async throws -> [ExposedListener] {
    try await readRelays()
    var edges: [Edge] = []
    for from in listeners.indices {
      for (number, lead) in (listeners[from].leads ?? []).enumerated() {
        guard let endpoint = lead.endpoint else { continue }
        var lead = lead
        let place = place(of: endpoint.address, from: listeners[from], &lead)
        if let place {
          (lead.host, lead.placeName) = (inventory.host(of: place), inventory.namespace(place)?.name)
          if place != listeners[from].place {
            lead.through = try await tunnel(toward: endpoint.address, listeners[from])
          }
        }
        listeners[from].leads?[number] = lead
        guard let place else { continue }
        for to in listeners.indices where to != from && serves(listeners[to], endpoint, in: place, listeners[from]) {
          if edges.contains(where: { $0.from == from && $0.to == to }) { continue }
          edges.append(edge(from, to, endpoint, lead))
        }
      }
    }
    let direct = listeners.map(\.paths)
    for to in listeners.indices {
      var visited: Set<Int> = [to]
      listeners[to].paths += relayed(to: to, edges, direct, &visited, 0)
    }
    return listeners
  }

  // MARK: What relays say

  /// Asks each process that listens whether it relays, and adds where its configuration leads.
  private mutating func readRelays() async throws {
    struct Key: Hashable {
      var pid: Int32
      var place: Place
    }
    var answers: [Key: RelayAnswer?] = [:]
    for index in listeners.indices {
      guard let process = listeners[index].owner.process, process.outside != true else { continue }
      let key = Key(pid: process.pid, place: listeners[index].place)
      if answers[key] == nil {
        do { answers[key] = .some(try await vantage.relay(of: key.pid, in: key.place)) } catch let error as VantageError
          where !error.endsConversation
        {
          answers[key] = .some(nil)
          notes.append(
            "\(listeners[index].host): where \(process.name) (pid \(key.pid)) leads is not known: \(error.cause)")
        }
      }
      guard let answer = answers[key] ?? nil, answer.isRelay || !answer.frontends.isEmpty else { continue }
      add(answer, to: index)
    }
  }

  private mutating func add(_ answer: RelayAnswer, to index: Int) {
    let listener = listeners[index]
    let bound = listener.endpoint
    var found: [ExposureLead] = []
    let frontends = answer.frontends.filter { frontend in
      frontend.listens.contains { listen in
        guard bound.port >= listen.firstPort, bound.port <= listen.lastPort else { return false }
        guard let address = listen.address, !address.isUnspecified, !bound.address.isUnspecified else { return true }
        return address == bound.address
      }
    }
    for frontend in frontends {
      for backend in answer.backends where frontend.backends?.contains(backend.name) ?? true {
        for server in backend.servers {
          var lead = ExposureLead(.relay, to: nil, name: server.name)
          lead.configuration = server.configuration
          if let address = server.address {
            lead.endpoint = Endpoint(address, server.port ?? bound.port)
          } else {
            lead.reason = "the configuration has a name, or leaves the server open"
          }
          if !found.contains(where: { $0.endpoint == lead.endpoint && $0.name == lead.name }) { found.append(lead) }
        }
      }
    }
    if found.isEmpty, answer.isRelay, answer.isReverse != true {
      var lead = ExposureLead(.relay, to: nil, name: answer.software)
      lead.reason =
        answer.notes.first ?? "no server for this port was found in the configuration of \(answer.software)"
      found.append(lead)
    }
    // What a rule translates never comes to the program that listens for it as well (docker-proxy).
    let translated = Set((listener.leads ?? []).filter { $0.kind == .nat }.compactMap(\.endpoint))
    found.removeAll { lead in
      guard let endpoint = lead.endpoint else { return false }
      return translated.contains(endpoint)
    }
    if !found.isEmpty { listeners[index].leads = (listener.leads ?? []) + found }
  }

  // MARK: Where it leads

  /// The place that has `address`, as the listener's place sees it; nil if none does, or if it is not known which.
  private func place(of address: IPAddress, from listener: ExposedListener, _ lead: inout ExposureLead) -> Place? {
    if address.isLoopback { return listener.place }
    if inventory.namespace(listener.place)?.owns(address) == true { return listener.place }
    let owners = inventory.namespaces.filter { $0.owns(address) }
    let near = owners.filter { $0.id.host == listener.place.host }
    let candidates = near.isEmpty ? owners : near
    if candidates.count > 1 {
      lead.reason = "\(candidates.count) places have \(address), so it is not known which of them it leads to"
    }
    if let only = candidates.first, candidates.count == 1 { return only.id }
    // A public address of a host stands for one of its own.
    guard candidates.isEmpty, let number = inventory.hostNumber(withPublic: address),
      let own = inventory.ownAddress(behind: address, on: number)
    else { return nil }
    return inventory.namespaces.first { $0.id.host == number && $0.owns(own) }?.id
  }

  private func serves(
    _ listener: ExposedListener, _ endpoint: Endpoint, in place: Place, _ from: ExposedListener
  ) -> Bool {
    guard listener.place == place, listener.transport == from.transport, listener.endpoint.port == endpoint.port else {
      return false
    }
    let bound = listener.endpoint.address
    if !bound.isUnspecified {
      return bound == endpoint.address
        || inventory.ownAddress(behind: endpoint.address, on: place.host) == bound
    }
    return !bound.isV4 || endpoint.address.isV4
  }

  /// The VPN by which the listener's place reaches `address`; nil if none leads there, or if that can't be told.
  private func tunnel(toward address: IPAddress, _ listener: ExposedListener) async throws -> String? {
    do {
      guard let route = try await vantage.route(to: address, in: listener.place), !route.isLocal,
        let interface = inventory.namespace(listener.place)?.interface(route.interface), interface.kind?.isVPN == true
      else { return nil }
      let answer = try await vantage.tunnel(toward: address, through: route.interface, in: listener.place)
      return "\(answer?.tunnel.type ?? "tun") (\(interface.name))"
    } catch let error as VantageError where !error.endsConversation {
      // Only the name of the VPN is missing.
      return nil
    }
  }

  // MARK: Whether it gets there

  private func edge(_ from: Int, _ to: Int, _ endpoint: Endpoint, _ lead: ExposureLead) -> Edge {
    let (source, target) = (listeners[from], listeners[to])
    let words = source.owner.process.map { "\($0.name) (pid \($0.pid))" } ?? "a rule"
    let isHost = inventory.namespace(target.place)?.isHost ?? true
    let there = isHost ? target.host : "\(target.placeName) on \(target.host)"
    let way = lead.through.map { " through \($0)" } ?? ""
    let text = "\(words) on \(source.host) passes it on to \(endpoint)\(way)"
    func edge(_ verdict: FirewallVerdict.Outcome, _ why: String, _ certainty: Certainty) -> Edge {
      let factor = ExposureFactor(
        lead.kind == .nat ? .nat : .relay, "\(text): \(why)", rule: lead.configuration, certainty: certainty)
      return Edge(from: from, to: to, endpoint: endpoint, verdict: verdict, factor: factor)
    }
    if lead.kind == .relay, isConnected(source, to: endpoint) {
      return edge(.reachable, "it is connected there now", .observed)
    }
    if lead.kind == .relay, source.place == target.place {
      let own = target.paths.first { $0.from.kind == .itself && $0.destination.address.isV4 == endpoint.address.isV4 }
      if let own { return edge(own.verdict, "both are in the same place", .observed) }
    }
    // It is not known as whom it arrives there, so all must fare alike.
    let verdicts = target.paths.filter { $0.from.kind != .itself && $0.from.address.isV4 == endpoint.address.isV4 }
    switch Set(verdicts.map(\.verdict)) {
    case [.reachable]: return edge(.reachable, "\(there) accepts it from everywhere", .inferred)
    case [.blocked]: return edge(.blocked, "\(there) accepts it from nowhere", .observed)
    case []: return edge(.unknown, "nothing could be tried on \(there)", .unknown)
    default:
      let open = verdicts.filter { $0.verdict == .reachable }.count
      return edge(
        .unknown,
        "\(there) accepts it from \(open) of \(verdicts.count) sources, and it is not known as which of them it arrives",
        .unknown)
    }
  }

  /// Whether the listener's process has a connection to `endpoint` at this moment.
  private func isConnected(_ listener: ExposedListener, to endpoint: Endpoint) -> Bool {
    sockets.contains { socket in
      socket.namespace == listener.place && socket.transport == listener.transport && socket.remote == endpoint
        && socket.state == "established" && socket.local.port != listener.endpoint.port
        && socket.owner.process?.name == listener.owner.process?.name && socket.owner.process != nil
    }
  }

  /// The paths to `to` through the listeners that lead there.
  private func relayed(
    to: Int, _ edges: [Edge], _ direct: [[ExposurePath]], _ visited: inout Set<Int>, _ depth: Int
  ) -> [ExposurePath] {
    guard depth < Self.depth else { return [] }
    var found: [ExposurePath] = []
    for edge in edges where edge.to == to && visited.insert(edge.from).inserted {
      let source = listeners[edge.from]
      let hop = ExposureHop(
        host: source.host, placeName: source.placeName, endpoint: source.endpoint, process: source.owner.process?.name,
        pid: source.owner.process?.pid)
      let outer = direct[edge.from] + relayed(to: edge.from, edges, direct, &visited, depth + 1)
      for path in outer where path.from.kind != .itself && path.verdict != .blocked {
        // What a rule does not translate from this source stays where it is.
        let isTranslated = path.through != nil || path.factors.contains { $0.kind == .nat }
        if edge.factor.kind == .nat, !isTranslated { continue }
        // A program does not get what a rule sends elsewhere before.
        if edge.factor.kind == .relay, path.through == nil, path.factors.contains(where: { $0.kind == .nat }) {
          continue
        }
        var path = path
        path.through = (path.through ?? []) + [hop]
        path.destination = edge.endpoint
        path.factors.append(edge.factor)
        path.verdict =
          edge.verdict == .blocked
          ? .blocked : path.verdict == .unknown || edge.verdict == .unknown ? .unknown : .reachable
        found.append(path)
      }
      visited.remove(edge.from)
    }
    return found
  }
}

internal import Documents
internal import Flows
internal import Questions

/// The listeners of one place, each judged by a copy of the place's firewall.
struct ExposurePlace {
  let vantage: any Vantage
  let scope: ExposureScope
  let origin: ExposureOrigin?
  let place: NamespaceDescription
  let inventory: Inventory
  /// The sockets of all places.
  let everything: [SocketListing]

  /// The listeners of `sockets`, and the ports without a listener that rules send elsewhere, with what could not be seen.
  func listeners(_ sockets: [SocketListing]) async throws -> ([ExposedListener], notes: [String]) {
    var notes: [String] = []
    var problem: String?
    var rules = FirewallAnswer(verdicts: [])
    do { rules = try await vantage.ask(FirewallQuestion([], at: [], in: place.id)).value } catch let error
      as VantageError where !error.endsConversation
    {
      problem = "the rules cannot be copied: \(error.cause)"
    }
    problem = problem ?? rules.problem
    let named = rules.prefixes.compactMap { Prefix($0) }
    let finder = ExposureSources(vantage: vantage, place: place, named: named, hosts: hosts)
    let sources = if let origin { try await finder.named(origin) } else { try await finder.all() }
    if origin != nil, sources.isEmpty {
      notes.append(
        "\(hostName): no route of the main table of \(place.title) leads to \(scope.from ?? "it"): it is not judged")
    }
    if Set(named).count > ExposureSources.limit {
      notes.append(
        "\(hostName): the rules of \(place.title) name \(Set(named).count) prefixes; \(ExposureSources.limit) were tried"
      )
    }
    var rows = Self.merged(sockets).map { socket in
      (listener: listener(socket), bound: Bound(socket, place), isDoor: false)
    }
    var doors = rules.doors ?? []
    if doors.count > ExposureSurvey.doorLimit {
      notes.append(
        "\(hostName): the rules of \(place.title) that translate name \(doors.count) ports; \(ExposureSurvey.doorLimit) were tried"
      )
      doors = Array(doors.prefix(ExposureSurvey.doorLimit))
    }
    if let port = scope.port, place.isHost {
      let asked = FirewallDoor(.tcp, port)
      if !doors.contains(asked), !rows.contains(where: { $0.bound.port == port && $0.bound.transport == .tcp }) {
        doors.append(asked)
      }
    }
    for door in doors {
      for address in [IPAddress.anyV4, .anyV6] {
        // A socket at all addresses is tried with all of its ways anyway.
        let isServed = rows.contains { row in
          row.bound.port == door.port && row.bound.transport == door.transport && row.bound.address.isUnspecified
            && row.bound.serves(isV4: address.isV4)
        }
        if !isServed { rows.append((listener(door, at: address), Bound(door, at: address), true)) }
      }
    }
    let planned = rows.map { row in sources.flatMap { plan(from: $0, to: row.bound) } + neighbours(row.bound) }
    let serving = sockets.map { FirewallListener($0.transport, at: $0.local, isIPv6Only: $0.isIPv6Only == true) }
    let (verdicts, why) = try await ask(planned.flatMap { $0 }.flatMap(\.attempts), Array(Set(serving)), problem)
    if let why { notes.append("\(hostName): \(place.title): \(why)") }
    var next = verdicts.makeIterator()
    var found: [ExposedListener] = []
    for (row, paths) in zip(rows, planned) {
      var listener = row.listener
      var targets: [Endpoint] = []
      for path in paths {
        let own = path.attempts.map { _ in next.next() ?? FirewallVerdict(.unknown, reason: "it was not tried") }
        var (judged, translated) = path.judged(own)
        if let translated { settle(&judged, row.bound.transport, translated) }
        // A socket at this very address has the same path.
        let isTaken = rows.contains { other in
          !other.isDoor && other.bound.transport == row.bound.transport
            && Endpoint(other.bound.address, other.bound.port) == judged.destination
        }
        if row.isDoor, isTaken { continue }
        listener.paths.append(judged)
        if let translated, !targets.contains(translated) { targets.append(translated) }
      }
      listener.leads = targets.isEmpty ? nil : targets.map { ExposureLead(.nat, to: $0) }
      // A port that rules name and do not translate is no listener, unless it was asked for.
      let isAsked = row.isDoor && row.bound.port == scope.port && row.bound.transport == .tcp
      let isLed = !targets.isEmpty || listener.paths.contains { $0.verdict == .reachable && $0.from.kind != .itself }
      if row.isDoor, !isLed, !(isAsked && !listener.paths.isEmpty) { continue }
      found.append(listener)
    }
    return (found, notes)
  }

  private var hostName: String { inventory.host(of: place.id) }

  private var hosts: [(name: String, addresses: [IPAddress])] {
    (inventory.hosts ?? [inventory.host]).enumerated().map { number, name in
      let own = inventory.namespaces.filter { $0.id.host == number && $0.isHost }
      return (
        name,
        own.flatMap(\.interfaces).filter(\.isUp).flatMap(\.addresses).map(\.address).filter {
          !$0.isLoopback && !$0.isLinkLocal
        }
      )
    }
  }

  private func ask(
    _ attempts: [FirewallAttempt], _ listeners: [FirewallListener], _ problem: String?
  ) async throws -> ([FirewallVerdict], problem: String?) {
    func unknown(_ reason: String) -> [FirewallVerdict] {
      attempts.map { _ in FirewallVerdict(.unknown, reason: reason) }
    }
    if let problem { return (unknown(problem), problem) }
    guard listeners.count <= FirewallQuestion.limit else {
      let reason = "it has more than \(FirewallQuestion.limit) listeners"
      return (unknown(reason), reason)
    }
    var verdicts: [FirewallVerdict] = []
    for start in stride(from: 0, to: attempts.count, by: FirewallQuestion.limit) {
      let some = Array(attempts[start..<min(start + FirewallQuestion.limit, attempts.count)])
      do {
        let question = FirewallQuestion(some, at: listeners, in: place.id, explains: scope.explains)
        let answer = try await vantage.ask(question).value
        if let problem = answer.problem { return (unknown(problem), problem) }
        verdicts += answer.verdicts
      } catch let error as VantageError where !error.endsConversation {
        let reason = "the rules cannot be asked: \(error.cause)"
        return (unknown(reason), reason)
      }
    }
    return (verdicts, nil)
  }

  // MARK: Listeners

  /// One socket of several that serve at the same address (SO_REUSEPORT, or one per processor).
  private static func merged(_ sockets: [SocketListing]) -> [SocketListing] {
    struct Key: Hashable {
      var transport: Transport
      var local: Endpoint
      var interface: UInt32?
    }
    var seen: Set<Key> = []
    return sockets.filter {
      seen.insert(Key(transport: $0.transport, local: $0.local, interface: $0.interface)).inserted
    }
  }

  private func listener(_ socket: SocketListing) -> ExposedListener {
    var listener = ExposedListener(
      host: hostName, place: place.id, placeName: place.name, endpoint: socket.local, transport: socket.transport,
      owner: socket.owner)
    listener.interface = socket.interface.map { place.interface($0)?.name ?? "interface \($0)" }
    return listener
  }

  private func listener(_ door: FirewallDoor, at address: IPAddress) -> ExposedListener {
    var listener = ExposedListener(
      host: hostName, place: place.id, placeName: place.name, endpoint: Endpoint(address, door.port),
      transport: door.transport, owner: Owner(reason: "no socket listens there"))
    listener.isRuleOnly = true
    return listener
  }

  /// Where a socket, or a rule, serves.
  struct Bound {
    var transport: Transport
    var address: IPAddress
    var port: UInt16
    var isIPv6Only: Bool
    /// The name of the only interface; nil for any.
    var interface: String?

    init(_ socket: SocketListing, _ place: NamespaceDescription) {
      (transport, address, port) = (socket.transport, socket.local.address, socket.local.port)
      isIPv6Only = socket.isIPv6Only == true
      interface = socket.interface.map { place.interface($0)?.name ?? "" }
    }

    init(_ door: FirewallDoor, at address: IPAddress) {
      (transport, port, self.address, isIPv6Only) = (door.transport, door.port, address, true)
    }

    func serves(isV4: Bool) -> Bool {
      guard address.isUnspecified else { return address.isV4 == isV4 }
      return address.isV4 ? isV4 : !isV4 || !isIPv6Only
    }
  }

  /// What a rule sends to another place is only let through here: whether it is served there is another question.
  private func settle(_ path: inout ExposurePath, _ transport: Transport, _ target: Endpoint) {
    guard path.verdict == .reachable, !place.owns(target.address), !target.address.isLoopback else { return }
    let home = inventory.namespaces.first {
      $0.id.host == place.id.host && $0.id != place.id && $0.owns(target.address)
    }
    guard let home else {
      path.factors.append(ExposureFactor(.route, "whether \(target) answers is not tried", certainty: .inferred))
      return
    }
    let isServed = everything.contains { socket in
      socket.namespace == home.id && socket.transport == transport && ExposureSurvey.isBound(socket)
        && socket.local.port == target.port
        && (socket.local.address == target.address || socket.local.address.isUnspecified)
    }
    if isServed {
      path.factors.append(
        ExposureFactor(.route, "rules of \(home.title) are not tried on this way", certainty: .inferred))
    } else {
      path.verdict = .unknown
      path.factors.append(
        ExposureFactor(.route, "no socket of \(home.title) is seen to serve \(target)", certainty: .unknown))
    }
  }

  // MARK: Ways

  /// Who reaches a link-local address: the neighbours on its link. A copy has no such neighbours, so it is not tried.
  private func neighbours(_ bound: Bound) -> [PlannedPath] {
    guard bound.address.isLinkLocal, origin == nil else { return [] }
    let links = place.interfaces.filter { interface in
      interface.isUp && bound.interface.map { $0 == interface.name } ?? true
        && interface.addresses.contains { $0.address == bound.address }
    }
    return links.map { link in
      let source = ExposureSource(.network, "\(link.name) neighbours", as: bound.address, on: link.name)
      var path = ExposurePath(from: source, destination: Endpoint(bound.address, bound.port))
      path.verdict = .unknown
      return PlannedPath(
        path: path, attempts: [], needsOne: true, reason: "neighbours at link-local addresses are not tried in the copy"
      )
    }
  }

  /// What `source` may try.
  private func plan(from source: ExposureSource, to bound: Bound) -> [PlannedPath] {
    let isV4 = source.address.isV4
    guard bound.serves(isV4: isV4) else { return [] }
    if let name = bound.interface, let own = source.interface, name != own, source.kind != .internet { return [] }
    let up = place.interfaces.filter(\.isUp)
    let own = up.flatMap(\.addresses).map(\.address).filter { address in
      address.isV4 == isV4 && (bound.address.isUnspecified || bound.address == address) && !address.isLinkLocal
    }
    func attempt(_ address: IPAddress, on interface: String?) -> FirewallAttempt {
      FirewallAttempt(bound.transport, from: source.address, to: Endpoint(address, bound.port), on: interface)
    }
    let target = Endpoint(bound.address, bound.port)
    switch source.kind {
    case .itself:
      let address = bound.address.isUnspecified ? source.address : bound.address
      var from = source
      from.address = address
      let path = ExposurePath(from: from, destination: Endpoint(address, bound.port))
      let try1 = FirewallAttempt(bound.transport, from: address, to: Endpoint(address, bound.port), on: nil)
      return [PlannedPath(path: path, attempts: [try1], needsOne: true)]
    case .internet: return internet(source, bound, own)
    case .network, .containers, .vpn, .prefix, .host:
      let near = up.first { $0.name == source.interface }?.addresses.map(\.address) ?? []
      let reachable = own.filter { !$0.isLoopback }
      // A host answers at all of its addresses, whatever interface the packet comes by.
      let chosen = (reachable.filter { near.contains($0) } + reachable.filter { !near.contains($0) }).prefix(16)
      if chosen.isEmpty { return [] }
      let path = ExposurePath(from: source, destination: target)
      return [
        PlannedPath(path: path, attempts: chosen.map { attempt($0, on: source.interface) }, needsOne: true)
      ]
    }
  }

  /// An address that the internet has no route to is not reached from there, whatever the rules say.
  private func internet(_ source: ExposureSource, _ bound: Bound, _ own: [IPAddress]) -> [PlannedPath] {
    let behind = inventory.publicAddresses(of: place.id.host).filter { own.contains($0.value) }
      .sorted { $0.key < $1.key }.map { (own: $0.value, outer: IPAddress?.some($0.key)) }
    let direct = own.filter(\.isPublic).map { (own: $0, outer: IPAddress?.none) }
    var result: [PlannedPath] = []
    for pair in behind + direct {
      var path = ExposurePath(
        from: source, destination: Endpoint(pair.own, bound.port), publicAddress: pair.outer)
      if let outer = pair.outer {
        path.factors.append(ExposureFactor(.publicAddress, "\(outer) stands for \(pair.own)"))
      }
      let owner = place.interfaces.first { $0.addresses.contains { $0.address == pair.own } }
      // The address may be on an interface that nothing comes by (loopback, dummy).
      let isOuter = owner.map { $0.name != "lo" && $0.kind != .dummy } ?? false
      var names: [String] = []
      if let owner, isOuter { names.append(owner.name) }
      if let name = source.interface, !names.contains(name) { names.append(name) }
      if let only = bound.interface { names = names.filter { $0 == only } }
      guard source.interface != nil else {
        path.verdict = .unknown
        result.append(
          PlannedPath(
            path: path, attempts: [], needsOne: false,
            reason: "no route of the main table leads back to the internet; those of other tables are not tried"))
        continue
      }
      if names.isEmpty { continue }
      let attempts = names.map {
        FirewallAttempt(bound.transport, from: source.address, to: Endpoint(pair.own, bound.port), on: $0)
      }
      result.append(PlannedPath(path: path, attempts: attempts, needsOne: false))
    }
    if result.isEmpty, origin == .internet, bound.address.isUnspecified || !bound.address.isLoopback {
      let path = ExposurePath(from: source, destination: Endpoint(bound.address, bound.port))
      result.append(
        PlannedPath(
          path: path, attempts: [], needsOne: false, reason: "no public address is known that leads to it"))
    }
    return result
  }
}

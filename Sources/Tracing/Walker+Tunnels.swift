internal import Flows
internal import Questions

/// Walks through the devices of VPNs.
extension Walker {
  func tunnel(toward address: IPAddress, through interface: UInt32, in place: Place) async throws
    -> Inquiry.Outcome<TunnelAnswer?>
  {
    guard let device = places[place]?.interface(interface), device.kind?.isVPN == true else {
      return .told(Told(nil))
    }
    let outcome = try await inquiry.ask(TunnelQuestion(toward: address, through: interface, in: place))
    guard case .told(let told) = outcome, let answer = told.value else { return outcome }
    return .told(Told(withOnlyClient(answer, at: place), evidence: told.evidence))
  }

  /// If a process holds a device for one client and has connections with one address, that address is the client's,
  /// whatever the program says.
  private func withOnlyClient(_ answer: TunnelAnswer, at place: Place) -> TunnelAnswer {
    guard answer.hasOneClient == true, answer.tunnel.realAddress == nil, answer.carrier == nil, !answer.isClient,
      let process = answer.owner.process
    else { return answer }
    let own = CarrierIndex.carriers(of: process.pid, except: answer.tunnel.interface, at: place, rows)
    guard let first = own.first, Set(own.map(\.flow.destination.address)).count == 1,
      own.allSatisfy({ $0.role == .responder }), !isProxied(process, first.flow.destination.address, at: place)
    else { return answer }
    let far = own.count == 1 ? first.flow.destination : Endpoint(first.flow.destination.address, 0)
    var result = answer
    result.tunnel.realAddress = far.port == 0 ? "\(far.address)" : "\(far)"
    result.carrier = Flow(first.flow.transport, from: far, to: Endpoint(first.flow.source.address, 0))
    if answer.tunnel.client == nil {
      result.tunnel.client = "\(far.address)"
      (result.certainty, result.reason) = (.inferred, nil)
    }
    result.evidence.append(
      Evidence(
        "meter", "\(process.name) (pid \(process.pid)) has the device, and connections with \(far.address) only"))
    return result
  }

  /// Whether a proxy may be in front: a program on this host, or one at an address of a known host.
  private func isProxied(_ process: Process, _ address: IPAddress, at place: Place) -> Bool {
    inventory.namespaces.contains { $0.owns(address) }
      || rows.sockets(of: process, onHostOf: place).contains {
        $0.role == .responder && $0.flow.destination.address.isLoopback
      }
  }

  // MARK: A carrier as what was asked for

  /// How many addresses behind a device are looked up.
  private static let asked = 2000

  /// What is known of a VPN's client from the source of its packets.
  struct CarriedClient {
    let place: Place
    let address: IPAddress
    let answer: TunnelAnswer
    let evidence: [Evidence]
  }

  /// For a VPN's own flow whose client is known: the connection with that client at its end in place of the client's
  /// address.
  func namingClient(of connection: Connection, _ devices: CarrierIndex.Devices) async throws -> Connection {
    var isSeen = false
    switch connection.initiator.steps.last {
    case .external(_, _, _, nil, _)?: break
    case .socket(_, _, .towardInitiator)?: isSeen = true
    default: return connection
    }
    guard case .socket(let place, let flow, .towardResponder)? = connection.responder.steps.last,
      CarrierIndex.mayCarry(flow.reversed), let owner = rows.socket(flow.reversed, in: place)?.owner
    else { return connection }
    for device in devices.held(by: owner, onHostOf: place) {
      let clients = try await clients(behind: device)
      guard let client = clients[flow.source] ?? onlyClient(clients, from: flow.source.address, of: owner, at: place),
        client.answer.hasOneClient == true || client.answer.carrier?.transport == flow.transport
      else { continue }
      var path = connection.initiator
      let step = Step.tunnel(client.place, client.address, client.answer, StepEvidence(client.evidence))
      if isSeen { path.steps.insert(step, at: path.steps.count - 1) } else { path.steps[path.steps.count - 1] = step }
      return Connection(
        row: connection.row, initiator: path, responder: connection.responder, bytes: connection.bytes)
    }
    return connection
  }

  /// The client whose packets come from `address` on any port, if only one of the VPN's flows does.
  private func onlyClient(
    _ clients: [Endpoint: CarriedClient], from address: IPAddress, of owner: Owner, at place: Place
  ) -> CarriedClient? {
    guard let client = clients[Endpoint(address, 0)] else { return nil }
    let own = owner.process.map { rows.sockets(of: $0, onHostOf: place) } ?? rows.kernelSockets(onHostOf: place)
    let count = own.count { $0.flow.destination.address == address && CarrierIndex.mayCarry($0.flow) }
    return count == 1 || client.answer.hasOneClient == true ? client : nil
  }

  /// The addresses of a row on the device's side.
  private static func beyond(_ device: String, _ row: FlowTraffic) -> [IPAddress] {
    guard row.role == .forwarded else { return [row.flow.destination.address] }
    let target = (row.translated ?? row.flow).destination.address
    return (row.interface == device ? [row.flow.source.address] : []) + (row.outInterface == device ? [target] : [])
  }

  private func clients(behind device: CarrierIndex.Devices.Device) async throws -> [Endpoint: CarriedClient] {
    if let known = carried[device] { return known }
    var result: [Endpoint: CarriedClient] = [:]
    /// Sources that several clients share, as far as it is known: one address, without the clients' ports.
    var shared: Set<Endpoint> = []
    var seen: Set<IPAddress> = []
    for row in rows.passing(device: device.name, of: device.place) {
      for end in Self.beyond(device.name, row)
      where places[device.place]?.owns(end) == false && seen.count < Self.asked && seen.insert(end).inserted {
        guard let told = try await tunnel(toward: end, through: device.index, in: device.place).told,
          let answer = told.value, answer.tunnel.client != nil, !answer.isClient, let carrier = answer.carrier
        else { continue }
        if let known = result[carrier.source], known.answer.tunnel.client != answer.tunnel.client {
          shared.insert(carrier.source)
        }
        result[carrier.source] =
          result[carrier.source]
          ?? CarriedClient(place: device.place, address: end, answer: answer, evidence: told.evidence)
      }
    }
    for end in shared { result[end] = nil }
    carried[device] = result
    return result
  }

  /// The device that has the flow's own address. It is used where no route is known, as in recorded outputs without
  /// routes.
  func device(of flow: Flow, _ direction: Direction, in place: Place) -> UInt32? {
    let own = direction == .towardInitiator ? flow.destination.address : flow.source.address
    return places[place]?.interfaces.first { $0.addresses.contains { $0.address == own } }?.index
  }

  /// The VPN server's view of a flow that came into `home` from its client.
  func entrance(of flow: Flow, to home: Place) async throws -> Step? {
    let client = flow.source.address
    // Questions that are refused here are asked and reported again on the walk's own way.
    guard let route = try await inquiry.ask(RouteQuestion(to: client, in: home)).told, let way = route.value,
      let told = try await tunnel(toward: client, through: way.interface, in: home).told, let answer = told.value,
      !answer.isClient
    else { return nil }
    return .tunnel(home, client, answer, StepEvidence(route.evidence + told.evidence))
  }

  /// The namespace of this host that holds the other side of a tunnel, if there is only one candidate: it has the
  /// address on a tunnel's device, or the flow was seen there. Nil otherwise.
  func home(
    beyond answer: TunnelAnswer, of address: IPAddress, _ flow: Flow, _ visited: Set<Place>
  ) -> Place? {
    let candidates = inventory.namespaces.filter { place in
      guard !visited.contains(place.id) else { return false }
      // Without a list of its interfaces it is not known which one is the VPN's.
      let hasDevice = place.interfaces.contains { device in
        device.kind?.isVPN == true || (device.kind == nil && device.addresses.contains { $0.address == address })
      }
      return hasDevice && rows.passing(flow, in: place.id) != nil
    }
    return candidates.count == 1 ? candidates[0].id : nil
  }
}

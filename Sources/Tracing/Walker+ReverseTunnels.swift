internal import Flows
internal import Questions

/// Programs that make all of their connections themselves and still act for others: what comes in by one of them (`ssh -R`,
/// `frpc`), which a server at its far end accepted together with its clients.
extension Walker {
  /// The trunk of a program, and the server's side of it.
  private struct Trunk {
    let process: Process
    /// As the program has it, from initiator to responder.
    let flow: Flow
    /// The walk from the program to the server's socket.
    let way: Path
    /// Whose the server's socket is.
    let server: Process
    /// What the server accepted besides, from the server's end.
    let clients: [FlowTraffic]
  }

  /// The ways from a connection that a program made to those who use it through the program's own trunk; nil if it is no
  /// such program as far as anything shows.
  func throughTrunk(_ path: Path) async throws -> [Path]? {
    guard let process = rows.socket(path.flow, in: path.place)?.owner.process else { return nil }
    let candidates = try await trunks(of: process, at: path.place)
    guard let far = (candidates.first { $0.flow != path.flow } ?? candidates.first)?.flow.destination else {
      return nil
    }
    let waypoint = Waypoint(place: path.place, flow: path.flow, direction: .towardInitiator)
    guard underway.insert(waypoint).inserted else { return nil }
    defer { underway.remove(waypoint) }
    for row in candidates {
      if let trunk = try await trunk(row, of: process) { return try await ways(from: path, through: trunk) }
    }
    // The far end is not seen.
    var here = path
    here.steps.append(.socket(path.place, path.flow, .towardInitiator))
    here.steps.append(
      .unknown(
        path.place, path.flow,
        reason:
          "\(process.name) (pid \(process.pid)) brings here what comes in at the other end of its tunnel to \(far):"
          + " only there is known who asks"))
    return [here]
  }

  /// Less says nothing of what belongs together.
  private static let leastCarried = 1000.0

  /// The connections of `process` that may be its trunk: each has what all others have together. Looked for once.
  private func trunks(of process: Process, at place: Place) async throws -> [FlowTraffic] {
    let key = process.id(onHostOf: place)
    if let known = trunks[key] { return known }
    trunks[key] = []
    let all = rows.sockets(of: process, onHostOf: place).filter { CarrierIndex.isStream($0.flow) }
    guard all.count > 1, process.outside != true,
      all.allSatisfy({ $0.role == .initiator && $0.isRoleInferred != true })
    else { return [] }
    let whole = all.reduce(0) { $0 + $1.amount }
    let found = all.filter { $0.amount * 2.5 >= whole && $0.amount >= Self.leastCarried }.filter { row in
      let steps = RelaySteps(inbound: [row], outbound: all.filter { $0.flow != row.flow })
      return steps.agree && steps.agreeBothWays
    }
    // One that reads from one server and writes to another looks the same and does it for itself: its name, or what it was
    // told to do, has to say that it acts for others.
    guard !found.isEmpty,
      try await inquiry.ask(RelayQuestion(of: process.pid, in: place)).told?.value?.isReverse == true
    else { return [] }
    trunks[key] = found
    return found
  }

  private func trunk(_ row: FlowTraffic, of process: Process) async throws -> Trunk? {
    let ways = try await walk(row.flow, from: row.namespace, .towardResponder)
    guard ways.count == 1, let way = ways.first, case .socket(let place, let flow, .towardResponder)? = way.steps.last,
      let own = rows.socket(flow.reversed, in: place), let server = own.owner.process
    else { return nil }
    let all = rows.sockets(of: server, onHostOf: place).filter { CarrierIndex.isStream($0.flow) }
    let clients = all.filter { $0.flow != own.flow }
    guard !clients.isEmpty, server.outside != true,
      clients.allSatisfy({ $0.role == .responder && $0.isRoleInferred != true })
    else { return nil }
    let steps = RelaySteps(inbound: clients, outbound: [own])
    guard steps.agree, steps.agreeBothWays else { return nil }
    return Trunk(process: process, flow: row.flow, way: way, server: server, clients: clients)
  }

  private func ways(from path: Path, through trunk: Trunk) async throws -> [Path] {
    let place = trunk.way.place
    // What a client sends is what the program sends on: sums that only two have pair them, the others share what is left.
    let made = rows.sockets(of: trunk.process, onHostOf: path.place).filter { $0.flow != trunk.flow }
    let pairs = TrafficPairing.pair(trunk.clients + made).filter { $0.outbound != nil }
    var clients = trunk.clients
    var method = RelayLink.Method.share
    if let pair = pairs.first(where: { $0.outbound?.flow == path.flow }) {
      clients = [pair.inbound]
      method = .bytes
    } else {
      let paired = Set(pairs.map(\.inbound.flow))
      let left = clients.filter { !paired.contains($0.flow) }
      if !left.isEmpty { clients = left }
      if clients.count == 1 { method = .only }
    }
    let whole = clients.reduce(0) { $0 + $1.amount }
    let first = try await crossing(
      of: trunk.process, in: path.place, inbound: trunk.flow, outbound: path.flow, .only, 1)
    var result: [Path] = []
    for client in clients {
      let share = whole > 0 ? client.amount / whole : 1 / Double(clients.count)
      let second = try await crossing(
        of: trunk.server, in: place, inbound: client.flow.reversed, outbound: trunk.way.flow.reversed, method,
        clients.count)
      for tail in try await walk(client.flow.reversed, from: client.namespace, .towardInitiator) {
        let steps: [Step] =
          path.steps + [.socket(path.place, path.flow, .towardInitiator), .relay(path.place, first)]
          + trunk.way.steps + [.relay(place, second)] + tail.steps
        result.append(
          Path(
            steps: steps, place: tail.place, flow: tail.flow, share: path.share * share * tail.share,
            isNameOpen: tail.isNameOpen))
      }
      guard result.count <= Self.branches else { break }
    }
    return result
  }

  private func crossing(
    of process: Process, in place: Place, inbound: Flow, outbound: Flow, _ method: RelayLink.Method, _ candidates: Int
  ) async throws -> RelayCrossing {
    let answer = try await inquiry.ask(RelayQuestion(of: process.pid, in: place)).told?.value
    var link = RelayLink(
      namespace: place, inbound: inbound, outbound: outbound, method: method, candidates: candidates)
    link.names = answer?.user.map { RelayNames(user: $0) }
    return RelayCrossing(
      process: process, software: answer?.isRelay == true ? answer?.software ?? process.name : process.name,
      isListed: answer?.isRelay ?? false, sessionCommand: nil, isRecorded: answer?.isRecorded ?? false,
      configurationCommand: nil, link: link, open: nil, share: 1)
  }
}

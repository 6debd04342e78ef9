internal import Flows
internal import Questions

/// Relays of two programs with a UNIX socket in between: one accepts from clients, the other connects to servers. No system
/// call on a counted connection joins the two, so that their sums have to.
extension RelayIndex {
  /// The map of the program that connects together with those that come to it through its UNIX socket; nil if nobody does.
  func throughDoor(_ process: Process, in namespace: Place) async throws -> RelayMap? {
    let id = process.id(onHostOf: namespace)
    if let number = doors.connecting(id) { return try await map(ofTail: number, process, namespace) }
    guard let number = doors.accepting(id) else { return nil }
    for tail in doors.tails(of: number) {
      guard let member = doors.connecting[tail].members.first,
        let row = doors.connecting[tail].rows.first(where: { $0.owner.process?.pid == member.pid }),
        let other = row.owner.process, let map = try await map(ofTail: tail, other, row.namespace)
      else { continue }
      let pids = Set(map.inbound.compactMap { $0.owner.process?.pid })
      if pids.contains(process.pid) { return map }
    }
    return nil
  }

  private func map(ofTail number: Int, _ process: Process, _ namespace: Place) async throws -> RelayMap? {
    if let known = behindDoors[number] { return known }
    let map = try await askDoors(number, process, namespace)
    behindDoors[number] = .some(map)
    return map
  }

  /// How many processes of one program are asked who is connected to them.
  private static let mostAsked = 8
  /// How many UNIX sockets in a row are followed.
  private static let mostDoors = 3

  private func askDoors(_ number: Int, _ process: Process, _ namespace: Place) async throws -> RelayMap? {
    let family = doors.connecting[number]
    guard doors.mayHaveHead(number), family.rows.reduce(0, { $0 + $1.amount }) >= Self.leastPiped else { return nil }
    var answer: RelayAnswer?
    var found = LocalDoors()
    // One for each client may have ended; who started them listens.
    let asked = [process.pid] + family.members.map(\.pid).filter { $0 != process.pid }.prefix(Self.mostAsked)
    for pid in asked + (family.parent.map { [$0.pid] } ?? []) {
      guard let told = try await inquiry.ask(RelayQuestion(of: pid, in: namespace)).told?.value else { continue }
      answer = answer ?? told
      found.callers += told.doors?.callers ?? []
      found.listens += told.doors?.listens ?? []
      found.reason = found.reason ?? told.doors?.reason
    }
    let callers = try await accepting(found.callers, of: namespace)
    let software = answer ?? RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    var (inbound, mayGuess, way) = (callers.rows, callers.others.isEmpty, callers.way)
    if inbound.isEmpty {
      if let other = callers.others.first {
        // A program of this host asks by itself.
        return software.isRelay ? refused(process, software, family, try await self.words(other, namespace)) : nil
      }
      let heads = doors.heads(of: number)
      if heads.isEmpty { return nil }
      if let reason = found.reason {
        return refused(process, software, family, "its UNIX sockets could not be read: \(reason)")
      }
      // Nobody is connected any more: two that moved the same in each direction.
      guard heads.count == 1, let path = found.listens.first, let head = doors.accepting[heads[0]].rows.first else {
        return nil
      }
      inbound = doors.accepting[heads[0]].rows
      way =
        "\(head.owner.process?.name ?? "another program") accepts what \(process.name) makes, which listens on the UNIX socket"
        + " \(path)"
    }
    let steps = RelaySteps(inbound: inbound, outbound: family.rows)
    if !steps.agree { mayGuess = false }
    let links = methods.contains(.bytes) ? TrafficPairing.pair(inbound + family.rows).compactMap(Self.link) : []
    guard software.isRelay || steps.agree else { return nil }
    var map = RelayMap(
      process: process, answer: software, inbound: inbound, outbound: family.rows, links: links,
      mayGuess: mayGuess && methods.isSuperset(of: [.only, .share]))
    map.way = way
    return map
  }

  /// What those accept who come to a program, and those who accept nothing.
  private func accepting(
    _ callers: [LocalDoors.Partner], of namespace: Place
  ) async throws -> (rows: [FlowTraffic], others: [LocalDoors.Partner], way: String?) {
    var (rows, others, way) = ([FlowTraffic](), [LocalDoors.Partner](), nil as String?)
    var seen: Set<Int32> = []
    var families: Set<Int> = []
    var (next, depth) = (callers, 0)
    while !next.isEmpty {
      var further: [LocalDoors.Partner] = []
      for caller in next where seen.count < Self.mostAsked * 8 && seen.insert(caller.pid).inserted {
        let id = ProcessID(host: namespace.host, pid: caller.pid)
        var own: [FlowTraffic] = []
        if let number = doors.accepting(id) {
          guard families.insert(number).inserted else { continue }
          own = doors.accepting[number].rows
        } else {
          own = self.rows.sockets(of: id).filter { $0.role == .responder && $0.flow.transport == .tcp }
        }
        if let first = own.first {
          rows += own
          let name = first.owner.process?.name ?? "a program"
          way = way ?? "\(name) (pid \(caller.pid)) is connected to it through the UNIX socket \(caller.path)"
          continue
        }
        let answer = try await inquiry.ask(RelayQuestion(of: caller.pid, in: namespace)).told?.value
        let beyond = answer?.doors?.callers ?? []
        if beyond.isEmpty || depth >= Self.mostDoors { others.append(caller) } else { further += beyond }
      }
      (next, depth) = (further, depth + 1)
    }
    return (rows, others, way)
  }

  private func refused(
    _ process: Process, _ answer: RelayAnswer, _ family: DoorFamilies.Family, _ reason: String
  ) -> RelayMap {
    RelayMap(process: process, answer: answer, refusal: reason, inbound: [], outbound: family.rows, links: [])
  }

  private func words(_ partner: LocalDoors.Partner, _ namespace: Place) async throws -> String {
    let id = ProcessID(host: namespace.host, pid: partner.pid)
    let name = try await inquiry.ask(ProcessQuestion(id)).told?.value?.name ?? "a program"
    return "\(name) (pid \(partner.pid)) is connected to it through the UNIX socket \(partner.path)"
  }
}

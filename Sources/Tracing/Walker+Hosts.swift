internal import Flows
internal import Questions

/// Walks from one known host to another.
extension Walker {
  /// Adds the step to another host if `next` is on one. It names the host nearer to the source.
  func step(
    into next: Place, _ path: inout Path, _ direction: Direction, publicAddress: IPAddress?, _ evidence: [Evidence]
  ) {
    guard next.host != path.place.host else { return }
    let isNext = direction == .towardInitiator
    let shown = isNext ? evidence : rows.passing(path.flow, in: path.place)?.evidence ?? []
    path.steps.append(
      .host(isNext ? next : path.place, reason: nil, publicAddress: publicAddress, StepEvidence(shown)))
  }

  enum OtherHost {
    /// The other host knows the flow; with the place and the flow's tuple there.
    case found(Place, Flow, [Evidence])
    /// The other host has the address but does not know the flow.
    case strange(Place, reason: String, isRefused: Bool)
    case none
  }

  /// The place on another known host that has the address and knows the flow.
  ///
  /// Many hosts have the same private addresses, so the address alone is no proof.
  func otherHost(
    with address: IPAddress, _ flow: Flow, from place: Place, _ direction: Direction, _ visited: Set<Place>
  ) async throws -> OtherHost {
    guard let hosts = inventory.hosts, hosts.count > 1 else { return .none }
    var found: [(Place, Flow, [Evidence])] = []
    var strange: (place: Place, refusal: String?)?
    let names = names(of: flow, leaving: place, direction)
    for candidate in inventory.namespaces {
      let number = candidate.id.host
      guard number != place.host, !visited.contains(candidate.id) else { continue }
      let inner = inventory.ownAddress(behind: address, on: number)
      guard candidate.owns(inner ?? address), !address.isLoopback else { continue }
      var known: (Flow, [Evidence])?
      var refusal: String?
      for name in names where known == nil {
        let there = inner.map { name.with($0, at: direction) } ?? name
        switch try await knows(there, in: candidate.id, direction) {
        case .told(let told): if told.value { known = (there, told.evidence) }
        case .refused(let reason): refusal = reason
        }
      }
      if let known {
        found.append((candidate.id, known.0, known.1))
      } else if candidate.isHost,
        candidate.interfaces.contains(where: { device in
          device.kind != .bridge && device.addresses.contains { $0.address == address }
        })
      {
        strange = (candidate.id, refusal)
      }
    }
    if found.count == 1 { return .found(found[0].0, found[0].1, found[0].2) }
    if found.count > 1 {
      return .strange(
        found[0].0, reason: "\(found.count) network namespaces have \(address) and this flow", isRefused: true)
    }
    guard let (strange, refusal) = strange else { return .none }
    let host = inventory.host(of: strange)
    if let failure = inquiry.failures.first(where: { $0.host == host }) {
      return .strange(
        strange, reason: "\(host) has \(address), but stopped answering (\(failure.reason))", isRefused: true)
    }
    if let refusal {
      return .strange(
        strange, reason: "\(host) has \(address), but could not be queried for \(flow): \(refusal)", isRefused: true)
    }
    let silent = inquiry.failures.map(\.host)
    let excuse =
      silent.isEmpty
      ? "" : "; hosts that could not be queried may have it under another address: \(silent.joined(separator: ", "))"
    return .strange(
      strange, reason: "\(host) has \(address), but has no record of \(flow) any more\(excuse)", isRefused: false)
  }

  /// The tuples by which others may know the flow: a cloud replaces the near end by its public address.
  func names(of flow: Flow, leaving place: Place, _ direction: Direction) -> [Flow] {
    let near: Direction = direction == .towardInitiator ? .towardResponder : .towardInitiator
    let own = near == .towardInitiator ? flow.source.address : flow.destination.address
    let outside = inventory.publicAddresses(of: place.host).filter { $0.value == own }.map(\.key).sorted()
    return [flow] + outside.map { flow.with($0, at: near) }
  }

  /// The public address in one of two tuples of a flow that the other tuple does not have.
  func publicAddress(_ one: Flow, _ other: Flow) -> IPAddress? {
    let (left, right) = (
      Set([one.source.address, one.destination.address]), [other.source.address, other.destination.address]
    )
    return left.symmetricDifference(right).first { inventory.hostNumber(withPublic: $0) != nil }
  }

  /// Whether the flow was measured there, is translated there, or has a socket there now.
  func knows(_ flow: Flow, in place: Place, _ direction: Direction) async throws -> Inquiry.Outcome<Bool> {
    if let row = rows.passing(flow, in: place) { return .told(Told(true, evidence: row.evidence ?? [])) }
    let tracked = try await inquiry.ask(TranslationQuestion(of: flow, in: place))
    if let told = tracked.told, told.value != nil { return .told(Told(true, evidence: told.evidence)) }
    // No kernel lists who pings.
    guard flow.transport.hasPorts else { return tracked.refusal.map { .refused($0) } ?? .told(Told(false)) }
    let own = direction == .towardInitiator ? flow : flow.reversed
    let socket = try await inquiry.ask(SocketQuestion(of: own, in: place))
    if let told = socket.told, told.value?.isThere == true { return .told(Told(true, evidence: told.evidence)) }
    return (socket.refusal ?? tracked.refusal).map { .refused($0) } ?? .told(Told(false))
  }
}

extension Flow {
  /// The flow with another address at its initiator's or its responder's end.
  fileprivate func with(_ address: IPAddress, at end: Walker.Direction) -> Flow {
    var result = self
    if end == .towardInitiator {
      result.source = Endpoint(address, source.port)
    } else {
      result.destination = Endpoint(address, destination.port)
    }
    return result
  }
}

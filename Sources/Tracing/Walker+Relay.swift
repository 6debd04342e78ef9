internal import Flows

extension Walker {
  /// If the socket at this end belongs to docker-proxy, which answers every inbound connection by exactly one outbound
  /// one: the step across it, and the flow on its other side if that is unambiguous.
  func relay(at place: NamespaceID, _ flow: Flow, _ direction: Direction) -> (step: Step, next: Flow?)? {
    // Toward the initiator the walk arrives at the relay's outbound socket, toward the responder at its inbound one.
    let own = direction == .towardInitiator ? flow : flow.reversed
    guard let here = rows.socket(own, in: place), let process = here.owner.process, process.name == "docker-proxy"
    else { return nil }
    let others = rows.sockets(of: process.pid, in: place).filter {
      $0.role == (direction == .towardInitiator ? .responder : .initiator) && $0.flow.transport == flow.transport
    }
    // Another flow with nearly the same bytes doesn't make an exact pair ambiguous.
    let exact = others.filter { Self.mirrorsPayload(here, $0) }
    let mirrored = exact.isEmpty ? others.filter { Self.mirrorsPackets(here, $0) } : exact
    let candidates = mirrored.isEmpty ? others : mirrored
    guard let best = candidates.max(by: { $0.traffic.bytes < $1.traffic.bytes }) else { return nil }
    let other = direction == .towardInitiator ? best.flow.reversed : best.flow
    let match: RelayMatch =
      candidates.count > 1 ? .several(candidates.count, direction) : mirrored.isEmpty ? .only : .mirrored
    let step: Step =
      direction == .towardInitiator
      ? .relay(place, inbound: other, outbound: flow, match) : .relay(place, inbound: flow, outbound: other, match)
    return (step, match.isUnique ? other : nil)
  }

  /// Whether what one flow received is what the other sent, both ways, where the kernel told the payload.
  private static func mirrorsPayload(_ left: FlowTraffic, _ right: FlowTraffic) -> Bool {
    guard let leftIn = left.payloadIn, let leftOut = left.payloadOut, let rightIn = right.payloadIn,
      let rightOut = right.payloadOut, leftIn != 0 || leftOut != 0
    else { return false }
    return leftIn == rightOut && leftOut == rightIn
  }

  /// The same by the packets' bytes less their headers, up to the options of a handshake and a rare segment sent again:
  /// a relay that splices moves bytes that no system call counts.
  private static func mirrorsPackets(_ left: FlowTraffic, _ right: FlowTraffic) -> Bool {
    let (one, other) = (left.withoutHeaders, right.withoutHeaders)
    guard one.bytes > 256, left.isSpliced || right.isSpliced else { return false }
    func near(_ a: UInt64, _ b: UInt64) -> Bool { max(a, b) - min(a, b) <= 128 + max(a, b) / 1000 }
    return near(one.bytesIn, other.bytesOut) && near(one.bytesOut, other.bytesIn)
  }
}

extension FlowTraffic {
  /// Whether most of its bytes were moved by no system call that the kernel tells the length of.
  fileprivate var isSpliced: Bool { ((payloadIn ?? 0) + (payloadOut ?? 0)) * 2 < withoutHeaders.bytes }

  /// Bytes less the headers of TCP with time stamps (20 + 12) over IPv4 (20) or IPv6 (40), or of UDP (8).
  fileprivate var withoutHeaders: Traffic {
    let header: UInt64 = (flow.source.address.isV4 ? 20 : 40) + (flow.transport == .tcp ? 32 : 8)
    var result = traffic
    result.bytesIn -= min(result.bytesIn, result.packetsIn &* header)
    result.bytesOut -= min(result.bytesOut, result.packetsOut &* header)
    return result
  }
}

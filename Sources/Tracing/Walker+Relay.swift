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
    let mirrored = MirroredTraffic.partners(of: here, among: others)
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
}

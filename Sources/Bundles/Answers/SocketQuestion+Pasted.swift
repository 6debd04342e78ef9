internal import Flows
public import Questions

extension SocketQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<SocketAnswer?>? {
    let listed = bundle.listings?.first {
      $0.namespace == place && $0.transport == flow.transport && $0.local == flow.source
        && $0.remote == flow.destination
    }
    if let listed { return Told(SocketAnswer(owner: listed.owner, state: listed.state)) }
    guard bundle.isPasted, let output = bundle.place(place) else { return nil }
    let evidence = bundle.evidence(of: flow, in: output)
    if let socket = bundle.pastedSockets.socket(flow, in: output) {
      let owner = bundle.pastedSockets.owner(socket, in: output)
      return Told(SocketAnswer(owner: owner, state: socket.value.state), evidence: evidence)
    }
    let description = bundle.places.inventory.namespace(place)
    let name = description.map { $0.isHost ? "the host" : $0.name } ?? "the namespace"
    let reason = bundle.missing(flow, output, name)
    return Told(
      SocketAnswer(owner: Owner(container: description?.container, reason: reason), state: SocketAnswer.unlisted),
      evidence: evidence)
  }
}

extension SocketsQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) throws -> Told<[SocketListing]>? {
    try bundle.checkRecord("sockets.json", for: self)
    let pasted = bundle.pastedSockets.all.compactMap { output, socket -> SocketListing? in
      guard let id = bundle.places.ids[output], let name = bundle.places.inventory.namespace(id)?.name else {
        return nil
      }
      return SocketListing(
        namespace: id, namespaceName: name, transport: socket.value.transport, state: socket.value.state,
        local: socket.value.local, remote: socket.value.remote, owner: bundle.pastedSockets.owner(socket, in: output),
        bytesReceived: socket.value.received, bytesAcknowledged: socket.value.acknowledged,
        receiveQueue: socket.value.receiveQueue, sendQueue: socket.value.sendQueue, cookie: 0)
    }
    let all = (bundle.listings ?? []) + pasted
    // A recorded host without a list, or with an empty one because it was refused, has sockets all the same.
    if all.isEmpty, !bundle.isPasted {
      guard bundle.listings != nil, try bundle.answers.refusal(of: self) == nil else { return nil }
    }
    return Told(all)
  }
}

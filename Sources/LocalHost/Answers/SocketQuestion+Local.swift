internal import Flows
internal import Netlink
public import Questions

extension SocketQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<SocketAnswer?> {
    try host.withState { state in
      let sockets = try state.namespaces.sockets(of: place)
      guard let record = try SocketDiagnosis(sockets).get(flow) else { return Told(nil) }
      let answer = SocketAnswer(
        owner: state.owners.owner(ofInode: record.inode, uid: record.uid, namespace: place),
        state: record.state.description)
      let evidence = Evidence(
        "sock_diag", "a socket in state \(answer.state) matches this flow",
        command: state.command(in: place, flow.socketCommand))
      return Told(answer, evidence: [evidence])
    }
  }
}

extension SocketsQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<[SocketListing]> { Told(try host.withState { try $0.sockets() }) }
}

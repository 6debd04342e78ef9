internal import Firewall
internal import Flows
internal import LinuxSystem
internal import Netlink
public import Questions

extension FirewallQuestion: LocalQuestion {
  func answer(on host: LocalVantage) async throws -> Told<FirewallAnswer> {
    let (sockets, command) = try host.withState { state in
      (try state.namespaces.sockets(of: place), state.command(in: place, "nft list ruleset"))
    }
    let answer = try await onThread {
      try FirewallClone.ask(attempts, listeners: listeners, explains: explains) { body in
        try sockets.inside(operation: "read the rules", body)
      }
    }
    return Told(answer, evidence: [Evidence("firewall", "tried in a copy of the rules", command: command)])
  }
}

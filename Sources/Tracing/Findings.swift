internal import Documents
internal import Flows

/// Problems that the chains show, with remedies.
enum Findings {
  static func of(_ chains: [Chain]) -> [Finding] {
    var result: [Finding] = []
    var seen: Set<String> = []
    for chain in chains {
      guard chain.source.kind == .external, let address = chain.hops.last?.address, address.scope == .global,
        let endpoint = chain.destination.endpoint ?? chain.hops.first?.flow?.destination, chain.destination.host != nil
      else { continue }
      // Behind a relay, the relay nearest to the outside is what is exposed.
      let gate = chain.hops.lastIndex { $0.kind == .relay }
      let relay = gate.map { chain.hops[$0] }
      let container = relay == nil ? chain.destination.container : relay?.container
      let process = relay == nil ? chain.destination.process : relay?.process
      let owner = container.map { "container \($0.title)" } ?? process?.name ?? "a process"
      let translated = chain.hops[(gate.map { $0 + 1 } ?? 0)...].first { $0.kind == .nat }
      let published = translated?.flow?.destination.port ?? relay?.flow?.destination.port ?? endpoint.port
      guard seen.insert("\(owner):\(published)").inserted else { continue }
      result.append(
        Finding(
          kind: "exposed-listener", severity: .medium,
          summary: "port \(published) of \(owner) is reached from the public address \(address)",
          remedy: "if strangers should not reach it, allow only known sources to port \(published)"
            + (translated != nil
              ? " (in the chain DOCKER-USER or before DNAT), or publish it on 127.0.0.1"
              : " in the firewall, or bind it to a private address")))
    }
    return result
  }
}

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
      let host = relay?.host ?? chain.destination.host
      let transport = (relay?.flow ?? chain.hops.first?.flow)?.transport
      let isHost = (translated?.namespace ?? relay?.namespace ?? chain.hops.first?.namespace) == "host"
      let command = transport.flatMap { transport -> String? in
        guard isHost, transport == .tcp || transport == .udp else { return nil }
        return blocking(published, transport, isV4: address.isV4, isPublished: translated != nil)
      }
      // What is translated for something else than a container of Docker passes other chains.
      let isKnown = translated == nil || container?.runtime == "docker"
      result.append(
        Finding(
          kind: "exposed-listener", severity: .medium,
          summary: "port \(published) of \(owner) is reached from the public address \(address)",
          remedy: "if strangers should not reach it, allow only known sources to port \(published)"
            + (translated != nil
              ? " (in the chain DOCKER-USER or before DNAT), or publish it on 127.0.0.1"
              : " in the firewall, or bind it to a private address")
            + (command != nil && isKnown ? "; for example\(host.map { " on \($0)" } ?? "")" : ""),
          command: isKnown ? command : nil))
    }
    return result
  }

  /// A command that keeps all but the addresses in place of `TRUSTED` from a port, and nothing else from anywhere.
  ///
  /// This host's own programs may use the port over loopback. For a container the rule is behind the translation of its port,
  /// which is why the port that was asked for is compared; answers, and what containers themselves ask of such a port elsewhere,
  /// pass the same chain.
  static func blocking(_ port: UInt16, _ transport: Transport, isV4: Bool, isPublished: Bool) -> String {
    let program = isV4 ? "iptables" : "ip6tables"
    // Older engines make no DOCKER-USER for IPv6.
    let chain = isV4 ? "DOCKER-USER" : "FORWARD"
    let what =
      isPublished
      ? "\(chain) -p \(transport) -m conntrack --ctstate DNAT --ctdir ORIGINAL --ctorigdstport \(port)"
      : "INPUT ! -i lo -p \(transport) --dport \(port)"
    return "\(program) -I \(what) ! -s TRUSTED -j DROP"
  }
}

internal import Flows
internal import Questions

/// Connections that one host's outputs show to come from another host whose own listing lacks them, because it was
/// taken a moment earlier or later. If all its connections to the same service belong to one process, this one is
/// attributed to that process as well.
enum ConcludedRows {
  static func added(to hosts: [BundleVantage]) -> [BundleVantage] {
    guard hosts.count > 1 else { return hosts }
    var listings = hosts.map { Listing($0) }
    var new = hosts.map { _ in [(row: FlowTraffic, note: String)]() }
    for (number, host) in hosts.enumerated() {
      for row in host.pastedInterval.flows where row.role == .forwarded {
        let inner = host.innermost(row)
        // Traffic inside this host does not come from another one.
        guard inner.transport == .tcp, !host.has(inner.source.address) else { continue }
        let able = hosts.indices.filter { $0 != number && listings[$0].mayConclude(inner) }
        guard able.count == 1, let index = able.first,
          let concluded = listings[index].conclude(inner, behind: row, on: hosts[index].host)
        else { continue }
        new[index].append(concluded)
      }
    }
    var result = hosts
    for index in result.indices { result[index].add(new[index]) }
    return result
  }

  /// The content of one host's listing.
  private struct Listing {
    struct Service: Hashable {
      let transport: Transport
      let source: IPAddress
      let destination: Endpoint
    }
    private let flows: [FlowTraffic]
    private var known: Set<Flow>
    private var byService: [Service: [Int]] = [:]
    private let isHost: (Place) -> Bool

    init(_ host: BundleVantage) {
      flows = host.pastedInterval.flows
      known = Set(flows.map(\.flow.unordered))
      let inventory = host.places.inventory
      isHost = { inventory.namespace($0)?.isHost == true }
      for (index, row) in flows.enumerated() where row.role != .forwarded && row.role != .responder {
        let flow = row.flow
        byService[
          Service(transport: flow.transport, source: flow.source.address, destination: flow.destination), default: []
        ].append(index)
      }
    }

    private func others(_ flow: Flow) -> [FlowTraffic] {
      let service = Service(transport: flow.transport, source: flow.source.address, destination: flow.destination)
      return (byService[service] ?? []).map { flows[$0] }
    }

    /// Whether all of the host's connections to the same service belong to one process, and the flow is not among them.
    /// A container's address is not visible outside its host.
    func mayConclude(_ flow: Flow) -> Bool {
      guard !known.contains(flow.unordered) else { return false }
      let others = others(flow)
      guard let first = others.first, let process = first.owner.process, isHost(first.namespace) else { return false }
      return others.allSatisfy { $0.owner.process?.pid == process.pid && $0.namespace == first.namespace }
    }

    mutating func conclude(_ flow: Flow, behind forwarded: FlowTraffic, on host: String) -> (
      row: FlowTraffic, note: String
    )? {
      let others = others(flow)
      guard let first = others.first, let process = first.owner.process, known.insert(flow.unordered).inserted else {
        return nil
      }
      var row = FlowTraffic(
        namespace: first.namespace, namespaceName: first.namespaceName, role: .initiator, flow: flow,
        owner: first.owner,
        traffic: Traffic())
      let count = others.count == 1 ? "the only one" : "all \(others.count)"
      let reason =
        "\(count) from there to \(flow.destination) \(others.count == 1 ? "is" : "are") \(process.name)'s (pid \(process.pid))"
      row.inference = [forwarded.inference, "no listing of \(host) has this connection; \(reason)"].compactMap { $0 }
        .joined(separator: "; ")
      // Equal chains are summed, so the hop may be that of another connection.
      return (row, "no listing of \(host) has \(flow): it is taken for \(process.name)'s, since \(reason)")
    }
  }
}

extension BundleVantage {
  fileprivate func has(_ address: IPAddress) -> Bool {
    places.inventory.namespaces.contains { $0.owns(address) }
  }

  fileprivate mutating func add(_ concluded: [(row: FlowTraffic, note: String)]) {
    pastedInterval.flows += concluded.map(\.row)
    pastedInterval.notes += concluded.map(\.note).prefix(max(0, 16 - pastedInterval.notes.count))
  }

  /// The tuple that the initiator of a forwarded flow uses, as far as the outputs show.
  fileprivate func innermost(_ row: FlowTraffic) -> Flow {
    var flow = row.flow
    var seen: Set<Flow> = [flow]
    // Follows translations through places, such as a container's and then the host's.
    for _ in 0..<4 {
      let next = places.ids.keys.lazy.compactMap { translations.entry(flow, in: $0) }
        .first { $0.translated == flow && $0.isTranslated && !seen.contains($0.original) }
      guard let next else { break }
      flow = next.original
      seen.insert(flow)
    }
    return flow
  }
}

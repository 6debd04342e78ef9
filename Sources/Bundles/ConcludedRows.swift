internal import Flows
internal import Questions

/// Connections that one host's outputs show to come from another one, whose own listing lacks them: it was taken a moment before
/// or after. Where all connections from there to the same service are one process's, this one is taken for its too.
enum ConcludedRows {
  static func added(to hosts: [BundleVantage]) -> [BundleVantage] {
    guard hosts.count > 1 else { return hosts }
    var result = hosts
    for host in hosts {
      for row in host.pastedInterval.flows where row.role == .forwarded {
        let inner = host.innermost(row)
        for index in result.indices where result[index].host != host.host {
          result[index].conclude(inner)
        }
      }
    }
    return result
  }
}

extension BundleVantage {
  /// What a flow that passes here is called by who began it, as far as the outputs tell.
  fileprivate func innermost(_ row: FlowTraffic) -> Flow {
    var flow = row.flow
    var seen: Set<Flow> = [flow]
    // A place's translations, in whichever place: a container's behind the host's.
    for _ in 0..<4 {
      let next = places.ids.keys.lazy.compactMap { translations.entry(flow, in: $0) }
        .first { $0.translated == flow && $0.isTranslated && !seen.contains($0.original) }
      guard let next else { break }
      flow = next.original
      seen.insert(flow)
    }
    return flow
  }

  fileprivate mutating func conclude(_ flow: Flow) {
    let rows = pastedInterval.flows
    guard flow.transport == .tcp, !rows.contains(where: { $0.flow.unordered == flow.unordered }) else { return }
    let others = rows.filter {
      $0.role != .forwarded && $0.flow.source.address == flow.source.address && $0.flow.destination == flow.destination
    }
    guard let first = others.first, let process = first.owner.process,
      others.allSatisfy({ $0.owner.process?.pid == process.pid && $0.namespace == first.namespace })
    else { return }
    var row = FlowTraffic(
      namespace: first.namespace, namespaceName: first.namespaceName, role: .initiator, flow: flow, owner: first.owner,
      traffic: Traffic())
    let count = others.count == 1 ? "the only one" : "all \(others.count)"
    let reason =
      "\(count) from there to \(flow.destination) \(others.count == 1 ? "is" : "are") \(process.name)'s (pid \(process.pid))"
    row.inference = "no listing of \(host) has this connection; \(reason)"
    pastedInterval.flows.append(row)
    // Equal chains are summed, so that the hop may be that of another connection.
    let note = "no listing of \(host) has \(flow): it is taken for \(process.name)'s, since \(reason)"
    if pastedInterval.notes.count < 16 { pastedInterval.notes.append(note) }
  }
}

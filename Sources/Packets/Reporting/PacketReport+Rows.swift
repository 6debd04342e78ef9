public import Documents
public import Flows

/// Which rows of a document are meant.
public enum PacketRows: Hashable, Sendable {
  case conversations, endpoints, sources, networks, ports, names, owners
}

extension PacketReport {
  /// The flows of the packets in row `number` (from 1) of a table, in any direction; nil if there is no such row.
  public func flows(of number: Int, in rows: PacketRows, of document: PacketsDocument) -> Set<Flow>? {
    let kind: PacketGroups.Kind
    let groups: [PacketsGroup]
    switch rows {
    case .conversations:
      guard document.conversations.indices.contains(number - 1) else { return nil }
      return flows(Array(matched[number - 1...number - 1]))
    case .endpoints: (kind, groups) = (.endpoint, document.endpoints)
    case .sources: (kind, groups) = (.source, document.sources)
    case .networks: (kind, groups) = (.network, document.networks)
    case .ports: (kind, groups) = (.port, document.ports)
    case .names: (kind, groups) = (.name, document.names)
    case .owners: (kind, groups) = (.owner, document.owners)
    }
    guard groups.indices.contains(number - 1) else { return nil }
    let all = PacketGroups(self)
    let name = groups[number - 1].name
    return flows(matched.filter { all.keys(kind, $0).contains { "\($0.key)" == name } })
  }

  private func flows(_ connections: [Connections.Connection]) -> Set<Flow> {
    Set(connections.flatMap { $0.rows.map { self.connections.rows[$0].flow.unordered } })
  }
}

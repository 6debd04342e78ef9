internal import Flows
internal import Questions

extension Target {
  /// Whether a measured row belongs to the target.
  func matches(_ row: FlowTraffic) -> Bool {
    switch self {
    case .busiest: true
    case .interface(let name, let namespace):
      row.namespace == namespace && [row.interface, row.outInterface, row.inInterface].contains(name)
        || row.below?.contains(InterfacePlace(name, in: namespace)) == true
    case .prefix(let prefix): row.addresses.contains(where: prefix.contains)
    case .set(_, let prefixes): row.addresses.contains { address in prefixes.contains { $0.contains(address) } }
    case .endpoint(let endpoint): row.endpoints.contains(endpoint)
    case .port(let port): row.flow.transport.hasPorts && row.endpoints.contains { $0.port == port }
    case .flow(let first, let second):
      row.names.contains {
        ($0.source, $0.destination) == (first, second) || ($0.source, $0.destination) == (second, first)
      }
    // The numbers of other pid namespaces are other processes' here.
    case .pid(let pid): row.owner.process?.pid == pid && row.owner.process?.outside != true
    case .processName(let name): row.owner.process?.name == name
    case .container(let container): row.owner.container?.id == container.id
    // Only names that were seen can match.
    case .name: false
    case .on(let host, _, let target): row.namespace.host == host && target.matches(row)
    }
  }

  /// The target in words for people.
  public var description: String {
    switch self {
    case .busiest: "busiest"
    case .interface(let name, _): name
    case .prefix(let prefix): prefix.length == prefix.address.bitWidth ? "\(prefix.address)" : "\(prefix)"
    case .endpoint(let endpoint): "\(endpoint)"
    case .port(let port): ":\(port)"
    case .flow(let first, let second): "\(first)-\(second)"
    case .pid(let pid): "pid:\(pid)"
    case .processName(let name): name
    case .container(let container): container.title
    case .set(let name, _): name
    case .name(let name): name
    case .on(_, let name, let target): "\(name):\(target.description)"
    }
  }
}

extension FlowTraffic {
  /// The flow's tuples at this place: before and after translation.
  var names: [Flow] { [flow] + [translated, before].compactMap(\.self) }
  var endpoints: [Endpoint] { names.flatMap { [$0.source, $0.destination] } }
  var addresses: [IPAddress] { endpoints.map(\.address) }
}

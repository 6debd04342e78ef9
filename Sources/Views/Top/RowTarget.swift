internal import Accounts
internal import Flows

/// The target with which the traffic of a row is traced.
enum RowTarget {
  /// `pid:811`, `:443`, `10.8.1.3`, `eth0`, or a flow; of one of several hosts with its name in front. Nil if the row has no
  /// traffic that could be traced.
  ///
  /// - Parameter flows: the flows of the row in the last interval.
  static func of(_ row: TopRow, _ flows: [FlowTraffic]) -> String? {
    let host = row.host.map { "\($0):" } ?? ""
    switch row.key.what {
    case .process(let pid, _): return "\(host)pid:\(pid)"
    case .container(_, let id) where !id.isEmpty: return "\(host)\(id.prefix(12))"
    case .service(_, let port) where port > 0: return "\(host):\(port)"
    case .remote(let address): return "\(address)"
    case .prefixSet(let name): return name
    case .name(let name, _): return name
    case .interface(_, let name?) where flows.allSatisfy({ $0.namespaceName == "host" }): return host + name
    // What is no target itself is traced by its largest flow.
    default:
      let known = flows.filter { flow in
        flow.flow.transport.hasPorts && !flow.flow.source.address.isUnspecified
          && !flow.flow.destination.address.isUnspecified
      }
      return known.max { $0.traffic.bytes < $1.traffic.bytes }.map { "\($0.flow.source)-\($0.flow.destination)" }
    }
  }
}

internal import Flows

/// The rows of an interval of several hosts, grouped by connection: its sockets at both ends and every place that
/// forwards it, under whatever tuple it has there.
///
/// On one host, rows belong together by their tuple before or after translation. Across hosts they belong together by a
/// tuple that both may have seen: one whose addresses mean the same on both.
struct TalkGroups {
  /// The positions of the rows of each connection.
  let groups: [[Int]]

  init(_ rows: [FlowTraffic], _ addresses: HostAddresses) {
    var parents = Array(rows.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index {
        parents[index] = parents[parents[index]]
        index = parents[index]
      }
      return index
    }
    var local: [Leg: Int] = [:]
    var common: [Flow: Int] = [:]
    for (index, row) in rows.enumerated() where row.isTalk {
      let host = row.namespace.host
      for name in [row.flow, row.translated].compactMap({ $0?.unordered }) {
        let known = local[Leg(name, at: .anywhere(on: host))]
        if let known { parents[root(index)] = root(known) } else { local[Leg(name, at: .anywhere(on: host))] = index }
      }
      for name in Self.commonNames(row, host, addresses) {
        if let known = common[name] { parents[root(index)] = root(known) } else { common[name] = index }
      }
    }
    var members: [Int: [Int]] = [:]
    for (index, row) in rows.enumerated() where row.isTalk { members[root(index), default: []].append(index) }
    groups = Self.joined(members.values.sorted { $0[0] < $1[0] }, rows, addresses)
  }

  /// Joins the two ends of connections whose translation could not be looked up: the client's end has the same address and
  /// port for both, nobody else has it, and as many bytes were counted at both.
  private static func joined(_ groups: [[Int]], _ rows: [FlowTraffic], _ addresses: HostAddresses) -> [[Int]] {
    struct Client: Hashable {
      let transport: Transport
      let endpoint: Endpoint
    }
    var begun: [Client: [Int]] = [:]
    var accepted: [Client: [Int]] = [:]
    for (number, group) in groups.enumerated() {
      let sockets = group.map { rows[$0] }.filter { $0.role != .forwarded }
      guard sockets.count == 1, let row = sockets.first, row.flow.transport.hasPorts else { continue }
      let isServer = row.role == .responder
      guard isServer || row.role == .initiator else { continue }
      let endpoint = isServer ? row.flow.destination : row.flow.source
      guard !endpoint.address.isLoopback, !addresses.isAmbiguous(endpoint.address) else { continue }
      let client = Client(transport: row.flow.transport, endpoint: endpoint)
      if isServer { accepted[client, default: []].append(number) } else { begun[client, default: []].append(number) }
    }
    var result = groups
    for (client, servers) in accepted {
      guard servers.count == 1, let clients = begun[client], clients.count == 1 else { continue }
      let counts = [servers[0], clients[0]].map { groups[$0].map { rows[$0].traffic.bytes }.max() ?? 0 }
      guard Double(min(counts[0], counts[1])) >= 0.8 * Double(max(counts[0], counts[1])) else { continue }
      result[clients[0]] += groups[servers[0]]
      result[servers[0]] = []
    }
    return result.filter { !$0.isEmpty }
  }

  /// The tuples by which other hosts may know a row's flow.
  private static func commonNames(_ row: FlowTraffic, _ host: Int, _ addresses: HostAddresses) -> [Flow] {
    var names: [Flow] = []
    func add(_ flow: Flow) {
      let ends = [flow.source.address, flow.destination.address]
      guard !ends.contains(where: { $0.isLoopback || addresses.isAmbiguous($0) }) else { return }
      for source in addresses.names(of: ends[0], on: host) {
        for destination in addresses.names(of: ends[1], on: host) {
          names.append(
            Flow(
              flow.transport, from: Endpoint(source, flow.source.port), to: Endpoint(destination, flow.destination.port)
            ).unordered)
        }
      }
    }
    // An address that a translation hides behind this host counts as this host's own, unless a known host has it.
    let translated = row.translated ?? row.flow
    if translated.source == row.flow.source || addresses.isKnown(row.flow.source.address) { add(row.flow) }
    if translated != row.flow {
      if translated.destination == row.flow.destination || addresses.isKnown(translated.destination.address) {
        add(translated)
      }
    }
    return names
  }
}

extension FlowTraffic {
  /// Whether the row has two ends; listeners, packet sockets and multicast do not.
  var isTalk: Bool {
    role != .shared && !flow.destination.address.isUnspecified && !flow.source.address.isUnspecified
      && !flow.destination.address.isMulticastOrBroadcast && !flow.source.address.isMulticastOrBroadcast
  }
}

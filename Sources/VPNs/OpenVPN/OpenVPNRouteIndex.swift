public import Flows

/// Finds the clients that an address leads to without searching thousands of routes.
struct OpenVPNRouteIndex: Hashable, Sendable {
  /// The entry that leads to a client.
  enum Entry: Hashable, Sendable { case client(Int), route(Int) }

  private var hosts: [IPAddress: [Entry]] = [:]
  private var networks: [Prefix: [Entry]] = [:]
  /// The prefix lengths in `networks`, longest first.
  private var lengths: [Int] = []
  private var byName: [String: [Int]] = [:]

  init() {}

  init(of status: OpenVPNStatus) {
    for (index, client) in status.clients.enumerated() {
      for address in client.addresses { hosts[address, default: []].append(.client(index)) }
      if let name = client.commonName { byName[name, default: []].append(index) }
    }
    for (index, route) in status.routes.enumerated() {
      guard case .prefix(let prefix) = route.destination else { continue }
      if prefix.length == prefix.address.bitWidth {
        hosts[prefix.address, default: []].append(.route(index))
      } else {
        networks[prefix, default: []].append(.route(index))
      }
    }
    lengths = Set(networks.keys.map(\.length)).sorted(by: >)
  }

  /// The longest prefix that contains `address` (a host's first), with its entries.
  func entries(for address: IPAddress) -> (prefix: Prefix, entries: [Entry])? {
    if let found = hosts[address] { return (Prefix(address), found) }
    for length in lengths {
      if let prefix = Prefix(address, length: length), let found = networks[prefix] { return (prefix, found) }
    }
    return nil
  }

  func clients(named name: String) -> [Int] { byName[name] ?? [] }
}

extension OpenVPNStatus {
  /// The clients that an address leads to.
  public struct Match: Hashable, Sendable {
    /// The client's own address, or the network behind it.
    public var prefix: Prefix
    /// At least one client. There are more if several claim the same prefix; the status does not show which one is
    /// right.
    public var claimants: [Client]
  }

  /// The client that has `address`, or whose network contains it: a host's route first, then the longest prefix. Nil if
  /// no route contains it.
  public func client(for address: IPAddress) -> Match? {
    guard let (prefix, entries) = index.entries(for: address) else { return nil }
    var claimants: [Client] = []
    for entry in entries {
      let client =
        switch entry {
        case .client(let number): clients[number]
        case .route(let number): owner(of: routes[number])
        }
      if !claimants.contains(where: { $0.isSame(as: client) }) { claimants.append(client) }
    }
    return Match(prefix: prefix, claimants: claimants)
  }

  /// The client of a route: the one with the same name and address; else the only one with that name, because a client
  /// that changes its address (`float`) has an old one in older routes. A route without a client still has a name and
  /// an address.
  private func owner(of route: Route) -> Client {
    let bare = Client(commonName: route.commonName, peer: route.peer)
    if let name = route.commonName {
      let named = index.clients(named: name).map { clients[$0] }
      return named.first { $0.peer == route.peer } ?? (named.count == 1 ? named[0] : bare)
    }
    return clients.first { $0.commonName == nil && $0.peer == route.peer } ?? bare
  }
}

extension OpenVPNStatus.Client {
  fileprivate func isSame(as other: Self) -> Bool { commonName == other.commonName && peer == other.peer }
}

internal import Flows

/// Adds up rows for a query. Rows are summed by their numbers first, and named once.
struct HistorySums {
  private let query: HistoryQuery
  private let names: HistoryStore.Names
  var milliseconds: UInt64 = 0
  private var sums: [Key: Sum] = [:]

  /// The numbers that decide a row's group, and whether it is meant; 0 for those that do not matter.
  private struct Key: Hashable {
    var interface: UInt64
    var owner: UInt64
    var chain: UInt64
    var peer: UInt64
    var port: UInt64
    var isAgain: Bool
  }

  private struct Sum {
    var traffic = Traffic()
    var series: [UInt64]
  }

  private let tellsInterfaces: Bool
  private let tellsPeers: Bool
  private let tellsPorts: Bool

  init(_ query: HistoryQuery, _ names: HistoryStore.Names) {
    self.query = query
    self.names = names
    var isInterface = query.by == .interface
    if case .name(let name)? = query.target, names.interfaces.values.contains(name) { isInterface = true }
    tellsInterfaces = isInterface
    if case .addresses? = query.target { tellsPeers = true } else { tellsPeers = query.by == .remote }
    if case .port? = query.target { tellsPorts = true } else { tellsPorts = false }
  }

  mutating func add(_ minute: StoredMinute) {
    milliseconds &+= minute.milliseconds
    for row in minute.rows { add(row, at: minute.minute) }
  }

  /// Adds a row of the minute, or of the hour that begins with it.
  mutating func add(_ row: StoredRow, at minute: Int64) {
    // Where interfaces are not told apart, traffic that passes two of them counts at one.
    if row.isAgain, !tellsInterfaces { return }
    let key = Key(
      interface: row.interface, owner: row.owner, chain: row.chain, peer: tellsPeers ? row.peer : 0,
      port: tellsPorts ? row.port : 0, isAgain: row.isAgain)
    let part = Int((minute - query.from) / query.step)
    var sum = sums.removeValue(forKey: key) ?? Sum(series: [UInt64](repeating: 0, count: query.parts))
    sum.traffic += row.traffic
    if sum.series.indices.contains(part) { sum.series[part] &+= row.traffic.bytes }
    sums[key] = sum
  }

  /// The groups, the largest first.
  var groups: [HistoryGroup] {
    var owners: [UInt64: HistoryOwner] = [:]
    var chains: [UInt64: HistoryChain?] = [:]
    var groups: [Title: HistoryGroup] = [:]
    for (key, sum) in sums {
      let owner = owners[key.owner] ?? names.owner(key.owner)
      owners[key.owner] = owner
      let chain = chains[key.chain] ?? names.chain(key.chain)
      chains[key.chain] = .some(chain)
      let peer = tellsPeers ? names.peer(key.peer) : nil
      let interface = names.interfaces[key.interface] ?? "?"
      guard isMeant(key, owner, chain, peer, interface) else { continue }
      let title = title(owner, chain, peer, interface)
      var group =
        groups[title]
        ?? HistoryGroup(
          name: title.name, kind: title.kind, traffic: Traffic(),
          series: [UInt64](repeating: 0, count: query.parts))
      group.traffic += sum.traffic
      for index in group.series.indices { group.series[index] &+= sum.series[index] }
      groups[title] = group
    }
    return groups.values.sorted { ($0.traffic.bytes, $1.name) > ($1.traffic.bytes, $0.name) }
  }

  private struct Title: Hashable {
    var name: String
    var kind: String?
  }

  private func title(
    _ owner: HistoryOwner, _ chain: HistoryChain?, _ peer: IPAddress?, _ interface: String
  ) -> Title {
    if query.by == .interface { return Title(name: interface) }
    if let rest = owner.rest { return Title(name: rest.title, kind: rest.rawValue) }
    switch query.by {
    case .source:
      guard let chain else { return Title(name: owner.title, kind: owner.process == nil ? "unknown" : "process") }
      return Title(name: chain.source, kind: chain.kind)
    case .chain: return Title(name: chain?.text ?? owner.title, kind: chain?.kind)
    case .container:
      if let container = owner.container { return Title(name: container) }
      if let machine = owner.machine { return Title(name: "VM \(machine)") }
      return owner.process == nil && owner.unit == nil ? Title(name: owner.title) : Title(name: "(no container)")
    case .unit: return Title(name: owner.unit ?? (owner.process == nil ? owner.title : "(no systemd unit)"))
    case .process: return Title(name: owner.process ?? owner.title)
    case .remote: return Title(name: peer.map { "\($0)" } ?? "(no single remote)")
    case .interface: return Title(name: interface)
    }
  }

  private func isMeant(
    _ key: Key, _ owner: HistoryOwner, _ chain: HistoryChain?, _ peer: IPAddress?, _ interface: String
  ) -> Bool {
    switch query.target {
    case nil: true
    case .addresses(let prefix)?: peer.map(prefix.contains) ?? false
    case .port(let port)?: key.port == UInt64(port)
    case .name(let name)?:
      // An interface's own rows need no `isAgain`; those of a name count once.
      interface == name
        || (!key.isAgain || query.by == .interface)
          && ([owner.process, owner.container, owner.unit, owner.machine, chain?.source].contains(name)
            || chain?.hops.contains(name) == true)
    }
  }
}

extension HistoryOwner {
  /// The owner in a few words: `squid in openvpn`.
  public var title: String {
    if let rest { return rest.title }
    let inside = container.map { " in \($0)" } ?? ""
    if let process { return process + inside }
    if let machine { return "VM \(machine)" }
    if let container { return "container \(container)" }
    if let unit { return unit }
    return "unknown: \(reason ?? "no owner")"
  }
}

extension HistoryOwner.Rest {
  /// The row's name for people.
  public var title: String {
    switch self {
    case .other: "other flows"
    case .nonIP: "no IP (ARP and the like)"
    case .headers: "headers of tunnels"
    case .kernel: "the kernel itself"
    case .unknown: "not explained"
    }
  }
}

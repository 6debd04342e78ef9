public import Flows

/// Passes every question on to another vantage and writes down the answers, so that they can be given again elsewhere.
public actor RecordingVantage: Vantage {
  public nonisolated let host: String
  private let other: any Vantage
  private var translations: [Leg: Translation?] = [:]
  private var routes: [NamespaceAddress: RouteAnswer?] = [:]
  private var neighbours: [NamespaceAddress: NeighbourAnswer?] = [:]
  private var sockets: [Leg: SocketAnswer?] = [:]
  private var tunnels: [Device: TunnelAnswer?] = [:]
  private var relays: [Int32: RelayAnswer?] = [:]
  private var sites: [Int32: SitesAnswer?] = [:]
  private var owners: [Int32: Owner] = [:]
  private var counters: [Set<Int32>: [CounterSnapshot]] = [:]
  /// The newest ones.
  public private(set) var lastInventory: Inventory?
  public private(set) var lastInterval: Interval?

  private struct Device: Hashable {
    let at: NamespaceAddress
    let interface: UInt32
  }

  /// A snapshot of all sockets is large; so many are kept for each relay.
  private static let snapshotLimit = 64

  public init(_ other: any Vantage) {
    self.other = other
    host = other.host
  }

  public func inventory() async throws -> Inventory {
    let answer = try await other.inventory()
    lastInventory = answer
    return answer
  }

  public func measure(seconds: Double) async throws -> Interval {
    let answer = try await other.measure(seconds: seconds)
    lastInterval = answer
    return answer
  }

  public func process(_ pid: Int32) async throws -> Process? { try await other.process(pid) }

  public func translation(of flow: Flow, in namespace: Place) async throws -> Translation? {
    let answer = try await other.translation(of: flow, in: namespace)
    translations[Leg(flow, at: namespace)] = .some(answer)
    return answer
  }

  public func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? {
    let answer = try await other.socket(of: flow, in: namespace)
    sockets[Leg(flow, at: namespace)] = .some(answer)
    return answer
  }

  public func files(of pids: [Int32]) async throws -> [BundleRecord.File] { try await other.files(of: pids) }

  public func sockets() async throws -> [SocketListing] { try await other.sockets() }

  public func owner(ofProcess pid: Int32) async throws -> Owner? {
    let answer = try await other.owner(ofProcess: pid)
    owners[pid] = answer
    return answer
  }

  public func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? {
    let answer = try await other.route(to: address, in: namespace)
    routes[NamespaceAddress(namespace: namespace, address: address)] = .some(answer)
    return answer
  }

  public func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? {
    let answer = try await other.neighbour(address, in: namespace)
    neighbours[NamespaceAddress(namespace: namespace, address: address)] = .some(answer)
    return answer
  }

  public func tunnel(
    toward address: IPAddress, through interface: UInt32, in namespace: Place
  ) async throws -> TunnelAnswer? {
    let answer = try await other.tunnel(toward: address, through: interface, in: namespace)
    let at = NamespaceAddress(namespace: namespace, address: address)
    tunnels[Device(at: at, interface: interface)] = .some(answer)
    return answer
  }

  public func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? {
    let answer = try await other.relay(of: pid, in: namespace)
    relays[pid] = .some(answer)
    return answer
  }

  public func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? {
    let answer = try await other.sites(of: pid, in: namespace, seconds: seconds)
    sites[pid] = .some(answer)
    return answer
  }

  public func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot {
    let answer = try await other.counters(of: pids, in: namespace)
    if counters[pids, default: []].count < Self.snapshotLimit { counters[pids, default: []].append(answer) }
    return answer
  }

  /// What was answered so far.
  public var answers: RecordedAnswers {
    var result = RecordedAnswers()
    result.translations = translations.map { .init(namespace: $0.key.place, flow: $0.key.flow, answer: $0.value) }
    result.routes = routes.map { .init(namespace: $0.key.namespace, address: $0.key.address, answer: $0.value) }
    result.neighbours = neighbours.map { .init(namespace: $0.key.namespace, address: $0.key.address, answer: $0.value) }
    result.sockets = sockets.map { .init(namespace: $0.key.place, flow: $0.key.flow, answer: $0.value) }
    result.tunnels = tunnels.map {
      .init(namespace: $0.key.at.namespace, address: $0.key.at.address, interface: $0.key.interface, answer: $0.value)
    }
    result.relays = relays.map { .init(pid: $0.key, answer: $0.value) }
    result.sites = sites.map { .init(pid: $0.key, answer: $0.value) }
    result.owners = owners.values.map { $0 }
    result.counters = counters.map { .init(pids: $0.key.sorted(), snapshots: $0.value) }
    return result
  }
}

/// An address at one place.
struct NamespaceAddress: Hashable {
  let namespace: Place
  let address: IPAddress
}

public import Documents
internal import Flows
public import Questions

/// Finds from where each listener can be reached: it asks copies of the hosts' firewalls, and follows what listeners pass on,
/// also to other hosts.
public struct ExposureSurvey: Sendable {
  let vantage: any Vantage
  let scope: ExposureScope

  /// How many ports that rules translate are tried at one place.
  static let doorLimit = 256

  public init(_ vantage: any Vantage, _ scope: ExposureScope = ExposureScope()) {
    self.vantage = vantage
    self.scope = scope
  }

  /// - Throws: `TargetError` if the scope names what is not there, `VantageError` if the host does not tell its sockets.
  public func survey() async throws -> ExposureDocument {
    let inventory = Self.adding(scope.publicAddresses, to: try await vantage.inventory())
    let origin = try origin(inventory)
    let matcher = try scope.target.map { try ExposureTarget($0, inventory) }
    let sockets = try await vantage.sockets()
    var notes = inventory.notes
    var found: [ExposedListener] = []
    for place in inventory.namespaces {
      let bound = sockets.filter { $0.namespace == place.id && Self.isBound($0) }
      let own = bound.filter { Self.serves($0) || isAsked($0.local.port, matcher) }
      if own.count < bound.count, place.reason == nil {
        let left = bound.count - own.count
        notes.append(
          "\(inventory.host(of: place.id)): \(left) UDP \(left == 1 ? "socket" : "sockets") of \(place.title) at ports from "
            + "\(Self.firstClientPort) on \(left == 1 ? "is" : "are") left out: programs get such ports for questions of their own; "
            + "a port that is named (--to :51820) is judged")
      }
      if own.isEmpty, !place.isHost { continue }
      if let reason = place.reason {
        notes.append("\(inventory.host(of: place.id)): \(place.title) is not judged: \(reason)")
        continue
      }
      let judge = ExposurePlace(
        vantage: vantage, scope: scope, origin: origin, place: place, inventory: inventory,
        everything: sockets)
      let (listeners, more) = try await judge.listeners(own)
      found += listeners
      notes += more
    }
    for index in found.indices { found[index].clients = Self.clients(of: found[index], among: sockets) }
    var relays = ExposureRelays(vantage: vantage, inventory: inventory, sockets: sockets, listeners: found)
    found = try await relays.joined()
    notes += relays.notes
    notes += Self.notes(onPublicAddresses: found, inventory)
    found = found.filter { listener in
      (matcher?.matches(listener) ?? true) && scope.port.map { $0 == listener.endpoint.port } ?? true
    }
    // Without a path nothing is known of the source that was named.
    if origin != nil { found.removeAll { $0.paths.isEmpty } }
    for index in found.indices { found[index].severity = ExposedListener.severity(of: found[index].paths) }
    let order = ExposedListener.Severity.allCases
    found.sort { one, other in
      (order.firstIndex(of: one.severity) ?? 0, one.place, one.endpoint, one.transport.number)
        < (order.firstIndex(of: other.severity) ?? 0, other.place, other.endpoint, other.transport.number)
    }
    return ExposureDocument(host: inventory.hosts?.first ?? inventory.host, listeners: found, notes: notes)
  }

  /// The inventory with public addresses of the settings, each for the only host that has the own address.
  private static func adding(_ addresses: [IPAddress: IPAddress], to inventory: Inventory) -> Inventory {
    var inventory = inventory
    let count = inventory.hosts?.count ?? 1
    var known = inventory.publicAddresses ?? []
    while known.count < count { known.append([:]) }
    for (outer, own) in addresses where inventory.hostNumber(withPublic: outer) == nil {
      let owners = Set(inventory.namespaces.filter { $0.owns(own) }.map(\.id.host))
      if let only = owners.first, owners.count == 1 { known[only][outer] = own }
    }
    inventory.publicAddresses = known
    return inventory
  }

  /// Linux gives ports from here on to those who ask for any (`net.ipv4.ip_local_port_range`).
  static let firstClientPort: UInt16 = 32768

  /// Whether anybody may send to it: a TCP listener, or a UDP socket without a single remote.
  static func isBound(_ socket: SocketListing) -> Bool {
    if socket.transport == .tcp { return socket.state == "listening" }
    return socket.transport == .udp && socket.remote.port == 0 && socket.local.port != 0
  }

  /// Whether it is a service: of UDP sockets those below the ports that the kernel gives to clients, and the kernel's own
  /// (WireGuard).
  static func serves(_ socket: SocketListing) -> Bool {
    isBound(socket)
      && (socket.transport == .tcp || socket.local.port < firstClientPort || socket.owner.isKernel == true)
  }

  /// Whether a person named the port.
  private func isAsked(_ port: UInt16, _ matcher: ExposureTarget?) -> Bool {
    scope.port == port || matcher?.names(port) == true
  }

  private func origin(_ inventory: Inventory) throws -> ExposureOrigin? {
    guard let text = scope.from else { return nil }
    if text == "internet" { return .internet }
    if let prefix = Prefix(text) { return .prefix(prefix) }
    let names = inventory.hosts ?? [inventory.host]
    if names.contains(text) { return .host(text) }
    if let number = inventory.aliases?[text] { return .host(inventory.hostName(number)) }
    throw TargetError(
      code: .malformed, text: text,
      advice:
        "--from takes internet, an address, a prefix, or a host that is asked as well (\(names.joined(separator: ", ")))"
    )
  }

  // MARK: Clients

  private static func clients(of listener: ExposedListener, among sockets: [SocketListing]) -> ExposureClients {
    var counts: [IPAddress: Int] = [:]
    let bound = listener.endpoint
    for socket in sockets
    where socket.namespace == listener.place && socket.transport == listener.transport && socket.remote.port != 0
      && socket.state != "listening" && socket.state != "closed" && socket.local.port == bound.port
      && (bound.address.isUnspecified || bound.address == socket.local.address)
      && (!bound.address.isUnspecified || !bound.address.isV4 || socket.local.address.isV4)
    {
      counts[socket.remote.address, default: 0] += 1
    }
    let top = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(ExposureClients.limit)
    var clients = ExposureClients(
      count: counts.count, connections: counts.values.reduce(0, +),
      top: top.map { ExposureClients.Client(address: $0.key, connections: $0.value) })
    if listener.isRuleOnly == true {
      clients.reason = "their connections end elsewhere, and are counted there"
    } else if listener.transport != .tcp {
      clients.reason = "a UDP socket keeps no list of its clients"
    }
    return clients
  }

  // MARK: Notes

  /// Names the hosts of which no public address is known although somebody may come from outside.
  private static func notes(onPublicAddresses found: [ExposedListener], _ inventory: Inventory) -> [String] {
    var notes: [String] = []
    for number in Set(found.map(\.place.host)).sorted() {
      let addresses = inventory.namespaces.filter { $0.id.host == number }.flatMap(\.interfaces).flatMap(\.addresses)
      let isPublic = addresses.contains { $0.address.isPublic } || !inventory.publicAddresses(of: number).isEmpty
      if isPublic { continue }
      notes.append(
        "\(inventory.hostName(number)): no public address is known, neither of its interfaces nor from its settings or its "
          + "cloud; whether a router in front leads the internet to it is not known (public_addresses in the settings name one)"
      )
    }
    return notes
  }
}

extension IPAddress {
  /// Whether the internet may have a route to it. Addresses for documentation count, because networks made for a test use them
  /// as such.
  var isPublic: Bool {
    switch scope {
    case .global, .documentation, .benchmarking: true
    default: false
    }
  }
}

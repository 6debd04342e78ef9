public import Flows

/// What a host consists of, network-wise, at one moment.
public struct Inventory: Sendable, Codable {
  public var host: String
  /// Of an inventory of several hosts: their names, by the number that `Place.host` gives.
  public var hosts: [String]?
  /// Which of them the program runs on; nil if it is none of them.
  public var here: Int?
  /// Hosts that were wanted and did not answer.
  public var unreached: [HostFailure]?
  /// By host number: addresses by which others reach the host that it does not see itself, and what they stand for. Those
  /// that the person who asks has named; see `clouds`.
  public var publicAddresses: [[IPAddress: IPAddress]]?
  /// By host number, 0 for a single host: what its cloud says of such addresses; nil where it is in none.
  public var clouds: [CloudAddresses?]?
  /// By host number, 0 for a single host: why some of its network namespaces may not be among `namespaces`; nil where all are.
  public var concealed: [String?]?
  public var namespaces: [NamespaceDescription]
  public var containers: [ContainerDescription]
  /// Names of all processes.
  public var processNames: Set<String>
  /// What could not be seen, and why.
  public var notes: [String]

  public init(
    host: String, namespaces: [NamespaceDescription], containers: [ContainerDescription],
    processNames: Set<String> = [], notes: [String]
  ) {
    self.host = host
    self.namespaces = namespaces
    self.containers = containers
    self.processNames = processNames
    self.notes = notes
  }

  /// The host that a namespace is on.
  public func host(of id: Place) -> String { hostName(id.host) }

  /// The name of host `number`.
  public func hostName(_ number: Int) -> String {
    guard let hosts, hosts.indices.contains(number) else { return host }
    return hosts[number]
  }

  /// Why an address of host `number` may be in a network namespace of which nothing is known; nil where all are.
  public func concealment(on number: Int) -> String? {
    if let concealed, concealed.indices.contains(number), let reason = concealed[number] { return reason }
    return namespaces.first { $0.id.host == number && $0.reason != nil }.map {
      "\($0.name) cannot be examined: \($0.reason ?? "")"
    }
  }

  public func namespace(_ id: Place) -> NamespaceDescription? { namespaces.first { $0.id == id } }

  /// Addresses by which others reach host `number` that it does not see itself, and what they stand for: what a person has
  /// named, and what the host's cloud says of further ones.
  public func publicAddresses(of number: Int) -> [IPAddress: IPAddress] {
    var result: [IPAddress: IPAddress] = [:]
    for pair in cloud(of: number)?.pairs ?? [] { result[pair.outer] = pair.own }
    if let publicAddresses, publicAddresses.indices.contains(number) {
      result.merge(publicAddresses[number]) { _, named in named }
    }
    return result
  }

  /// The first host that others reach by `address` though it does not see it itself.
  public func hostNumber(withPublic address: IPAddress) -> Int? {
    (0..<(hosts?.count ?? 1)).first { ownAddress(behind: address, on: $0) != nil }
  }

  /// The address of host `number` that others reach by `outer`; nil if that is none of its public addresses.
  public func ownAddress(behind outer: IPAddress, on number: Int) -> IPAddress? {
    if let publicAddresses, publicAddresses.indices.contains(number), let own = publicAddresses[number][outer] {
      return own
    }
    return cloud(of: number)?.pairs.first { $0.outer == outer }?.own
  }

  /// What the cloud of host `number` says.
  public func cloud(of number: Int) -> CloudAddresses? {
    guard let clouds, clouds.indices.contains(number) else { return nil }
    return clouds[number]
  }
}

/// One network namespace and what can be asked of it.
public struct NamespaceDescription: Hashable, Sendable, Codable {
  public var id: Place
  /// `host`, `container NAME`, `netns NAME`, or `pid N`.
  public var name: String
  /// The namespace of the host's first process.
  public var isHost: Bool
  public var container: Container?
  /// How a person gets a shell command to run inside: `nsenter -t 4711 -n`; empty for the caller's own.
  /// Nil where it was recorded and nobody can enter it.
  public var entry: String?
  /// One of its processes; nil if there is none.
  public var pid: Int32?
  public var interfaces: [Interface]
  /// Why its interfaces are not known, if they are not.
  public var reason: String?
  /// What shows that it is a container's, if not the container's engine.
  public var evidence: [Evidence]?

  public init(
    id: Place, name: String, isHost: Bool, container: Container? = nil, entry: String? = "", pid: Int32? = nil,
    interfaces: [Interface] = [], reason: String? = nil
  ) {
    self.id = id
    self.name = name
    self.isHost = isHost
    self.container = container
    self.entry = entry
    self.pid = pid
    self.interfaces = interfaces
    self.reason = reason
  }

  public func interface(_ index: UInt32) -> Interface? { interfaces.first { $0.index == index } }

  public func owns(_ address: IPAddress) -> Bool {
    interfaces.contains { $0.addresses.contains { $0.address == address } }
  }
}

/// A network interface.
public struct Interface: Hashable, Sendable, Codable {
  public var index: UInt32
  public var name: String
  /// Nil for hardware and loopback.
  public var kind: Kind?
  public var isUp: Bool
  /// `aa:bb:cc:dd:ee:ff`
  public var hardwareAddress: String?
  /// The bridge or bond it belongs to.
  public var master: UInt32?
  public var addresses: [InterfaceAddress]
  /// A veth's other end, a VLAN's parent.
  public var peer: Peer?
  /// Who holds the tap or tun device open: a hypervisor, a VPN.
  public var deviceOwner: Owner?

  public typealias Kind = InterfaceKind

  public struct Peer: Hashable, Sendable, Codable {
    public var namespace: Place
    public var index: UInt32
    public init(namespace: Place, index: UInt32) {
      self.namespace = namespace
      self.index = index
    }
  }

  public init(
    index: UInt32, name: String, kind: Kind? = nil, isUp: Bool = true, hardwareAddress: String? = nil,
    master: UInt32? = nil, addresses: [InterfaceAddress] = [], peer: Peer? = nil, deviceOwner: Owner? = nil
  ) {
    self.index = index
    self.name = name
    self.kind = kind
    self.isUp = isUp
    self.hardwareAddress = hardwareAddress
    self.master = master
    self.addresses = addresses
    self.peer = peer
    self.deviceOwner = deviceOwner
  }
}

/// An address of an interface and the subnet it stands in.
public struct InterfaceAddress: Hashable, Sendable, Codable {
  public var address: IPAddress
  public var prefixLength: Int
  public init(address: IPAddress, prefixLength: Int) {
    self.address = address
    self.prefixLength = prefixLength
  }
}

/// A container and where it lives.
public struct ContainerDescription: Hashable, Sendable, Codable {
  public var container: Container
  /// Its own network namespace; nil if it shares the host's or is not running.
  public var namespace: Place?
  /// Its first process.
  public var pid: Int32?
  public init(container: Container, namespace: Place?, pid: Int32?) {
    self.container = container
    self.namespace = namespace
    self.pid = pid
  }
}

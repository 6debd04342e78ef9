public import Flows

/// A host's network namespaces, interfaces, addresses and containers at one moment.
public struct Inventory: Sendable, Codable {
  public var host: String
  /// For several hosts: their names, by the number in `Place.host`; nil for a single host.
  public var hosts: [String]?
  /// The number of the host that the program runs on; nil if it is none of these.
  public var here: Int?
  /// Hosts that were wanted but did not answer.
  public var unreached: [HostFailure]?
  /// By host number: public addresses from the settings that the host itself does not have, with the host's own address
  /// that each stands for. `clouds` has those that the cloud reports.
  public var publicAddresses: [[IPAddress: IPAddress]]?
  /// By host number (0 for a single host): the public addresses that the host's cloud reports; nil for a host that is
  /// in no cloud.
  public var clouds: [CloudAddresses?]?
  /// By host number (0 for a single host): why `namespaces` may be incomplete; nil for a host whose namespaces are all
  /// known.
  public var concealed: [String?]?
  /// By host number (0 for a single host): why the host may have processes that were not there to be seen, although
  /// nothing was refused; nil for a host whose processes were all there. It lowers no certainty.
  public var confined: [String?]?
  /// Other names under which hosts were asked, with the host's number.
  public var aliases: [String: Int]?
  public var namespaces: [NamespaceDescription]
  public var containers: [ContainerDescription]
  /// The names of all processes.
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

  /// The name of the host that a namespace is on.
  public func host(of id: Place) -> String { hostName(id.host) }

  /// The name of host `number`.
  public func hostName(_ number: Int) -> String {
    guard let hosts, hosts.indices.contains(number) else { return host }
    return hosts[number]
  }

  /// Why an address of host `number` may be in a network namespace that is not known; nil if all namespaces are known.
  public func concealment(on number: Int) -> String? {
    if let concealed, concealed.indices.contains(number), let reason = concealed[number] { return reason }
    let unexamined = namespaces.filter { $0.id.host == number && $0.reason != nil }
    guard let first = unexamined.first else { return nil }
    let others =
      unexamined.count == 1
      ? "" : " and \(unexamined.count - 1) more network \(unexamined.count == 2 ? "namespace" : "namespaces")"
    return "\(first.title)\(others) cannot be examined: \(first.reason ?? "")"
  }

  /// Why host `number` may have processes that were not there to be seen; nil if all were.
  public func confinement(on number: Int) -> String? {
    guard let confined, confined.indices.contains(number) else { return nil }
    return confined[number]
  }

  /// Why hosts may have processes that were not there to be seen: one sentence per reason, with the hosts' names in front
  /// if there are several hosts.
  public var confinements: [String] {
    var hosts: [(reason: String, names: [String])] = []
    for number in 0..<(self.hosts?.count ?? 1) {
      guard let reason = confinement(on: number) else { continue }
      if let known = hosts.firstIndex(where: { $0.reason == reason }) {
        hosts[known].names.append(hostName(number))
      } else {
        hosts.append((reason, [hostName(number)]))
      }
    }
    let isSeveral = (self.hosts?.count ?? 1) > 1
    return hosts.map { isSeveral ? "\($0.names.joined(separator: ", ")): \($0.reason)" : $0.reason }
  }

  public func namespace(_ id: Place) -> NamespaceDescription? { namespaces.first { $0.id == id } }

  /// Public addresses of host `number` that the host itself does not have, with the host's own address that each stands
  /// for. Addresses from the settings take precedence over those that the cloud reports.
  public func publicAddresses(of number: Int) -> [IPAddress: IPAddress] {
    var result: [IPAddress: IPAddress] = [:]
    for pair in cloud(of: number)?.pairs ?? [] { result[pair.outer] = pair.own }
    if let publicAddresses, publicAddresses.indices.contains(number) {
      result.merge(publicAddresses[number]) { _, named in named }
    }
    return result
  }

  /// The number of the first host with the public address `address`; nil if no host has it.
  public func hostNumber(withPublic address: IPAddress) -> Int? {
    (0..<(hosts?.count ?? 1)).first { ownAddress(behind: address, on: $0) != nil }
  }

  /// The own address of host `number` that its public address `outer` stands for; nil if `outer` is none of its public
  /// addresses.
  public func ownAddress(behind outer: IPAddress, on number: Int) -> IPAddress? {
    if let publicAddresses, publicAddresses.indices.contains(number), let own = publicAddresses[number][outer] {
      return own
    }
    return cloud(of: number)?.pairs.first { $0.outer == outer }?.own
  }

  /// What the cloud of host `number` reports; nil if the host is in no cloud.
  public func cloud(of number: Int) -> CloudAddresses? {
    guard let clouds, clouds.indices.contains(number) else { return nil }
    return clouds[number]
  }
}

/// One network namespace, and how a person can enter it.
public struct NamespaceDescription: Hashable, Sendable, Codable {
  public var id: Place
  /// `host`, `container NAME`, `netns NAME`, or `pid N`.
  public var name: String
  /// Whether this is the namespace of the host's first process.
  public var isHost: Bool
  public var container: Container?
  /// The command prefix that runs a command inside: `nsenter -t 4711 -n`; empty for the caller's own namespace. Nil in
  /// recorded evidence, where nobody can enter it.
  public var entry: String?
  /// A process in the namespace; nil if there is none.
  public var pid: Int32?
  public var interfaces: [Interface]
  /// Why its interfaces are not known; nil if they are.
  public var reason: String?
  /// What shows that the namespace is a container's, if the container's engine does not say so.
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

  /// The namespace in a sentence for people: `the host's network namespace`, `container web`.
  public var title: String { isHost ? "the host's network namespace" : name }

  public func interface(_ index: UInt32) -> Interface? { interfaces.first { $0.index == index } }

  public func owns(_ address: IPAddress) -> Bool {
    interfaces.contains { $0.addresses.contains { $0.address == address } }
  }
}

/// A network interface.
public struct Interface: Hashable, Sendable, Codable {
  public var index: UInt32
  public var name: String
  /// The kind of the interface; nil for hardware and loopback.
  public var kind: Kind?
  public var isUp: Bool
  /// The hardware address: `aa:bb:cc:dd:ee:ff`.
  public var hardwareAddress: String?
  /// The index of the bridge or bond that it is a port of.
  public var master: UInt32?
  public var addresses: [InterfaceAddress]
  /// The other end of a veth, or the parent of a VLAN.
  public var peer: Peer?
  /// The process that holds the tap or tun device open: a hypervisor or a VPN.
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

/// An address of an interface, with its subnet.
public struct InterfaceAddress: Hashable, Sendable, Codable {
  public var address: IPAddress
  public var prefixLength: Int
  public init(address: IPAddress, prefixLength: Int) {
    self.address = address
    self.prefixLength = prefixLength
  }
}

/// A container and its network namespace.
public struct ContainerDescription: Hashable, Sendable, Codable {
  public var container: Container
  /// The container's own network namespace; nil if it shares the host's or is not running.
  public var namespace: Place?
  /// The container's first process; nil if it is not running.
  public var pid: Int32?
  public init(container: Container, namespace: Place?, pid: Int32?) {
    self.container = container
    self.namespace = namespace
    self.pid = pid
  }
}

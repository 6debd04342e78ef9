public import Flows

/// One step of a chain from leg to leg, as the trace document has it.
public struct Hop: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    case link, socket, container, nat, tunnel, relay, host, edge, external, unknown
  }

  /// For a NAT hop: the flow's tuple on the symptom's side.
  public struct Translated: Hashable, Sendable, Codable {
    public var source: Endpoint
    public var destination: Endpoint
    public init(source: Endpoint, destination: Endpoint) {
      self.source = source
      self.destination = destination
    }
  }

  /// A process that answers one connection by opening another.
  public struct Relay: Hashable, Sendable, Codable {
    public var software: String
    public var frontend: String?
    public var backend: String?
    public var server: String?
    /// The requested site; nil if it is not known.
    public var site: String?
    /// The account of a relay that serves one client: a session of sshd.
    public var user: String?
    /// Where the relay's configuration says so: `file:line`, inside the relay's own root.
    public var configuration: String?
    /// How the pair was found: `show sess`, `cause`, `mirrored bytes`, …
    public var method: String
    /// How many flows could be the other side; nil if there is exactly one.
    public var candidates: Int?
    public init(software: String, method: String, candidates: Int? = nil, names: RelayNames? = nil) {
      self.software = software
      self.method = method
      self.candidates = candidates
      frontend = names?.frontend
      backend = names?.backend
      server = names?.server
      site = names?.site
      user = names?.user
      configuration = names?.configuration
    }
  }

  /// The device that a `link` hop passes: a tap with its owner, or a device with a neighbouring host behind it.
  public struct Link: Hashable, Sendable, Codable {
    public var interface: String
    /// The neighbour's hardware address, `aa:bb:cc:dd:ee:ff`.
    public var hardwareAddress: String?
    /// Other addresses with the same hardware address, such as the neighbour's IPv4 address if the flow uses IPv6.
    public var otherAddresses: [IPAddress]?
    /// The bridge that `interface` is a port of; nil if it is no port.
    public var bridge: String?
    /// The virtual machine that the device belongs to.
    public var machine: String?
    public init(
      interface: String, hardwareAddress: String? = nil, bridge: String? = nil, machine: String? = nil
    ) {
      self.interface = interface
      self.hardwareAddress = hardwareAddress
      self.bridge = bridge
      self.machine = machine
    }
  }

  /// A CDN, or another edge that hides its clients. Behind it, hosts ask for the same site.
  public struct Edge: Hashable, Sendable, Codable {
    /// The address set that the addresses on both sides are in: `cloudflare`.
    public var provider: String
    /// The site's name, which was seen on both sides.
    public var name: String
    /// Requests per second from that provider's addresses, according to the site's log.
    public var requestsPerSecond: Double
    /// Connections per second from this source to the provider for that name.
    public var connectionsPerSecond: Double
    /// The source's connections in the window, and how many of them have a request of their own in the log.
    public var connections: Int
    public var matched: Int
    /// How well the times of both agree: 1 is perfect, 0 is no better than chance; nil if there are too few to compare.
    public var agreement: Double?
    /// How many sources were found that ask for the site.
    public var candidates: Int
    public init(
      provider: String, name: String, requestsPerSecond: Double, connectionsPerSecond: Double, connections: Int,
      matched: Int, agreement: Double? = nil, candidates: Int
    ) {
      self.provider = provider
      self.name = name
      self.requestsPerSecond = requestsPerSecond
      self.connectionsPerSecond = connectionsPerSecond
      self.connections = connections
      self.matched = matched
      self.agreement = agreement
      self.candidates = candidates
    }
  }

  /// Outside addresses that `headwater trace --by` groups into one hop.
  public struct Outside: Hashable, Sendable, Codable {
    /// How many of the busiest addresses are listed at most.
    public static let mostNamed = 5
    /// The grouping: `set`, `country` or `network`.
    public var by: String
    public var name: String
    /// The number of addresses in the group.
    public var addresses: Int
    /// The addresses with the most bytes, busiest first.
    public var busiest: [IPAddress]
    public init(by: String, name: String, addresses: Int, busiest: [IPAddress]) {
      self.by = by
      self.name = name
      self.addresses = addresses
      self.busiest = busiest
    }
  }

  public var kind: Kind
  public var host: String?
  /// `host`, `container NAME`, or the namespace's name.
  public var namespace: String?
  public var certainty: Certainty
  public var flow: Flow?
  public var translated: Translated?
  public var process: Process?
  public var container: Container?
  public var unit: String?
  /// How many processes hold the socket, if it is not known which one used it; nil otherwise.
  public var holders: Int?
  public var relay: Relay?
  public var tunnel: Tunnel?
  public var link: Link?
  public var edge: Edge?
  public var address: IPAddress?
  /// The group, if outside addresses are grouped; `address` is then present only if the group has one address.
  public var outside: Outside?
  /// The location of the address; nil if no database on this host has it.
  public var place: AddressLocation?
  /// Why the chain ends here, or why something is not known; nil if neither applies.
  public var reason: String?
  /// For a socket: the name that its flow asked for.
  public var name: String?
  /// `observed` for a name from a handshake or request, `inferred` for one from DNS; nil without a name.
  public var nameCertainty: Certainty?
  /// Names that other flows of this chain asked for.
  public var otherNames: [String]?
  public var evidence: [Evidence]

  public init(
    _ kind: Kind, host: String? = nil, namespace: String? = nil, certainty: Certainty, flow: Flow? = nil,
    translated: Translated? = nil, process: Process? = nil, container: Container? = nil, unit: String? = nil,
    relay: Relay? = nil, tunnel: Tunnel? = nil, link: Link? = nil, edge: Edge? = nil, address: IPAddress? = nil,
    reason: String? = nil,
    evidence: [Evidence] = []
  ) {
    self.kind = kind
    self.host = host
    self.namespace = namespace
    self.certainty = certainty
    self.flow = flow
    self.translated = translated
    self.process = process
    self.container = container
    self.unit = unit
    self.relay = relay
    self.tunnel = tunnel
    self.link = link
    self.edge = edge
    self.address = address
    self.reason = reason
    self.evidence = evidence
  }
}

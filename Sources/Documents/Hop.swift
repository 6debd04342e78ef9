public import Flows

/// One step from leg to leg of a chain, as it stands in the trace document.
public struct Hop: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    case link, socket, container, nat, tunnel, relay, host, edge, external, unknown
  }

  /// The other tuple of a NAT hop: what the flow is called on the symptom's side.
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
    /// The site that was asked for, where it is known.
    public var site: String?
    /// `file:line` inside the relay's own root.
    public var configuration: String?
    /// How the pair was found: `show sess`, `cause`, `mirrored bytes`, …
    public var method: String
    /// How many flows could be the other side; nil if exactly one.
    public var candidates: Int?
    public init(software: String, method: String, candidates: Int? = nil, names: RelayNames? = nil) {
      self.software = software
      self.method = method
      self.candidates = candidates
      frontend = names?.frontend
      backend = names?.backend
      server = names?.server
      site = names?.site
      configuration = names?.configuration
    }
  }

  /// The device a `link` hop passed: tap and its owner, another host behind this one.
  public struct Link: Hashable, Sendable, Codable {
    public var interface: String
    /// The neighbour's hardware address, `aa:bb:cc:dd:ee:ff`.
    public var hardwareAddress: String?
    /// Other addresses that answer from the same hardware address: the neighbour's IPv4 address, where it came by IPv6.
    public var otherAddresses: [IPAddress]?
    /// The bridge that `interface` is a port of.
    public var bridge: String?
    /// The virtual machine whose device it is.
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

  /// A CDN, or another blind edge, behind which the same site is asked for.
  public struct Edge: Hashable, Sendable, Codable {
    /// The address set that both sides' addresses are in: `cloudflare`.
    public var provider: String
    /// The site's name, seen on both sides.
    public var name: String
    /// What the site's log has of that provider's addresses.
    public var requestsPerSecond: Double
    /// What this source asks the provider for, under that name.
    public var connectionsPerSecond: Double
    /// Within the window: the source's connections, and those of them that have a request of their own in the log.
    public var connections: Int
    public var matched: Int
    /// How well the times agree: 1 for a perfect, 0 for no more than chance; nil where they are too few to say.
    public var agreement: Double?
    /// How many sources were found that ask for it.
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

  /// Addresses outside that are put together, as `headwater trace --by` does.
  public struct Outside: Hashable, Sendable, Codable {
    /// How many of the busiest are named.
    public static let mostNamed = 5
    /// `set`, `country` or `network`.
    public var by: String
    public var name: String
    /// How many addresses it stands for.
    public var addresses: Int
    /// A few of them, those with the most bytes first.
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
  /// How many processes hold the socket, if which of them used it is not known.
  public var holders: Int?
  public var relay: Relay?
  public var tunnel: Tunnel?
  public var link: Link?
  public var edge: Edge?
  public var address: IPAddress?
  /// What it stands for where addresses outside are put together; then `address` is there only if it is the only one.
  public var outside: Outside?
  /// Where that address is, if a database here says so.
  public var place: AddressLocation?
  /// Why the chain ends here or something is not known.
  public var reason: String?
  /// Of a socket: what its flow asked for by name.
  public var name: String?
  /// `observed` in a handshake or request, or `inferred` from the DNS; nil without a name.
  public var nameCertainty: Certainty?
  /// Names of further flows that pass the same hops.
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

public import Flows

/// The answer of `headwater exposure` (`headwater.exposure/1`): from where each listener can be reached.
public struct ExposureDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.exposure/1"

  public var schema = Self.schema
  /// The host that was asked; of several, the first.
  public var host: String
  /// The most exposed first.
  public var listeners: [ExposedListener]
  /// What could not be seen, and why.
  public var notes: [String]
  /// Hosts that could not be reached, or stopped answering; nil if there is none.
  public var unreached: [HostSilence]?

  public init(host: String, listeners: [ExposedListener], notes: [String]) {
    self.host = host
    self.listeners = listeners
    self.notes = notes
  }
}

/// A socket that serves, or a port that rules send elsewhere, and the ways to it.
public struct ExposedListener: Hashable, Sendable, Codable {
  /// How bad it is if nobody meant it to be so.
  public enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
    /// The internet reaches it.
    case high
    /// Whether the internet reaches it is not known.
    case unknown
    /// Other hosts, VPN clients or containers reach it, or may.
    case low
    /// Only the host itself reaches it.
    case none
  }

  public var host: String
  public var place: Place
  public var placeName: String
  public var endpoint: Endpoint
  public var transport: Transport
  public var owner: Owner
  /// True for a port on which no socket serves, but which the rules send elsewhere; nil otherwise.
  public var isRuleOnly: Bool?
  /// The interface that the socket is bound to; nil for any.
  public var interface: String?
  /// Where what comes is passed on; nil if it stays.
  public var leads: [ExposureLead]?
  public var paths: [ExposurePath]
  /// Who is connected now.
  public var clients: ExposureClients
  public var severity: Severity = .none

  public init(
    host: String, place: Place, placeName: String, endpoint: Endpoint, transport: Transport, owner: Owner,
    paths: [ExposurePath] = [], clients: ExposureClients = ExposureClients(count: 0)
  ) {
    self.host = host
    self.place = place
    self.placeName = placeName
    self.endpoint = endpoint
    self.transport = transport
    self.owner = owner
    self.paths = paths
    self.clients = clients
  }

  /// How bad the paths are, taken together.
  public static func severity(of paths: [ExposurePath]) -> Severity {
    let internet = paths.filter { $0.from.kind == .internet }
    if internet.contains(where: { $0.verdict == .reachable }) { return .high }
    if internet.contains(where: { $0.verdict == .unknown }) { return .unknown }
    return paths.contains { $0.from.kind != .itself && $0.verdict != .blocked } ? .low : .none
  }
}

/// Where a listener passes on what comes to it.
public struct ExposureLead: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// A program accepts the connection and opens another one.
    case relay
    /// A rule gives the packets another destination.
    case nat
  }

  public var kind: Kind
  /// The server's address and port; nil if the configuration has a name, or leaves it open.
  public var endpoint: Endpoint?
  /// What the configuration calls it.
  public var name: String?
  /// The host and place that have the address; nil if none of the hosts that were asked has it.
  public var host: String?
  public var placeName: String?
  /// The VPN that leads there: `openvpn (tun0)`.
  public var through: String?
  /// `file:line`.
  public var configuration: String?
  /// Why it is not known where it leads.
  public var reason: String?

  public init(_ kind: Kind, to endpoint: Endpoint?, name: String? = nil) {
    self.kind = kind
    self.endpoint = endpoint
    self.name = name
  }
}

/// One source's way to a listener.
public struct ExposurePath: Hashable, Sendable, Codable {
  public var from: ExposureSource
  /// The address that was tried: the host's own, behind `publicAddress` if there is one.
  public var destination: Endpoint
  /// The public address that stands for `destination`; nil if none does.
  public var publicAddress: IPAddress?
  public var verdict: FirewallVerdict.Outcome
  /// What decides, from the outside to the listener.
  public var factors: [ExposureFactor]
  /// The listeners that pass it on, the outermost first; nil for a direct way.
  public var through: [ExposureHop]?
  /// Each rule that the packet met, in order; nil unless asked for.
  public var steps: [String]?

  public init(
    from: ExposureSource, destination: Endpoint, publicAddress: IPAddress? = nil,
    verdict: FirewallVerdict.Outcome = .unknown, factors: [ExposureFactor] = []
  ) {
    self.from = from
    self.destination = destination
    self.publicAddress = publicAddress
    self.verdict = verdict
    self.factors = factors
  }
}

/// One of the things that decide whether a packet arrives.
public struct ExposureFactor: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The address that the socket is bound to.
    case bind
    /// A rule that changes the destination.
    case nat
    case firewall
    case publicAddress = "public-address"
    case route
    /// A program that passes it on.
    case relay
  }

  public var kind: Kind
  public var result: String
  /// The rule, as its own tool writes it; nil if none decides.
  public var rule: String?
  /// Where that rule is: `ip filter INPUT`.
  public var chain: String?
  public var certainty: Certainty

  public init(
    _ kind: Kind, _ result: String, rule: String? = nil, chain: String? = nil, certainty: Certainty = .observed
  ) {
    self.kind = kind
    self.result = result
    self.rule = rule
    self.chain = chain
    self.certainty = certainty
  }
}

/// A listener that passes on what comes to it.
public struct ExposureHop: Hashable, Sendable, Codable {
  public var host: String
  public var placeName: String
  public var endpoint: Endpoint
  /// `haproxy`; nil for a rule.
  public var process: String?
  public var pid: Int32?

  public init(host: String, placeName: String, endpoint: Endpoint, process: String? = nil, pid: Int32? = nil) {
    self.host = host
    self.placeName = placeName
    self.endpoint = endpoint
    self.process = process
    self.pid = pid
  }
}

/// Who may come, with the address that stood for all of them.
public struct ExposureSource: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The host's own processes.
    case itself
    /// Hosts on a network of an interface.
    case network
    /// Containers or virtual machines on a bridge of the host.
    case containers
    /// What comes through the device of a VPN.
    case vpn
    /// A prefix that a rule names, or that was asked for.
    case prefix
    /// A host of the settings.
    case host
    /// Everybody whom no rule names.
    case internet
  }

  public var kind: Kind
  /// `eth0 10.12.32.0/24`, `203.0.113.0/24`, `internet`.
  public var name: String
  public var address: IPAddress
  /// The interface by which it comes; nil for the host itself.
  public var interface: String?

  public init(_ kind: Kind, _ name: String, as address: IPAddress, on interface: String?) {
    self.kind = kind
    self.name = name
    self.address = address
    self.interface = interface
  }
}

/// The remote ends of a listener's connections at this moment.
public struct ExposureClients: Hashable, Sendable, Codable {
  /// How many addresses.
  public var count: Int
  public var connections: Int
  /// The addresses with the most connections, at most `limit`.
  public var top: [Client]
  /// Why there may be others.
  public var reason: String?

  public static let limit = 10

  public struct Client: Hashable, Sendable, Codable {
    public var address: IPAddress
    public var connections: Int
    public init(address: IPAddress, connections: Int) {
      self.address = address
      self.connections = connections
    }
  }

  public init(count: Int, connections: Int = 0, top: [Client] = [], reason: String? = nil) {
    self.count = count
    self.connections = connections
    self.top = top
    self.reason = reason
  }
}

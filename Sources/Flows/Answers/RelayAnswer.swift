/// What a relay says of itself: its software, its configuration, and where it tells them, its sessions.
public struct RelayAnswer: Hashable, Sendable, Codable {
  /// `haproxy`, `nginx`, `docker-proxy`, …; the process's name for a program that is not known.
  public var software: String
  /// Whether the software exists to relay; any other program may still do it.
  public var isRelay: Bool
  /// Whether each inbound connection has one outbound connection of its own.
  public var isOneToOne: Bool
  /// The sessions that the relay lists now; nil if it was not asked or did not say.
  public var sessions: [RelayLink]?
  /// The question that gave them, for a person.
  public var sessionCommand: String?
  public var frontends: [RelayFrontend]
  public var backends: [RelayBackend]
  /// What could not be read, and why, with what would help.
  public var notes: [String]
  /// Whether it was said when evidence was recorded, so that nobody can ask again.
  public var isRecorded: Bool?
  /// Of a recorded answer: how a person sees a line of the configuration, by `file:line`.
  public var configurationCommands: [String: String]?

  public init(
    software: String, isRelay: Bool, isOneToOne: Bool, sessions: [RelayLink]? = nil, sessionCommand: String? = nil,
    frontends: [RelayFrontend] = [], backends: [RelayBackend] = [], notes: [String] = []
  ) {
    self.software = software
    self.isRelay = isRelay
    self.isOneToOne = isOneToOne
    self.sessions = sessions
    self.sessionCommand = sessionCommand
    self.frontends = frontends
    self.backends = backends
    self.notes = notes
  }
}

/// Where a relay accepts, by its configuration: HAProxy's `frontend` and `listen`, nginx's `server`.
public struct RelayFrontend: Hashable, Sendable, Codable {
  public var name: String
  public var listens: [Listen]
  /// The sites it answers to, as they are written; empty if it does not ask.
  public var sites: [String]
  /// Names of the backends that it may lead to; nil if that is decided by an expression.
  public var backends: [String]?
  /// `file:line`
  public var configuration: String

  /// An address, or any, and a range of ports.
  public struct Listen: Hashable, Sendable, Codable {
    /// Nil for any.
    public var address: IPAddress?
    public var firstPort: UInt16
    public var lastPort: UInt16
    public init(address: IPAddress?, ports: ClosedRange<UInt16>) {
      self.address = address
      firstPort = ports.lowerBound
      lastPort = ports.upperBound
    }

    public func accepts(_ endpoint: Endpoint) -> Bool {
      endpoint.port >= firstPort && endpoint.port <= lastPort
        && (address.map { $0 == endpoint.address } ?? true)
    }
  }

  public init(name: String, listens: [Listen], sites: [String] = [], backends: [String]?, configuration: String) {
    self.name = name
    self.listens = listens
    self.sites = sites
    self.backends = backends
    self.configuration = configuration
  }
}

/// Where a relay connects to, by its configuration: HAProxy's `backend` and `listen`, nginx's `upstream` or a
/// `proxy_pass`.
public struct RelayBackend: Hashable, Sendable, Codable {
  public var name: String
  public var servers: [Server]
  /// `file:line`
  public var configuration: String

  public struct Server: Hashable, Sendable, Codable {
    public var name: String
    /// Nil if it is a name that has to be looked up, or the client's own destination.
    public var address: IPAddress?
    /// Nil if it is the port that the client asked for.
    public var port: UInt16?
    /// `file:line`
    public var configuration: String
    public init(name: String, address: IPAddress?, port: UInt16?, configuration: String) {
      self.name = name
      self.address = address
      self.port = port
      self.configuration = configuration
    }

    public func leads(to endpoint: Endpoint) -> Bool {
      (address.map { $0 == endpoint.address } ?? true) && (port.map { $0 == endpoint.port } ?? true)
    }
  }

  public init(name: String, servers: [Server], configuration: String) {
    self.name = name
    self.servers = servers
    self.configuration = configuration
  }
}

/// A relay's description of itself: its software, its configuration and, if the software can list them, its sessions.
public struct RelayAnswer: Hashable, Sendable, Codable {
  /// The software's name: `haproxy`, `nginx`, `docker-proxy`, …; for unknown software the process's name.
  public var software: String
  /// Whether relaying is the purpose of this software. Any other program may relay as well.
  public var isRelay: Bool
  /// Whether each inbound connection has an outbound connection of its own.
  public var isOneToOne: Bool
  /// The sessions that the relay lists now; nil if it was not asked or can't list them.
  public var sessions: [RelayLink]?
  /// The command with which a person can list the sessions.
  public var sessionCommand: String?
  public var frontends: [RelayFrontend]
  public var backends: [RelayBackend]
  /// What could not be read, why, and what would help.
  public var notes: [String]
  /// True if the answer comes from recorded evidence, so that the relay can't be asked again.
  public var isRecorded: Bool?
  /// Whether the program connects to a server of its kind to bring here what that server accepts: `ssh -R`, `frpc`.
  public var isReverse: Bool?
  /// The account whose session it is, for a program that serves one client only: a session of sshd.
  public var user: String?
  /// For a recorded answer: the command that shows a line of the configuration, by `file:line`.
  public var configurationCommands: [String: String]?
  /// Its connections with other programs through UNIX sockets; nil if it has none, or if they could not be read.
  public var doors: LocalDoors?

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

/// Where a relay accepts connections, according to its configuration: HAProxy's `frontend` and `listen`, nginx's
/// `server`.
public struct RelayFrontend: Hashable, Sendable, Codable {
  public var name: String
  public var listens: [Listen]
  /// The sites it serves, as the configuration writes them; empty if it serves any name.
  public var sites: [String]
  /// The backends that it may connect to; nil if an expression decides.
  public var backends: [String]?
  /// The line of the configuration that defines the frontend: `file:line`.
  public var configuration: String

  /// A listening address (nil: any) and a range of ports.
  public struct Listen: Hashable, Sendable, Codable {
    /// The address; nil for any address.
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

/// Where a relay connects to, according to its configuration: HAProxy's `backend` and `listen`, nginx's `upstream` or
/// `proxy_pass`.
public struct RelayBackend: Hashable, Sendable, Codable {
  public var name: String
  public var servers: [Server]
  /// The line of the configuration that defines the backend: `file:line`.
  public var configuration: String

  public struct Server: Hashable, Sendable, Codable {
    public var name: String
    /// The server's address; nil if the configuration has a name, or if the client's own destination is used.
    public var address: IPAddress?
    /// The server's port; nil if the port that the client asked for is used.
    public var port: UInt16?
    /// The line of the configuration that names the server: `file:line`.
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

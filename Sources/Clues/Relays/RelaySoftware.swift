public import Flows

/// A program that answers connections by opening others, and what its command line says about them.
public struct RelaySoftware: Hashable, Sendable {
  /// How inbound and outbound connections belong together.
  public enum Pairing: String, Hashable, Sendable {
    /// Each inbound connection has an outbound connection of its own, with the same bytes (but for TLS and headers).
    case oneToOne = "one to one"
    /// Outbound connections are kept and used for many clients.
    case shared
    /// One connection carries all forwarded ones.
    case multiplexed
    /// One to one or shared: the program's configuration decides.
    case configured
  }

  /// One forwarding that the command line asks for.
  public struct Rule: Hashable, Sendable {
    /// Nil if the command line doesn't say.
    public var listen: RelayEndpoint?
    /// Nil if the client says where to (`ssh -D`), or the command line doesn't.
    public var target: RelayEndpoint?
    /// False for `ssh -R`: the other end listens.
    public var listensHere = true
    /// False for `ssh -L`: the other end connects.
    public var connectsHere = true

    public init(
      listen: RelayEndpoint? = nil, target: RelayEndpoint? = nil, listensHere: Bool = true, connectsHere: Bool = true
    ) {
      self.listen = listen
      self.target = target
      self.listensHere = listensHere
      self.connectsHere = connectsHere
    }
  }

  /// `haproxy`, `docker-proxy`, `ssh`.
  public var software: String
  /// In a person's words: `TCP proxy`, `SSH session`.
  public var type: String
  public var pairing: Pairing
  public var rules: [Rule]
  /// The account of an sshd session.
  public var user: String?

  /// Nil if the process is no known relay, or (`ssh`, `socat`) one that forwards nothing.
  ///
  /// By the executable's name, or else the command's first word or the process's name. Types and pairings are from the
  /// programs' documentation.
  public init?(_ process: Process) {
    guard let software = Self.candidates(process).first(where: { Self.known[$0] != nil }),
      let known = Self.known[software]
    else { return nil }
    (self.software, type, pairing) = known
    rules = []
    let arguments = process.command.map { Array($0.dropFirst()) } ?? []
    switch self.software {
    case "docker-proxy": rules = Self.dockerProxy(arguments).map { [$0] } ?? []
    case "socat":
      rules = Self.socat(arguments).map { [$0] } ?? []
      if rules.isEmpty, process.command != nil { return nil }
    case "ssh":
      rules = Self.ssh(arguments)
      if rules.isEmpty, process.command != nil { return nil }
    case "sshd":
      // The daemon that listens relays nothing; its sessions carry their clients' forwardings.
      guard let user = Self.sessionUser(process.command?.first ?? "") else { return nil }
      self.user = user
    case "systemd-socket-proxyd": rules = Self.socketProxy(arguments).map { [$0] } ?? []
    default: break
    }
  }

  /// What the command line says about a socket that this process accepted at `endpoint`, or that it connected to there.
  public func rules(listening endpoint: Endpoint) -> [Rule] {
    rules.filter { $0.listensHere && $0.listen?.mayBe(endpoint) == true }
  }

  public func rules(connecting endpoint: Endpoint) -> [Rule] {
    rules.filter { $0.connectsHere && $0.target?.mayBe(endpoint) == true }
  }

  private static func candidates(_ process: Process) -> [String] {
    let paths = [process.executable, process.command?.first?.split(separator: " ").first.map(String.init)]
    return paths.compactMap { $0?.split(separator: "/").last.map(String.init) } + [process.name]
  }

  /// By the name of the executable; the kernel's `comm` has 15 bytes of it.
  private static let known: [String: (String, String, Pairing)] = {
    let rows: [(names: [String], type: String, pairing: Pairing)] = [
      (["haproxy"], "reverse proxy", .configured),
      (["nginx", "openresty", "angie", "freenginx"], "reverse proxy", .configured),
      (["envoy"], "reverse proxy", .configured), (["traefik"], "reverse proxy", .configured),
      (["caddy"], "reverse proxy", .configured), (["pound"], "reverse proxy", .configured),
      (["varnishd"], "HTTP cache", .shared), (["squid"], "forward proxy", .configured),
      (["tinyproxy"], "forward proxy", .oneToOne), (["privoxy"], "forward proxy", .configured),
      (["docker-proxy"], "published port of Docker", .oneToOne),
      (["rootlessport"], "published port of Podman", .oneToOne), (["socat"], "TCP proxy", .oneToOne),
      (["systemd-socket-proxyd", "systemd-socket-"], "TCP proxy", .oneToOne), (["rinetd"], "TCP proxy", .oneToOne),
      (["redir"], "TCP proxy", .oneToOne), (["stunnel", "stunnel4", "stunnel5"], "TLS proxy", .oneToOne),
      (["gost"], "tunnel", .configured), (["ssh"], "SSH forward", .multiplexed),
      (["sshd", "sshd-session"], "SSH session", .multiplexed), (["cloudflared"], "tunnel", .multiplexed),
      (["pgbouncer"], "connection pool", .shared),
    ]
    var known: [String: (String, String, Pairing)] = [:]
    for row in rows {
      for name in row.names { known[name] = (row.names[0], row.type, row.pairing) }
    }
    return known
  }()
}

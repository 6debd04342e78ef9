public import Programs

/// What haproxy.cfg says of listening, connecting and asking; everything with file and line.
public struct HAProxyConfiguration: Sendable {
  /// `frontend`, `backend` and `listen`, in the files' order. `defaults` are worked into them.
  public internal(set) var sections: [HAProxySection] = []
  public internal(set) var statsSockets: [HAProxyStatsSocket] = []
  /// `chroot`: where the process's root is after its start; the paths in the configuration are from before.
  public internal(set) var chroot: String?
  public internal(set) var problems: [ConfigurationProblem] = []
  /// As the process names them.
  public internal(set) var files: [String] = []
  /// The sections that accept clients.
  var accepting: [Int] = []
  /// Sections by name.
  var frontends: [String: [Int]] = [:]
  var backends: [String: [Int]] = [:]
}

/// A `frontend`, `backend` or `listen` section.
public struct HAProxySection: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable { case frontend, backend, listen, defaults }

  public var kind: Kind
  public var name: String
  public var place: ConfigurationLine
  /// `tcp` unless said otherwise here or in its defaults; `http`, `health`, `log`, `spop`.
  public var mode = "tcp"
  public var binds: [HAProxyBind] = []
  public var servers: [HAProxyServer] = []
  /// `use_backend` and `default_backend`, in their order.
  public var routes: [HAProxyRoute] = []
  /// Which server a condition picks.
  public var useServers: [HAProxyRoute] = []
  /// `source … usesrc client|clientip` here or on `default-server`: servers see the client's address, not HAProxy's.
  public var source: HAProxySource?
  /// Parameters that `default-server` gives to the servers that follow.
  public var serverDefaults: [String] = []
  /// It stands between `.if` and `.endif`, and may not be in force.
  public var isConditional = false

  public var acceptsClients: Bool { kind == .frontend || kind == .listen }
  public var hasServers: Bool { kind == .backend || kind == .listen }
}

/// One address of a `bind` line, or of an old section line.
public struct HAProxyBind: Hashable, Sendable {
  public var address: HAProxyAddress
  public var place: ConfigurationLine
  public var parameters: [String]
  public var isConditional: Bool

  /// `accept-proxy`, `accept-netscaler-cip`: the client that HAProxy tells of comes from a header, not from the socket.
  public var trustsHeader: Bool {
    parameters.contains("accept-proxy") || parameters.contains("accept-netscaler-cip")
  }

  /// The address is any IPv6, and IPv4 clients come too (unless the kernel's `bindv6only` says otherwise).
  public var isDualStack: Bool { address.host == .ip(.anyV6) && !parameters.contains("v6only") }
}

/// A `server` or `server-template` line.
public struct HAProxyServer: Hashable, Sendable {
  /// Of a template: the prefix.
  public var name: String
  /// The numbers that a template puts behind its prefix.
  public var template: ClosedRange<Int>?
  public var address: HAProxyAddress
  public var place: ConfigurationLine
  /// Those of `default-server` first.
  public var parameters: [String]
  /// `source` on the line itself.
  public var source: HAProxySource?
  public var isConditional: Bool

  /// Sends the client's address in a PROXY header.
  public var sendsProxyHeader: Bool { parameters.contains { $0.hasPrefix("send-proxy") } }

  /// Whether the runtime calls it, or one of the template's servers, `name`.
  public func isNamed(_ name: String) -> Bool {
    guard let template else { return self.name == name }
    guard name.hasPrefix(self.name), let number = Int(name.dropFirst(self.name.count)) else { return false }
    return template.contains(number)
  }
}

/// `source ADDRESS [usesrc client|clientip|ADDRESS]`
public struct HAProxySource: Hashable, Sendable {
  public var address: String
  /// What follows `usesrc`. With `client` address and port are the client's, with `clientip` the address.
  public var usesrc: String?
  public var place: ConfigurationLine
}

/// A line that sends requests somewhere.
public struct HAProxyRoute: Hashable, Sendable {
  /// A backend's name (a server's for `use-server`), or an expression with `%[…]` that is known only per request.
  public var target: String
  /// `if …`, `unless …` as written; nil: always.
  public var condition: String?
  public var isDefault: Bool
  public var place: ConfigurationLine
  public var isConditional: Bool

  /// The target is made up for each request.
  public var isDynamic: Bool { target.contains("%[") || target.contains("%{") }
}

/// `stats socket` in `global`, or the master's `-S`.
public struct HAProxyStatsSocket: Hashable, Sendable {
  public enum Level: String, Hashable, Sendable { case user, operator_ = "operator", admin }

  public var address: HAProxyAddress
  /// `operator` unless said otherwise.
  public var level: Level
  /// Octal file mode as written.
  public var mode: String?
  /// Nil for `-S`.
  public var place: ConfigurationLine?
  public var isConditional = false
}

public import Programs

/// What haproxy.cfg says about listening, connecting and the stats socket, each with file and line.
public struct HAProxyConfiguration: Sendable {
  /// The `frontend`, `backend` and `listen` sections in the files' order, with `defaults` applied.
  public internal(set) var sections: [HAProxySection] = []
  public internal(set) var statsSockets: [HAProxyStatsSocket] = []
  /// `chroot`: the process's root after its start. The paths in the configuration are from before.
  public internal(set) var chroot: String?
  public internal(set) var problems: [ConfigurationProblem] = []
  /// The files' paths as the process names them.
  public internal(set) var files: [String] = []
  /// The positions of sections that accept clients.
  var accepting: [Int] = []
  /// The positions of sections by name.
  var frontends: [String: [Int]] = [:]
  var backends: [String: [Int]] = [:]
}

/// A `frontend`, `backend` or `listen` section.
public struct HAProxySection: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable { case frontend, backend, listen, defaults }

  public var kind: Kind
  public var name: String
  public var place: ConfigurationLine
  /// `tcp` unless the section or its defaults set another mode: `http`, `health`, `log`, `spop`.
  public var mode = "tcp"
  public var binds: [HAProxyBind] = []
  public var servers: [HAProxyServer] = []
  /// `use_backend` and `default_backend`, in their order.
  public var routes: [HAProxyRoute] = []
  /// `use-server`: which server a condition selects.
  public var useServers: [HAProxyRoute] = []
  /// `source … usesrc client|clientip` here or on `default-server`: servers see the client's address instead of
  /// HAProxy's.
  public var source: HAProxySource?
  /// Parameters that `default-server` sets for the servers behind it.
  public var serverDefaults: [String] = []
  /// Whether the section is between `.if` and `.endif`, so that it may not be active.
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

  /// `accept-proxy` or `accept-netscaler-cip`: HAProxy takes the client's address from a header and not from the
  /// socket.
  public var trustsHeader: Bool {
    parameters.contains("accept-proxy") || parameters.contains("accept-netscaler-cip")
  }

  /// Whether the address is any IPv6 address, so that IPv4 clients are accepted too (unless the kernel's `bindv6only`
  /// is set).
  public var isDualStack: Bool { address.host == .ip(.anyV6) && !parameters.contains("v6only") }
}

/// A `server` or `server-template` line.
public struct HAProxyServer: Hashable, Sendable {
  /// The server's name; for a template the prefix.
  public var name: String
  /// For a template: the numbers behind the prefix.
  public var template: ClosedRange<Int>?
  public var address: HAProxyAddress
  public var place: ConfigurationLine
  /// The parameters, those of `default-server` first.
  public var parameters: [String]
  /// `source` on the line itself.
  public var source: HAProxySource?
  public var isConditional: Bool

  /// Whether it sends the client's address in a PROXY header.
  public var sendsProxyHeader: Bool { parameters.contains { $0.hasPrefix("send-proxy") } }

  /// Whether the server, or one of the template's servers, has this name at run time.
  public func isNamed(_ name: String) -> Bool {
    guard let template else { return self.name == name }
    guard name.hasPrefix(self.name), let number = Int(name.dropFirst(self.name.count)) else { return false }
    return template.contains(number)
  }
}

/// `source ADDRESS [usesrc client|clientip|ADDRESS]`.
public struct HAProxySource: Hashable, Sendable {
  public var address: String
  /// The word behind `usesrc`. With `client` HAProxy connects from the client's address and port, with `clientip` from
  /// its address.
  public var usesrc: String?
  public var place: ConfigurationLine
}

/// A line that selects a backend or server.
public struct HAProxyRoute: Hashable, Sendable {
  /// The name of a backend (of a server for `use-server`), or an expression with `%[…]` that only a request determines.
  public var target: String
  /// `if …` or `unless …` as written; nil if it always applies.
  public var condition: String?
  public var isDefault: Bool
  public var place: ConfigurationLine
  public var isConditional: Bool

  /// Whether each request determines the target.
  public var isDynamic: Bool { target.contains("%[") || target.contains("%{") }
}

/// `stats socket` in `global`, or the master's `-S`.
public struct HAProxyStatsSocket: Hashable, Sendable {
  public enum Level: String, Hashable, Sendable { case user, operator_ = "operator", admin }

  public var address: HAProxyAddress
  /// The level; `operator` unless the line sets another one.
  public var level: Level
  /// The octal file mode as written.
  public var mode: String?
  /// The line in the configuration; nil for `-S`.
  public var place: ConfigurationLine?
  public var isConditional = false
}

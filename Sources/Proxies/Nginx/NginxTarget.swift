public import Flows
public import Programs

/// One target to which a server forwards.
public struct NginxTarget: Hashable, Sendable {
  /// The scheme: `http`, `https`, `grpc`, `grpcs`; nil for FastCGI, uwsgi, SCGI and stream.
  public var scheme: String?
  /// The host as written, without brackets; with `$name` for a variable whose value isn't known. Empty for UNIX
  /// sockets.
  public var host: String
  /// The address; nil if `host` is a name.
  public var address: IPAddress?
  /// The port; nil if it is not known, and for UNIX sockets.
  public var port: UInt16?
  /// The path of a UNIX socket; nil for other kinds.
  public var path: String?
  /// The `upstream {}` that it is a server of; nil if it is not in one.
  public var upstream: String?
  public var weight = 1
  public var isBackup = false
  public var isDown = false
  /// The line that names it: `server` in the upstream, or `proxy_pass`.
  public var place: ConfigurationLine

  /// Reads the part between `//` and the path: `host`, `host:80`, `[::1]:80`, `unix:/run/app.sock`.
  init(authority: Substring, scheme: String? = nil, defaultPort: UInt16?, at place: ConfigurationLine) {
    self.scheme = scheme
    self.place = place
    if authority.hasPrefix("unix:") {
      host = ""
      path = String(authority.dropFirst(5).prefix { $0 != ":" })
      return
    }
    var name = authority
    port = defaultPort
    let bytes = authority.utf8
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
      bytes.lastIndex(of: UInt8(ascii: "]")).map({ $0 < colon }) ?? true
    {
      name = authority[..<colon]
      port = Port(authority[authority.index(after: colon)...])?.number
    } else if Self.endsInVariable(authority) {
      port = nil  // The variable may hold a port as well.
    }
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    host = String(name)
    address = IPAddress(name)
  }

  private static func endsInVariable(_ text: Substring) -> Bool {
    guard let dollar = text.utf8.lastIndex(of: UInt8(ascii: "$")) else { return false }
    return text[text.index(after: dollar)...].utf8.allSatisfy(NginxVariables.isName)
  }

  /// Whether the address needs a lookup of a name.
  public var needsLookup: Bool { address == nil && path == nil && host != "localhost" }

  /// Whether the host or the port is a variable.
  public var isVariable: Bool { host.contains("$") || (port == nil && path == nil) }

  /// `10.0.0.5:3000`, `[fd00::1]:80`, `git:3000`, `unix:/run/app.sock`.
  public var description: String {
    if let path { return "unix:\(path)" }
    let name = host.contains(":") ? "[\(host)]" : host
    return port.map { "\(name):\($0)" } ?? name
  }
}

extension NginxTarget: CustomStringConvertible {}

/// An `upstream {}` block: servers that share requests.
public struct NginxUpstream: Hashable, Sendable {
  public var name: String
  public var isStream: Bool
  public var servers: [NginxTarget]
  /// The number of idle connections that each worker keeps (`keepalive`); nil without that directive.
  public var keepalive: Int?
  /// The method of balancing: `least_conn`, `ip_hash`, `hash`, `random`; nil for round robin.
  public var method: String?
  /// Whether Lua selects the server, so that the listed servers need not be used.
  public var isChosenByLua: Bool
  public var place: ConfigurationLine

  init?(_ directive: NginxDirective, isStream: Bool) {
    guard let block = directive.block, let name = directive.value else { return nil }
    self.name = name
    self.isStream = isStream
    place = directive.place
    keepalive = block.last { $0.name == "keepalive" }?.value.flatMap { Int($0) }
    method = block.first { ["least_conn", "ip_hash", "hash", "random", "least_time"].contains($0.name) }?.name
    isChosenByLua = block.contains { $0.name == "balancer_by_lua_block" || $0.name == "balancer_by_lua_file" }
    servers = block.compactMap { line in
      guard line.name == "server", let text = line.value else { return nil }
      var target = NginxTarget(authority: text[...], defaultPort: isStream ? nil : 80, at: line.place)
      target.upstream = name
      for parameter in line.arguments.dropFirst() {
        if parameter == "backup" { target.isBackup = true }
        if parameter == "down" { target.isDown = true }
        if parameter.hasPrefix("weight="), let weight = Int(parameter.dropFirst(7)) { target.weight = weight }
      }
      return target
    }
  }
}

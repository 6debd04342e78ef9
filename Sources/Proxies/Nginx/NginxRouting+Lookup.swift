public import Flows
public import Programs

extension NginxRouting {
  /// The servers among which nginx selects for a connection to `endpoint` of its host: first those with exactly this
  /// address, then those with a wildcard; the default server first, then in the order of the files. Sockets that listen
  /// on a name other than `localhost` count as wildcards.
  public func servers(accepting endpoint: Endpoint, _ transport: Transport = .tcp) -> [NginxServer] {
    var best: NginxListen.Fit?
    var found: [(server: NginxServer, isDefault: Bool)] = []
    for server in servers {
      let fits = server.listens.compactMap { listen in
        listen.fit(endpoint, transport).map { (fit: $0, isDefault: listen.isDefault) }
      }
      guard let fit = fits.map(\.fit).max() else { continue }
      if let known = best, fit < known { continue }
      if best.map({ $0 < fit }) ?? true { found = [] }
      best = fit
      found.append((server, fits.contains { $0.fit == fit && $0.isDefault }))
    }
    return found.filter(\.isDefault).map(\.server) + found.filter { !$0.isDefault }.map(\.server)
  }

  /// The server that answers a request, and why it was selected.
  public struct Match: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
      case exactName, leadingWildcard, trailingWildcard, regularExpression, defaultServer
    }
    public var server: NginxServer
    public var reason: Reason
    /// Regular expressions with precedence over this match that could not be evaluated; one of them may match instead.
    public var undecided: [String]
  }

  /// The server for a request to `host` that came in at `endpoint`; nil if none listens there. Streams have names only
  /// from nginx 1.25.5 on; before, the first server answers.
  ///
  /// - Parameter host: nil if no host was sent, or if it is not known.
  public func server(accepting endpoint: Endpoint, host: String?, _ transport: Transport = .tcp) -> Match? {
    let candidates = servers(accepting: endpoint, transport)
    guard let first = candidates.first else { return nil }
    return Self.match(host.map(Self.hostName) ?? "", candidates)
      ?? Match(server: first, reason: .defaultServer, undecided: [])
  }

  /// The host in lower case, without port and final dot.
  static func hostName(_ host: String) -> String {
    var name = host[...]
    if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = name[..<colon] }
    if name.hasSuffix(".") { name = name.dropLast() }
    return name.lowercased()
  }

  /// Selects in nginx's order: the exact name, the longest `*.name`, the longest `name.*`, the first regular expression
  /// (nginx.org, "Server names").
  private static func match(_ host: String, _ candidates: [NginxServer]) -> Match? {
    var leading: (length: Int, server: NginxServer)?
    var trailing: (length: Int, server: NginxServer)?
    var expression: NginxServer?
    var undecided: [String] = []
    for server in candidates {
      for name in server.names.isEmpty ? [""] : server.names {
        if name.hasPrefix("~") {
          guard expression == nil else { continue }
          switch NginxNamePattern(String(name.dropFirst()))?.matches(host) {
          case true?: expression = server
          case false?: break
          case nil: undecided.append(name)
          }
          continue
        }
        let name = name.lowercased()
        if name == host || name == "." + host { return Match(server: server, reason: .exactName, undecided: []) }
        guard !host.isEmpty else { continue }
        if name.hasPrefix("*.") || name.hasPrefix(".") {
          let end = name.hasPrefix("*") ? name.dropFirst() : name[...]
          if host.hasSuffix(end), host.utf8.count > end.utf8.count, end.utf8.count > leading?.length ?? 0 {
            leading = (end.utf8.count, server)
          }
        } else if name.hasSuffix(".*") {
          let start = name.dropLast()
          if host.hasPrefix(start), host.utf8.count > start.utf8.count, start.utf8.count > trailing?.length ?? 0 {
            trailing = (start.utf8.count, server)
          }
        }
      }
    }
    if let leading { return Match(server: leading.server, reason: .leadingWildcard, undecided: []) }
    if let trailing { return Match(server: trailing.server, reason: .trailingWildcard, undecided: []) }
    if let expression { return Match(server: expression, reason: .regularExpression, undecided: undecided) }
    if undecided.isEmpty { return nil }
    return candidates.first.map { Match(server: $0, reason: .defaultServer, undecided: undecided) }
  }

  /// A name that is served, with the targets of its requests.
  public struct Site: Hashable, Sendable {
    /// The name as written: `git.example.com`, `*.example.com`; a regular expression with its `~`.
    public var name: String
    public var server: NginxServer
    /// The targets, without duplicates.
    public var targets: [NginxTarget]
    /// The logs in which its requests may appear.
    public var logs: [NginxAccessLog]
  }

  /// All names of the servers in `http` except `""` and `_`, and the names by which a `map` selects a target: names in
  /// requests, and in TLS that a stream with `ssl_preread` passes on.
  public var sites: [Site] {
    servers.flatMap { server -> [Site] in
      let logs = (server.logs + server.routes.flatMap(\.logs)).withoutDuplicates
      let mapped = server.isStream && !server.readsName ? [] : server.routes.flatMap(\.passes).flatMap(\.targetsByName)
      let names = server.isStream ? [] : server.names.filter { !$0.isEmpty && $0 != "_" }
      let targets = names.isEmpty ? [] : server.targets.withoutDuplicates
      let known = Set(mapped.map(\.name))
      return mapped.map { Site(name: $0.name, server: server, targets: $0.targets, logs: logs) }
        + names.filter { !known.contains($0) }.map {
          Site(name: $0, server: server, targets: targets, logs: logs)
        }
    }
  }

  /// A route that may have opened a connection.
  public struct Reach: Hashable, Sendable {
    public enum Match: Int, Hashable, Sendable, Comparable {
      /// Address and port are the target's.
      case address
      /// The port is the target's; the target's name would need a lookup.
      case port
      /// A variable determines the target, so it may be this one.
      case variable
      public static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
    }
    public var server: NginxServer
    public var route: NginxRoute
    public var target: NginxTarget
    public var match: Match
    /// The line of the target: the upstream's `server`, or the `proxy_pass`.
    public var place: ConfigurationLine { target.place }
  }

  /// The routes that may have opened a connection from nginx to `endpoint`, most certain first.
  public func upstreams(reaching endpoint: Endpoint) -> [Reach] {
    var found: [Reach] = []
    for server in servers {
      for route in server.routes {
        var seen: Set<NginxTarget> = []
        for pass in route.passes {
          for target in pass.targets where seen.insert(target).inserted {
            guard let match = target.match(endpoint) else { continue }
            found.append(Reach(server: server, route: route, target: target, match: match))
          }
        }
      }
    }
    return found.enumerated().sorted { ($0.element.match, $0.offset) < ($1.element.match, $1.offset) }.map(\.element)
  }
}

extension NginxTarget {
  func match(_ endpoint: Endpoint) -> NginxRouting.Reach.Match? {
    guard path == nil, !isDown else { return nil }
    if let port, port != endpoint.port { return nil }
    if let address { return address != endpoint.address ? nil : port == nil ? .variable : .address }
    if host == "localhost" { return !endpoint.address.isLoopback ? nil : port == nil ? .variable : .address }
    return isVariable ? .variable : .port
  }
}

extension Array where Element: Hashable {
  /// The array without repeated elements, in order.
  var withoutDuplicates: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

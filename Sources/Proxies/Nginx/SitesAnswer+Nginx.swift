internal import Flows

extension SitesAnswer {
  /// The sites in an nginx configuration, without their activity.
  ///
  /// - Parameter hosts: the hosts of Nginx Proxy Manager; nil for a plain nginx.
  init(_ configuration: NginxConfiguration, _ hosts: NginxProxyManagerHosts?) {
    let routing = NginxRouting(configuration)
    func format(_ name: String) -> String? { routing.logFormats.last { $0.name == name && !$0.isStream }?.text }
    let isManaged = NginxProxyManagerHosts.made(configuration)
    self.init(software: isManaged ? "nginx-proxy-manager" : "nginx")
    var servers: [(names: [String], upstreams: [String])] = []
    for server in routing.servers where !server.isStream {
      let names = server.names.filter { !$0.isEmpty && $0 != "_" }
      let host = hosts?.host(of: server)
      let targets = server.routes.flatMap(\.passes).flatMap(\.targets).map { "\($0)" }
      servers.append((names, targets + [Self.upstream(server, host)].compactMap(\.self)))
      guard !names.isEmpty else {
        if let log = Self.log(server) { sharedLogs.insert(log.path) }
        continue
      }
      var site = ServedSite(names: names, id: host?.id, configuration: "\(server.place)")
      site.upstream = Self.upstream(server, host)
      let log = Self.log(server)
      site.log = host?.log ?? log?.path
      if let path = site.log {
        formats[path] = log.flatMap { format($0.format) }
      } else {
        site.reason = "it writes no access log"
      }
      // A site has several servers if each port has its own.
      if let known = sites.firstIndex(where: { $0.names == names && $0.log == site.log }) {
        sites[known].upstream = sites[known].upstream ?? site.upstream
        if site.upstream != nil, Self.redirects(sites[known]) { sites[known].configuration = site.configuration }
      } else {
        sites.append(site)
      }
    }
    shareUpstreams(among: servers)
  }

  private static func redirects(_ site: ServedSite) -> Bool { site.upstream == nil }

  /// The upstream; nil if there is none or more than one.
  private static func upstream(_ server: NginxServer, _ host: NginxProxyManagerHost?) -> String? {
    if let host, let name = host.forwardHost {
      let bracketed = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
      return "\(host.forwardScheme ?? "http")://\(bracketed)\(host.forwardPort.map { ":\($0)" } ?? "")"
    }
    let passes = server.routes.flatMap(\.passes)
    guard let first = passes.first else { return nil }
    let targets = Set(passes.flatMap(\.targets))
    guard targets.count == 1, let only = targets.first, !only.isVariable else {
      return Set(passes.map(\.text)).count == 1 ? first.text : nil
    }
    return only.scheme.map { "\($0)://\(only)" } ?? "\(only)"
  }

  /// The first log that is a file without variables in its path.
  private static func log(_ server: NginxServer) -> NginxAccessLog? {
    (server.logs + server.routes.flatMap(\.logs)).first {
      $0.path.hasPrefix("/") && !$0.path.contains("$")
        && (!$0.path.hasPrefix("/dev/") || $0.path.hasPrefix("/dev/std"))
    }
  }
}

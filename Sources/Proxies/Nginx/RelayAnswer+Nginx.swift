internal import Flows

extension RelayAnswer {
  /// The upstream's name, or else the directive's text. If that has variables and only one target, the target.
  private static func name(of pass: NginxPass) -> String {
    if let upstream = pass.targets.compactMap(\.upstream).first { return upstream }
    guard pass.text.contains("$"), pass.targets.count == 1, let only = pass.targets.first, !only.isVariable else {
      return pass.text
    }
    return only.scheme.map { "\($0)://\(only)" } ?? "\(only)"
  }

  /// The relay's answer from nginx's configuration.
  init(_ configuration: NginxConfiguration) {
    let routing = NginxRouting(configuration)
    self.init(
      software: NginxProxyManagerHosts.made(configuration) ? "nginx-proxy-manager" : "nginx", isRelay: true,
      isOneToOne: !routing.servers.isEmpty && routing.servers.allSatisfy(\.isStream))
    // nginx itself would not start with any of these errors; the first few are reported.
    notes = (configuration.problems + routing.problems).prefix(3).map(\.description)
    var known: Set<String> = []
    for server in routing.servers {
      var names: [String] = []
      for pass in server.routes.flatMap(\.passes) {
        let name = Self.name(of: pass)
        names.append(name)
        guard known.insert(name).inserted else { continue }
        backends.append(
          RelayBackend(
            name: name,
            servers: pass.targets.filter { $0.path == nil }.map { target in
              .init(
                name: target.description, address: target.isVariable ? nil : target.address, port: target.port,
                configuration: "\(target.place)")
            }, configuration: "\(pass.place)"))
      }
      frontends.append(
        RelayFrontend(
          name: server.names.first { !$0.isEmpty } ?? (server.isStream ? "stream" : "\(server.place)"),
          listens: server.listens.compactMap { listen in
            listen.ports.map { .init(address: listen.address.flatMap { $0.isUnspecified ? nil : $0 }, ports: $0) }
          }, sites: server.names.filter { !$0.isEmpty }, backends: names, configuration: "\(server.place)"))
    }
  }
}

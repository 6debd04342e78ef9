internal import Flows

extension RelayAnswer {
  /// The relay's answer from HAProxy's configuration alone, without sessions.
  init(_ configuration: HAProxyConfiguration) {
    let accepting = configuration.sections.filter(\.acceptsClients)
    self.init(
      software: "haproxy", isRelay: true,
      isOneToOne: !accepting.isEmpty && accepting.allSatisfy { $0.mode == "tcp" },
      frontends: accepting.map { section in
        let routes = configuration.routes(from: section.name)
        return RelayFrontend(
          name: section.name, listens: section.binds.compactMap(Self.listen),
          backends: routes.contains(where: \.isDynamic) ? nil : routes.map(\.target),
          configuration: "\(section.binds.first?.place ?? section.place)")
      },
      backends: configuration.sections.filter(\.hasServers).map { section in
        RelayBackend(
          name: section.name, servers: section.servers.compactMap(Self.server), configuration: "\(section.place)")
      })
  }

  private static func listen(_ bind: HAProxyBind) -> RelayFrontend.Listen? {
    guard case .range(let ports) = bind.address.ports, bind.address.transport == .tcp else { return nil }
    switch bind.address.host {
    case .ip(let address): return .init(address: address.isUnspecified ? nil : address, ports: ports)
    case .name: return .init(address: nil, ports: ports)
    default: return nil
    }
  }

  private static func server(_ server: HAProxyServer) -> RelayBackend.Server? {
    var port: UInt16?
    if case .range(let ports) = server.address.ports { port = ports.lowerBound }
    let name = server.template == nil ? server.name : "\(server.name)*"
    switch server.address.host {
    case .ip(let address):
      return .init(
        name: name, address: address.isUnspecified ? nil : address, port: port, configuration: "\(server.place)")
    case .name: return .init(name: name, address: nil, port: port, configuration: "\(server.place)")
    default: return nil
    }
  }
}

extension HAProxyConfiguration {
  /// Both sides of a listed session as a pair; nil if one side is not connected, or only claimed.
  func link(_ session: HAProxySession, at namespace: Place) -> RelayLink? {
    let places = places(of: session)
    // A client that a header claims is not the socket's remote end.
    guard let client = session.client, let accepted = session.acceptedOn, let own = session.own,
      let target = session.target, !session.isCommandLine, !places.clientIsClaimed
    else { return nil }
    let place = places.server ?? places.backend ?? places.frontend
    return RelayLink(
      namespace: namespace, inbound: Flow(.tcp, from: client, to: accepted),
      outbound: Flow(.tcp, from: own, to: target),
      method: .session,
      names: RelayNames(
        frontend: session.frontend, backend: session.backend, server: session.server,
        configuration: place.map { "\($0)" }))
  }
}

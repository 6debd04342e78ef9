internal import Clues
internal import Flows
internal import LinuxSystem

/// What the relays of this host say of themselves.
struct LocalRelays {
  private let files = ProcessFiles()

  /// What process `process` says; its sockets are in `namespace`.
  func answer(_ process: Process, _ namespace: NamespaceID) -> RelayAnswer {
    if HAProxyProcess.isHAProxy(name: process.name, executable: process.executable) {
      return haproxy(process, namespace)
    }
    if NginxInvocation.isNginx(process) { return nginx(process) }
    guard let software = RelaySoftware(process) else {
      return RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    }
    return RelayAnswer(software: software.software, isRelay: true, isOneToOne: software.pairing == .oneToOne)
  }

  // MARK: HAProxy

  private func haproxy(_ process: Process, _ namespace: NamespaceID) -> RelayAnswer {
    var answer = RelayAnswer(software: "haproxy", isRelay: true, isOneToOne: false)
    let known: HAProxyProcess
    do throws(HAProxyError) { known = try HAProxyProcess(reading: process.pid, from: files) } catch {
      answer.notes = ["\(error)"]
      return answer
    }
    let configuration = known.configuration
    let accepting = configuration.sections.filter(\.acceptsClients)
    answer.isOneToOne = !accepting.isEmpty && accepting.allSatisfy { $0.mode == "tcp" }
    answer.notes = known.unreadable
    answer.frontends = accepting.map { section in
      let routes = configuration.routes(from: section.name)
      return RelayFrontend(
        name: section.name, listens: section.binds.compactMap(Self.listen),
        backends: routes.contains(where: \.isDynamic) ? nil : routes.map(\.target),
        configuration: "\(section.binds.first?.place ?? section.place)")
    }
    answer.backends = configuration.sections.filter(\.hasServers).map { section in
      RelayBackend(
        name: section.name, servers: section.servers.compactMap(Self.server), configuration: "\(section.place)")
    }
    do throws(HAProxyError) {
      let sessions = try HAProxyRuntime(known).sessions()
      answer.sessions = sessions.compactMap { link($0, configuration, namespace) }
      answer.sessionCommand = Self.question(known)
    } catch {
      answer.notes.append("its sessions are not known: \(error)")
    }
    return answer
  }

  private func link(
    _ session: HAProxySession, _ configuration: HAProxyConfiguration, _ namespace: NamespaceID
  ) -> RelayLink? {
    let places = configuration.places(of: session)
    // A client that a header claims is not the socket's other end.
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

  /// How a person asks the same, where the socket is a file.
  private static func question(_ process: HAProxyProcess) -> String? {
    for socket in process.configuration.statsSockets + process.commandLine.masterSockets {
      guard case .unix(let path) = socket.address.host, path.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 39 }) else {
        continue
      }
      return "echo 'show sess all' | socat - 'UNIX-CONNECT:/proc/\(process.pid)/root\(path)'"
    }
    return nil
  }

  // MARK: nginx

  private func nginx(_ process: Process) -> RelayAnswer {
    var answer = RelayAnswer(software: "nginx", isRelay: true, isOneToOne: false)
    guard let configuration = NginxConfiguration(of: process.pid, in: files) else {
      answer.notes = ["the configuration of nginx (pid \(process.pid)) is not to be seen"]
      return answer
    }
    let routing = NginxRouting(configuration)
    if NginxProxyManagerHosts.made(configuration) { answer.software = "nginx-proxy-manager" }
    // nginx itself starts with none of them wrong; what we cannot read is said, the first few.
    answer.notes = (configuration.problems + routing.problems).prefix(3).map(\.description)
    answer.isOneToOne = !routing.servers.isEmpty && routing.servers.allSatisfy(\.isStream)
    var known: Set<String> = []
    for server in routing.servers {
      var backends: [String] = []
      for pass in server.routes.flatMap(\.passes) {
        let name = pass.targets.compactMap(\.upstream).first ?? pass.text
        backends.append(name)
        guard known.insert(name).inserted else { continue }
        answer.backends.append(
          RelayBackend(
            name: name,
            servers: pass.targets.filter { $0.path == nil }.map { target in
              .init(
                name: target.description, address: target.isVariable ? nil : target.address, port: target.port,
                configuration: "\(target.place)")
            }, configuration: "\(pass.place)"))
      }
      answer.frontends.append(
        RelayFrontend(
          name: server.names.first { !$0.isEmpty } ?? (server.isStream ? "stream" : "\(server.place)"),
          listens: server.listens.compactMap { listen in
            listen.ports.map { .init(address: listen.address.flatMap { $0.isUnspecified ? nil : $0 }, ports: $0) }
          }, sites: server.names.filter { !$0.isEmpty }, backends: backends, configuration: "\(server.place)"))
    }
    return answer
  }
}

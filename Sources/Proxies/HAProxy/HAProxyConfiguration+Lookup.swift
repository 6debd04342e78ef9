public import Flows
public import Programs

/// A section that accepts connections at an endpoint, and the bind line that says so.
public struct HAProxyAcceptance: Hashable, Sendable {
  public var frontend: HAProxySection
  public var bind: HAProxyBind

  public var name: String { frontend.name }
  /// Of the bind line.
  public var file: String? { bind.place.file }
  public var line: Int { bind.place.line }
}

/// A server that a connection may have gone to.
public struct HAProxyServerMatch: Hashable, Sendable {
  /// What speaks for it, the strongest first.
  public enum Ground: Int, Hashable, Sendable, Comparable {
    /// Address and port are the server's.
    case address
    /// The address is; the port is the one that the client asked for, moved or not, and was not known.
    case addressOnly
    /// The server has a name that needs DNS; only the port was compared.
    case portOnly
    /// The server is `0.0.0.0` or `*`: where the client wanted to go.
    case originalDestination

    public static func < (left: Ground, right: Ground) -> Bool { left.rawValue < right.rawValue }
  }

  public var server: HAProxyServer
  public var ground: Ground
  /// How many servers of the backend have the same ground; more than 1 is ambiguous.
  public var candidates: Int

  public var name: String { server.name }
  public var file: String? { server.place.file }
  public var line: Int { server.place.line }
}

extension HAProxyConfiguration {
  /// `files` in the order HAProxy reads them, each with the path that the process knows it by; `environment` is the
  /// process's own. Never fails: what is not understood is in `problems`.
  public init(parsing files: [(path: String, content: [UInt8])], environment: [String: String] = [:]) {
    var reader = HAProxyConfigurationReader(environment: environment)
    for file in files { reader.read(file.content, file: file.path) }
    self = reader.finish()
  }

  /// The section that accepts at `endpoint`: the one with this very address before one with any address.
  public func frontend(accepting endpoint: Endpoint, transport: Transport = .tcp) -> HAProxyAcceptance? {
    frontend(among: accepting, at: endpoint, transport)
  }

  private func frontend(among indices: [Int], at endpoint: Endpoint, _ transport: Transport) -> HAProxyAcceptance? {
    var best: (rank: Int, section: Int, bind: HAProxyBind)?
    for index in indices {
      for bind in sections[index].binds where bind.address.transport == transport {
        guard case .range(let ports) = bind.address.ports, ports.contains(endpoint.port) else { continue }
        let rank: Int
        switch bind.address.host {
        case .ip(endpoint.address): rank = 3
        case .ip(let any) where any.isUnspecified && any.isV4 == endpoint.address.isV4: rank = 2
        case .ip where bind.isDualStack && endpoint.address.isV4: rank = 1
        case .name: rank = 0
        default: continue
        }
        if rank > best?.rank ?? -1 { best = (rank, index, bind) }
      }
    }
    return best.map { HAProxyAcceptance(frontend: sections[$0.section], bind: $0.bind) }
  }

  /// A `frontend` or `listen` section.
  public func frontend(_ name: String) -> HAProxySection? { frontends[name]?.first.map { sections[$0] } }

  /// A `backend` or `listen` section.
  public func backend(_ name: String) -> HAProxySection? { backends[name]?.first.map { sections[$0] } }

  /// The server that the runtime calls `name`.
  public func server(_ name: String, in backend: String) -> HAProxyServer? {
    for index in backends[backend] ?? [] {
      if let server = sections[index].servers.first(where: { $0.isNamed(name) }) { return server }
    }
    return nil
  }

  /// The server behind `endpoint`, for who knows only the connection. `acceptedPort` is the port that the client
  /// connected to: servers without a port, or with `+N`, take it over.
  public func server(in backend: String, at endpoint: Endpoint, acceptedPort: UInt16? = nil) -> HAProxyServerMatch? {
    var best: HAProxyServerMatch?
    for server in (backends[backend] ?? []).lazy.flatMap({ sections[$0].servers }) {
      guard let ground = server.address.ground(for: endpoint, acceptedPort: acceptedPort) else { continue }
      if let known = best, known.ground == ground {
        best?.candidates += 1
      } else if best.map({ ground < $0.ground }) ?? true {
        best = HAProxyServerMatch(server: server, ground: ground, candidates: 1)
      }
    }
    return best
  }

  /// Where a frontend may send what it accepts; a `listen` section with servers may also use its own.
  public func routes(from frontend: String) -> [HAProxyRoute] {
    (frontends[frontend] ?? []).flatMap { index -> [HAProxyRoute] in
      let section = sections[index]
      guard section.kind == .listen, !section.servers.isEmpty else { return section.routes }
      let own = HAProxyRoute(
        target: section.name, condition: nil, isDefault: !section.routes.contains { $0.isDefault },
        place: section.place, isConditional: section.isConditional)
      return section.routes + [own]
    }
  }
}

extension HAProxyAddress {
  fileprivate func ground(for endpoint: Endpoint, acceptedPort: UInt16?) -> HAProxyServerMatch.Ground? {
    var portIsKnown = true
    switch ports {
    case .range(let range): guard range.contains(endpoint.port) else { return nil }
    case .none, .offset:
      let offset = if case .offset(let number) = ports { number } else { 0 }
      if let acceptedPort {
        guard Int(acceptedPort) + offset == Int(endpoint.port) else { return nil }
      } else {
        portIsKnown = false
      }
    }
    switch host {
    case .ip(let address) where address.isUnspecified: return .originalDestination
    case .ip(endpoint.address): return portIsKnown ? .address : .addressOnly
    case .name: return portIsKnown ? .portOnly : nil
    default: return nil
    }
  }
}

extension HAProxyConfiguration {
  /// Where the configuration speaks of a session: what a person has to look at.
  public struct SessionLines: Hashable, Sendable {
    /// The bind line that accepted it, else the frontend's.
    public var frontend: ConfigurationLine?
    public var backend: ConfigurationLine?
    public var server: ConfigurationLine?
    /// The bind line takes the client from a header: `HAProxySession.client` is what a neighbour claims.
    public var clientIsClaimed = false
  }

  public func places(of session: HAProxySession) -> SessionLines {
    let section = frontend(session.frontend)
    let bind = session.acceptedOn.flatMap { endpoint in
      frontend(among: frontends[session.frontend] ?? [], at: endpoint, .tcp)?.bind
    }
    let server = session.backend.flatMap { backend in session.server.flatMap { self.server($0, in: backend) } }
    return SessionLines(
      frontend: bind?.place ?? section?.place, backend: session.backend.flatMap(backend)?.place,
      server: server?.place,
      clientIsClaimed: bind?.trustsHeader ?? section?.binds.contains(where: \.trustsHeader) ?? false)
  }
}

public import Flows
public import Programs

/// A section that accepts connections at an endpoint, with the bind line that says so.
public struct HAProxyAcceptance: Hashable, Sendable {
  public var frontend: HAProxySection
  public var bind: HAProxyBind

  public var name: String { frontend.name }
  /// The file of the bind line.
  public var file: String? { bind.place.file }
  public var line: Int { bind.place.line }
}

/// A server that a connection may have gone to.
public struct HAProxyServerMatch: Hashable, Sendable {
  /// Why the server matches, the strongest reason first.
  public enum Ground: Int, Hashable, Sendable, Comparable {
    /// Address and port are the server's.
    case address
    /// The address is the server's. The port depends on the port that the client asked for, which is not known.
    case addressOnly
    /// Only the port was compared, because the server has a name that needs DNS.
    case portOnly
    /// The server is `0.0.0.0` or `*`, the address that the client wanted.
    case originalDestination

    public static func < (left: Ground, right: Ground) -> Bool { left.rawValue < right.rawValue }
  }

  public var server: HAProxyServer
  public var ground: Ground
  /// How many servers of the backend match for the same reason; more than 1 is ambiguous.
  public var candidates: Int

  public var name: String { server.name }
  public var file: String? { server.place.file }
  public var line: Int { server.place.line }
}

extension HAProxyConfiguration {
  /// Parses configuration files. It never throws: what is not understood is in `problems`.
  ///
  /// - Parameters:
  ///   - files: the files in the order in which HAProxy reads them, each with the path that the process knows.
  ///   - environment: the process's environment variables.
  public init(parsing files: [(path: String, content: [UInt8])], environment: [String: String] = [:]) {
    var reader = HAProxyConfigurationReader(environment: environment)
    for file in files { reader.read(file.content, file: file.path) }
    self = reader.finish()
  }

  /// The section that accepts at `endpoint`. One with exactly this address takes precedence over one with any address.
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

  /// The `frontend` or `listen` section with this name.
  public func frontend(_ name: String) -> HAProxySection? { frontends[name]?.first.map { sections[$0] } }

  /// The `backend` or `listen` section with this name.
  public func backend(_ name: String) -> HAProxySection? { backends[name]?.first.map { sections[$0] } }

  /// The server with the name that HAProxy uses at run time.
  public func server(_ name: String, in backend: String) -> HAProxyServer? {
    for index in backends[backend] ?? [] {
      if let server = sections[index].servers.first(where: { $0.isNamed(name) }) { return server }
    }
    return nil
  }

  /// The server behind `endpoint`, for callers that know only the connection.
  ///
  /// - Parameter acceptedPort: the port that the client connected to. Servers without a port, or with `+N`, use it.
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

  /// Where a frontend may send what it accepts. A `listen` section with servers may also use its own.
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
  /// The lines of the configuration that concern a session.
  public struct SessionLines: Hashable, Sendable {
    /// The bind line that accepted it, or else the frontend's line.
    public var frontend: ConfigurationLine?
    public var backend: ConfigurationLine?
    public var server: ConfigurationLine?
    /// True if the bind line takes the client's address from a header. `HAProxySession.client` is then only claimed by
    /// the peer.
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

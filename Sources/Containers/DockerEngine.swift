/// A Docker engine, or Podman with its Docker-compatible API, reached over a socket. Only GET requests are sent.
public struct DockerEngine: Hashable, Sendable {
  public let address: DockerAddress
  /// The time for everything that one session asks.
  public let timeout: Duration

  public init(_ address: DockerAddress, timeout: Duration = .seconds(2)) {
    self.address = address
    self.timeout = timeout
  }

  /// Where engines may listen on this host: `DOCKER_HOST`, or else the usual socket, then those of Podman and of
  /// rootless engines. It does not check whether they exist. Throws if `DOCKER_HOST` can't be used.
  public static func candidates(environment: [String: String]) throws(DockerError) -> [DockerEngine] {
    var addresses: [DockerAddress] = []
    if let host = environment["DOCKER_HOST"], !host.isEmpty {
      addresses.append(try DockerAddress(dockerHost: host))
    } else {
      addresses.append(.unix("/run/docker.sock"))
    }
    addresses.append(.unix("/run/podman/podman.sock"))
    if let own = environment["XDG_RUNTIME_DIR"], own.hasPrefix("/") {
      addresses += [.unix("\(own)/docker.sock"), .unix("\(own)/podman/podman.sock")]
    }
    return addresses.map { DockerEngine($0) }
  }

  /// Opens a session. It asks for the version first; one deadline applies to everything that follows.
  public func session() throws(DockerError) -> DockerSession { try DockerSession(self) }

  public func version() throws(DockerError) -> DockerVersion { try session().version }

  /// All containers, also those that don't run; without pids and sandboxes.
  public func containers() throws(DockerError) -> [DockerContainer] {
    var session = try session()
    return try session.containers()
  }

  /// One container by id or name, with its pid; `refused(status: 404)` if there is none.
  public func inspect(_ id: String) throws(DockerError) -> DockerContainer {
    var session = try session()
    return try session.inspect(id)
  }

  /// Whether the engine's own files describe its containers; they are used if its socket may not be.
  public var hasReadableFiles: Bool {
    // Its files are asked because its socket may not be; if these may not be read either, the socket's error is
    // reported.
    (try? DockerStateFiles(of: address)?.containers().unread.isEmpty) ?? false
  }

  public func networks() throws(DockerError) -> [DockerNetwork] {
    var session = try session()
    return try session.networks()
  }
}

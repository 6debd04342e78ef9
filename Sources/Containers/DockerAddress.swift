public import Flows

/// The address at which an engine listens.
public enum DockerAddress: Hashable, Sendable, CustomStringConvertible {
  case unix(String)
  case tcp(Endpoint)

  /// Reads the value of `DOCKER_HOST`: `unix:///run/docker.sock`, `tcp://127.0.0.1:2375`, `tcp://[::1]:2375`.
  ///
  /// Throws `unsupported` for `ssh://`, `fd://`, `npipe://`, TLS, and host names that need a resolver.
  public init(dockerHost text: String) throws(DockerError) {
    let operation = "use DOCKER_HOST=\(text.prefix(200))"
    if text.hasPrefix("unix://") {
      let path = text.dropFirst(7)
      guard path.hasPrefix("/") else { throw DockerError(.unsupported, operation, cause: "not an absolute path") }
      self = .unix(String(path))
    } else if text.hasPrefix("tcp://") {
      var rest = text.dropFirst(6)
      if rest.hasSuffix("/") { rest = rest.dropLast() }
      if rest == "localhost" || rest.hasPrefix("localhost:") { rest = "127.0.0.1" + rest.dropFirst(9) }
      // 2375 is the port without TLS.
      guard let endpoint = Endpoint(String(rest)) ?? IPAddress(rest).map({ Endpoint($0, 2375) }) else {
        throw DockerError(.unsupported, operation, cause: "only a numeric address and a port can be used")
      }
      self = .tcp(endpoint)
    } else {
      throw DockerError(.unsupported, operation, cause: "only unix:// and tcp:// can be used")
    }
  }

  public var description: String {
    switch self {
    case .unix(let path): path
    case .tcp(let endpoint): "\(endpoint)"
    }
  }
}

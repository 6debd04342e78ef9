/// A series of requests to one engine, on one connection while the engine keeps it open, and before one deadline.
public struct DockerSession: ~Copyable {
  public let version: DockerVersion
  private var link: DockerLink

  init(_ engine: DockerEngine) throws(DockerError) {
    var link = DockerLink(to: engine)
    let operation = "query the version at \(engine.address)"
    // Every engine answers this request without a version in front.
    let body = try link.get("/version", operation)
    guard DockerJSON.decode(DockerJSON.Version.self, from: body) != nil else {
      throw DockerError(.malformed, operation)
    }
    guard let version = DockerVersion(parsing: body) else {
      throw DockerError(.unsupported, operation, cause: "API versions 1.24 to 1.52 are understood")
    }
    self.version = version
    self.link = link
  }

  /// All containers, also those that don't run; without pids and sandboxes. Shell counterpart:
  /// `curl --unix-socket /run/docker.sock http://d/containers/json?all=1`.
  public mutating func containers() throws(DockerError) -> [DockerContainer] {
    let operation = "list containers at \(link.engine.address)"
    let body = try link.get("/v\(version.api)/containers/json?all=1", operation)
    guard let list = DockerContainer.list(parsing: body) else { throw DockerError(.malformed, operation) }
    return list
  }

  /// One container by id or name. Shell counterpart: `docker inspect NAME`.
  public mutating func inspect(_ id: String) throws(DockerError) -> DockerContainer {
    let operation = "inspect container \(id.prefix(128)) at \(link.engine.address)"
    // The characters of names (daemon/names/names.go); any other could change the request.
    let isName = id.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_.-".utf8.contains(byte)
    }
    guard isName, !id.isEmpty, id.utf8.count <= 1024 else {
      throw DockerError(.refused(status: 404), operation, cause: "not a container name")
    }
    let body = try link.get("/v\(version.api)/containers/\(id)/json", operation)
    guard let container = DockerContainer(parsing: body) else { throw DockerError(.malformed, operation) }
    return container
  }

  /// The body of `path` below the API version's prefix.
  mutating func query(_ path: String, _ operation: String) throws(DockerError) -> [UInt8] {
    try link.get("/v\(version.api)\(path)", operation)
  }

  /// All networks. Shell counterpart: `docker network ls`.
  public mutating func networks() throws(DockerError) -> [DockerNetwork] {
    let operation = "list networks at \(link.engine.address)"
    let body = try link.get("/v\(version.api)/networks", operation)
    guard let list = DockerNetwork.list(parsing: body) else { throw DockerError(.malformed, operation) }
    return list
  }
}

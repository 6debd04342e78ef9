internal import Flows

/// The listening and target addresses in a configuration.
struct RelayFindings {
  /// The file's path inside the program's own root; nil for its command line.
  var file: String?
  private(set) var frontends: [RelayFrontend] = []
  private(set) var backends: [RelayBackend] = []

  /// - Parameters:
  ///   - line: the line's number; nil for the command line.
  ///   - backends: nil if the client or rules decide where it connects.
  mutating func listens(
    _ endpoint: RelayEndpoint, named name: String? = nil, at line: Int?, to backends: [String]? = nil
  ) {
    guard let port = endpoint.port else { return }
    frontends.append(
      RelayFrontend(
        name: name ?? Self.name(endpoint),
        listens: [.init(address: endpoint.address.flatMap { $0.isUnspecified ? nil : $0 }, ports: port...port)],
        backends: backends, configuration: place(line)))
  }

  mutating func connects(_ endpoint: RelayEndpoint, named name: String? = nil, at line: Int?) {
    guard let port = endpoint.port else { return }
    let title = name ?? endpoint.description
    backends.append(
      RelayBackend(
        name: title,
        servers: [
          .init(
            name: endpoint.description, address: endpoint.address.flatMap { $0.isUnspecified ? nil : $0 }, port: port,
            configuration: place(line))
        ], configuration: place(line)))
  }

  private func place(_ line: Int?) -> String {
    guard let line, let file else { return "its command line" }
    return "\(file):\(line)"
  }

  /// The endpoint as a name: `:3128`, `10.0.0.1:3128`.
  private static func name(_ endpoint: RelayEndpoint) -> String {
    let isAny = endpoint.host == nil || endpoint.address?.isUnspecified == true
    return isAny ? ":\(endpoint.port ?? 0)" : endpoint.description
  }
}

/// The answer of `GET /version`, with the API version that both sides support.
public struct DockerVersion: Hashable, Sendable {
  /// The engine's version: `29.0.1`.
  public var engine: String?
  /// `docker` or `podman`.
  public var runtime: String
  /// The API version to use, as in `/v1.44/containers/json`.
  public var api: String

  /// The oldest API version (minor number) that this reader supports; engines 1.12 (2016) to 29 work.
  static let oldest = 24
  static let newest = 52

  /// Nil if the body is no such answer, or if the two sides have no version in common.
  public init?(parsing body: [UInt8]) {
    guard let json = DockerJSON.decode(DockerJSON.Version.self, from: body),
      let newest = Self.minor(json.ApiVersion)
    else { return nil }
    let oldest = json.MinAPIVersion.flatMap(Self.minor) ?? newest
    let chosen = min(newest, Self.newest)
    guard chosen >= oldest, chosen >= Self.oldest else { return nil }
    engine = json.Version
    api = "1.\(chosen)"
    let components = (json.Components?.value ?? []).compactMap { $0.value?.Name }
    runtime = components.contains { $0.hasPrefix("Podman") } ? "podman" : "docker"
  }

  /// The minor number of a version: 44 of `1.44`.
  private static func minor(_ text: String) -> Int? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "1", parts[1].utf8.count < 6 else { return nil }
    return parts[1].utf8.allSatisfy { (48...57).contains($0) } ? Int(parts[1]) : nil
  }
}

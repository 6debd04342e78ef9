/// A site behind a proxy: what a chain's initiator asked for.
public struct Site: Hashable, Sendable, Codable {
  public var name: String
  /// `nginx-proxy-manager`, `nginx`, …
  public var software: String
  /// The number that the software gives it: Nginx Proxy Manager's proxy host.
  public var id: Int?
  /// `file:line`, inside the proxy's own root.
  public var configuration: String?
  /// As the configuration has it: `http://git:3000`.
  public var upstream: String?
  /// The container that `upstream` names, where there is one.
  public var upstreamContainer: String?
  /// All clients' requests, as the log has them.
  public var requestsPerSecond: Double?
  /// Of how many seconds that is the average.
  public var seconds: Double?
  /// Within the last minute.
  public var nowPerSecond: Double?
  /// How long ago the last request was, in seconds.
  public var lastAgo: Double?
  /// Seconds from one request to the next, if the log shows a regular client.
  public var periodSeconds: Double?
  /// Inside the proxy's own root.
  public var log: String?
  /// How sure it is that this site was asked for.
  public var certainty: Certainty?
  public var evidence: [Evidence]?

  public init(name: String, software: String, id: Int? = nil) {
    self.name = name
    self.software = software
    self.id = id
  }
}

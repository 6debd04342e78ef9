/// A site behind a proxy that a chain's initiator asked for.
public struct Site: Hashable, Sendable, Codable {
  public var name: String
  /// The proxy's software: `nginx-proxy-manager`, `nginx`, …
  public var software: String
  /// The number that the software gives the site (Nginx Proxy Manager's proxy host); nil for other software.
  public var id: Int?
  /// Where the site is configured: `file:line`, inside the proxy's own root.
  public var configuration: String?
  /// The upstream as the configuration writes it: `http://git:3000`.
  public var upstream: String?
  /// The container that `upstream` names; nil if it names none.
  public var upstreamContainer: String?
  /// Requests per second of all clients, according to the log.
  public var requestsPerSecond: Double?
  /// The number of seconds that the average covers.
  public var seconds: Double?
  /// Requests per second in the last minute.
  public var nowPerSecond: Double?
  /// How long ago the last request was, in seconds.
  public var lastAgo: Double?
  /// Seconds between requests of a regular client; nil if the log shows none.
  public var periodSeconds: Double?
  /// The access log's path, inside the proxy's own root.
  public var log: String?
  /// How certain it is that the initiator asked for this site.
  public var certainty: Certainty?
  public var evidence: [Evidence]?

  public init(name: String, software: String, id: Int? = nil) {
    self.name = name
    self.software = software
    self.id = id
  }
}

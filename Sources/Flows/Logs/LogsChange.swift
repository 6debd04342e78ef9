/// A change in the requests of a site: many more than before, or a regular client that was not there before.
public struct LogsChange: Hashable, Sendable, Codable {
  public var site: String
  /// When the change began.
  public var since: String
  /// True if it began earlier than `since`, before the first request that is still known singly.
  public var isSinceBefore: Bool?
  /// The time of its last request.
  public var until: String
  /// For how many seconds the logs go on after it ended; nil if it lasts to their end.
  public var overFor: Double?
  public var seconds: Double
  public var requests: UInt64
  public var requestsPerSecond: Double
  /// The site's average requests per second before the change.
  public var beforePerSecond: Double
  public var clients: Int
  /// What most of the requests have in common, most distinctive first.
  public var parts: [LogsShare]

  public init(
    site: String, since: String, until: String, seconds: Double, requests: UInt64, requestsPerSecond: Double,
    beforePerSecond: Double, clients: Int, parts: [LogsShare]
  ) {
    self.site = site
    self.since = since
    self.until = until
    self.seconds = seconds
    self.requests = requests
    self.requestsPerSecond = requestsPerSecond
    self.beforePerSecond = beforePerSecond
    self.clients = clients
    self.parts = parts
  }
}

/// A property that a share of the requests has in common.
public struct LogsShare: Hashable, Sendable, Codable {
  /// What kind of property: `client`, `network` (a /24 or /64), `set`, `path`, `agent` or `status`.
  public var kind: String
  public var name: String
  /// The share of the requests, 0 to 1.
  public var share: Double
  /// How many clients it comprises, if it groups clients.
  public var clients: Int?

  public init(kind: String, name: String, share: Double, clients: Int? = nil) {
    self.kind = kind
    self.name = name
    self.share = share
    self.clients = clients
  }
}

/// Requests in the last minute, hour or day of the logs, compared with the period before.
public struct LogsLately: Hashable, Sendable, Codable {
  public var seconds: Double
  public var requests: UInt64
  public var requestsPerSecond: Double
  /// Requests in the period of the same length before.
  public var before: UInt64
  /// The average requests per second over all of the logs.
  public var averagePerSecond: Double

  public init(
    seconds: Double, requests: UInt64, requestsPerSecond: Double, before: UInt64, averagePerSecond: Double
  ) {
    self.seconds = seconds
    self.requests = requests
    self.requestsPerSecond = requestsPerSecond
    self.before = before
    self.averagePerSecond = averagePerSecond
  }
}

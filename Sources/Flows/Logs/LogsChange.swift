/// What is asked for otherwise than before: more of one site, or as regularly as never before.
public struct LogsChange: Hashable, Sendable, Codable {
  public var site: String
  /// When it began.
  public var since: String
  /// Whether it began earlier: the single requests are not known so far back.
  public var isSinceBefore: Bool?
  /// Its last request.
  public var until: String
  /// How long the logs go on without it, in seconds; nil if it lasts to their end.
  public var overFor: Double?
  public var seconds: Double
  public var requests: UInt64
  public var requestsPerSecond: Double
  /// Of the same site before, on average.
  public var beforePerSecond: Double
  public var clients: Int
  /// What most of the requests have in common, by what they were put together: the most telling first.
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

/// What a share of requests has in common.
public struct LogsShare: Hashable, Sendable, Codable {
  /// `client`, `network` (a /24 or /64), `set`, `path`, `agent`, `status`
  public var kind: String
  public var name: String
  /// 0 to 1
  public var share: Double
  /// How many clients it has, where it puts clients together.
  public var clients: Int?

  public init(kind: String, name: String, share: Double, clients: Int? = nil) {
    self.kind = kind
    self.name = name
    self.share = share
    self.clients = clients
  }
}

/// Requests within one length of time up to the end of the logs, beside the time before.
public struct LogsLately: Hashable, Sendable, Codable {
  public var seconds: Double
  public var requests: UInt64
  public var requestsPerSecond: Double
  /// In the same length of time before that.
  public var before: UInt64
  /// Of all requests, on average.
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

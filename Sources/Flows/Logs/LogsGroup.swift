/// Requests grouped by something they have in common: a site, a client, a path.
public struct LogsGroup: Hashable, Sendable, Codable {
  public var name: String
  /// The site, for a group by path.
  public var site: String?
  /// The address set that a client is in, such as a CDN's; nil if none.
  public var set: String?
  /// True if the client's address may come from a header, which anyone can send.
  public var claimed: Bool?
  /// Who connected on behalf of a claimed client.
  public var via: LogsEdge?
  /// How many clients a set, country or network has.
  public var clients: Int?
  /// True if the site's name comes from the file's name because its lines have none.
  public var namedByFile: Bool?
  public var requests: UInt64
  /// The group's share of all requests, 0 to 1.
  public var share: Double
  public var bytes: UInt64
  public var requestsPerSecond: Double
  /// Requests per second between the group's own first and last request, where that is more telling than the average.
  public var ownPerSecond: Double?
  /// Requests of a site or client in the last hour of the logs.
  public var lastHour: UInt64?
  /// What most of a site's requests have in common.
  public var parts: [LogsShare]?
  public var first: String?
  public var last: String?
  /// How many seconds ago the last request was; nil unless that is much longer than the usual gap between two requests.
  public var endedAgo: Double?
  public var statuses: LogsStatuses?
  /// At most how many requests the count may lack: when there were too many groups, rare ones were dropped, and this
  /// one may have been among them before it came back.
  public var missed: UInt32?
  public var period: LogsPeriod?

  public init(name: String, requests: UInt64, share: Double, bytes: UInt64, requestsPerSecond: Double) {
    self.name = name
    self.requests = requests
    self.share = share
    self.bytes = bytes
    self.requestsPerSecond = requestsPerSecond
  }
}

/// Requests by status class.
public struct LogsStatuses: Hashable, Sendable, Codable {
  /// Status 200 to 299.
  public var succeeded: UInt64
  /// Status 300 to 399.
  public var redirected: UInt64
  /// Status 400 to 499.
  public var refused: UInt64
  /// Status 500 to 599.
  public var failed: UInt64
  /// Any other status, or none.
  public var other: UInt64

  public init(succeeded: UInt64, redirected: UInt64, refused: UInt64, failed: UInt64, other: UInt64) {
    self.succeeded = succeeded
    self.redirected = redirected
    self.refused = refused
    self.failed = failed
    self.other = other
  }
}

/// One client's requests for one path of one site, or a sum of such.
public struct LogsVisit: Hashable, Sendable, Codable {
  /// The client; nil for all clients of a site together, or for all clients of `set`.
  public var client: String?
  public var set: String?
  public var claimed: Bool?
  /// Who connected on behalf of a claimed client.
  public var via: LogsEdge?
  public var site: String
  /// The path; nil for all paths of the site together.
  public var path: String?
  public var requests: UInt64
  public var share: Double
  public var requestsPerSecond: Double
  /// Requests per second between its own first and last request, where that is more telling than the average.
  public var ownPerSecond: Double?
  /// How many different paths were requested, if all paths are summed.
  public var paths: Int?
  public var first: String?
  public var last: String?
  /// The user agent of the last request.
  public var agent: String?
  /// Requests with a status of 400 or more.
  public var errors: UInt32
  public var missed: UInt32?
  public var period: LogsPeriod?
  /// How many programs request it at the same time with periods of their own; each has a row.
  public var programs: Int?
  /// Earlier periods of the same visit, the latest first.
  public var earlier: [LogsPeriod]?

  public init(
    client: String?, site: String, path: String?, requests: UInt64, share: Double, requestsPerSecond: Double,
    errors: UInt32
  ) {
    self.client = client
    self.site = site
    self.path = path
    self.requests = requests
    self.share = share
    self.requestsPerSecond = requestsPerSecond
    self.errors = errors
  }
}

/// How regular the requests of a visit are.
public struct LogsPeriod: Hashable, Sendable, Codable {
  public var seconds: Double
  /// The standard deviation of the gaps as a share of the period.
  public var jitter: Double
  /// How certain the period is, 0 to 1.
  public var confidence: Double
  /// How many of the examined requests fit the period, and how many were examined.
  public var count: Int
  public var examined: Int
  /// How many programs request with this period at the same time.
  public var pollers: Int
  public var first: String
  public var last: String
  /// How many requests are missing in between.
  public var missed: Int
  /// The evidence: a histogram of the gaps near the period.
  public var histogram: [LogsGap]
  /// The resolution of the log's times in seconds; times are rounded down to it.
  public var resolution: Double?

  public init(
    seconds: Double, jitter: Double, confidence: Double, count: Int, examined: Int, pollers: Int, first: String,
    last: String, missed: Int, histogram: [LogsGap]
  ) {
    self.seconds = seconds
    self.jitter = jitter
    self.confidence = confidence
    self.count = count
    self.examined = examined
    self.pollers = pollers
    self.first = first
    self.last = last
    self.missed = missed
    self.histogram = histogram
  }
}

public struct LogsGap: Hashable, Sendable, Codable {
  public var seconds: Double
  public var count: Int

  public init(seconds: Double, count: Int) {
    self.seconds = seconds
    self.count = count
  }
}

/// A site, client or path with more requests than in the period before.
public struct LogsGrowth: Hashable, Sendable, Codable {
  /// What grew: `site`, `client` or `path`.
  public var kind: String
  public var name: String
  public var site: String?
  public var set: String?
  public var before: UInt64
  public var recent: UInt64

  public init(kind: String, name: String, site: String?, set: String?, before: UInt64, recent: UInt64) {
    self.kind = kind
    self.name = name
    self.site = site
    self.set = set
    self.before = before
    self.recent = recent
  }
}

/// Who connected on behalf of a client: a CDN's edge, or a proxy.
public struct LogsEdge: Hashable, Sendable, Codable {
  /// The edge's address in the last request.
  public var address: String
  /// The address set that it is in, such as a CDN's.
  public var set: String?
  /// Whether the client also came through other edges.
  public var hasOthers: Bool

  public init(address: String, set: String?, hasOthers: Bool) {
    self.address = address
    self.set = set
    self.hasOthers = hasOthers
  }
}

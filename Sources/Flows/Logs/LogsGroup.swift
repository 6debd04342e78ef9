/// Requests that have something in common: a site, a client, a path.
public struct LogsGroup: Hashable, Sendable, Codable {
  public var name: String
  /// A path's site.
  public var site: String?
  /// The set of addresses that a client is in, such as a CDN's.
  public var set: String?
  /// A client's address may come from a header that anyone can send.
  public var claimed: Bool?
  /// Who connected for a client that is claimed.
  public var via: LogsEdge?
  /// Of a set, country or network: how many clients are in it.
  public var clients: Int?
  /// A site whose lines don't name it: the name is the file's.
  public var namedByFile: Bool?
  public var requests: UInt64
  /// Of all requests, 0 to 1.
  public var share: Double
  public var bytes: UInt64
  public var requestsPerSecond: Double
  /// Between its own first and last request, where that says more.
  public var ownPerSecond: Double?
  /// Of a site or client, how many within the last hour of the logs.
  public var lastHour: UInt64?
  /// What most of a site's requests have in common.
  public var parts: [LogsShare]?
  public var first: String?
  public var last: String?
  public var statuses: LogsStatuses?
  /// Requests that may be missing because the key was forgotten for a time.
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

/// Requests by the class of their status.
public struct LogsStatuses: Hashable, Sendable, Codable {
  /// 200 to 299
  public var succeeded: UInt64
  /// 300 to 399
  public var redirected: UInt64
  /// 400 to 499
  public var refused: UInt64
  /// 500 to 599
  public var failed: UInt64
  /// Another one, or none.
  public var other: UInt64

  public init(succeeded: UInt64, redirected: UInt64, refused: UInt64, failed: UInt64, other: UInt64) {
    self.succeeded = succeeded
    self.redirected = redirected
    self.refused = refused
    self.failed = failed
    self.other = other
  }
}

/// Who asks a site for what.
public struct LogsVisit: Hashable, Sendable, Codable {
  /// Nil for all clients of a site together, or all those of `set`.
  public var client: String?
  public var set: String?
  public var claimed: Bool?
  /// Who connected for a client that is claimed.
  public var via: LogsEdge?
  public var site: String
  /// Nil for all paths of the site together.
  public var path: String?
  public var requests: UInt64
  public var share: Double
  public var requestsPerSecond: Double
  /// Between its own first and last request, where that says more.
  public var ownPerSecond: Double?
  /// How many different paths, where all are put together.
  public var paths: Int?
  public var first: String?
  public var last: String?
  /// Of its last request.
  public var agent: String?
  /// With a status of 400 or more.
  public var errors: UInt32
  public var missed: UInt32?
  public var period: LogsPeriod?
  /// How many programs ask for it at the same time with periods of their own: each has a row.
  public var programs: Int?
  /// The periods that were before this one, the latest first.
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

/// How regularly somebody asks.
public struct LogsPeriod: Hashable, Sendable, Codable {
  public var seconds: Double
  /// The standard deviation of the gaps as a share of the period.
  public var jitter: Double
  /// 0 to 1.
  public var confidence: Double
  /// How many of the requests it explains, of how many that were looked at.
  public var count: Int
  public var examined: Int
  /// How many programs ask with this period at the same time.
  public var pollers: Int
  public var first: String
  public var last: String
  /// How many requests are missing between those.
  public var missed: Int
  /// The evidence: gaps around the period, and how many there are.
  public var histogram: [LogsGap]
  /// What the times are rounded down to, in seconds.
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

/// What is asked for, or who asks, more than in the time before.
public struct LogsGrowth: Hashable, Sendable, Codable {
  /// `site`, `client` or `path`.
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

/// Who connected in the place of a client: a CDN's edge, or a proxy.
public struct LogsEdge: Hashable, Sendable, Codable {
  /// Of its last request.
  public var address: String
  /// The set the address is in, such as a CDN's.
  public var set: String?
  /// Whether it came through others, too.
  public var hasOthers: Bool

  public init(address: String, set: String?, hasOthers: Bool) {
    self.address = address
    self.set = set
    self.hasOthers = hasOthers
  }
}

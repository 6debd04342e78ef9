/// The report on access logs: `headwater.logs/1`. Keys are in snake case, times are RFC 3339 in UTC.
public struct LogsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.logs/1"

  public var schema = LogsDocument.schema
  public var host: String?
  /// When the report was made.
  public var made: String
  public var files: [LogsFile] = []
  /// The window that was asked for, or else the time that the requests span; nil if there are no requests.
  public var since: String?
  public var until: String?
  /// The window's length in seconds.
  public var seconds: Double = 0
  public var requests: UInt64 = 0
  /// Bytes sent to clients, as the logs count them: bodies only, or with headers.
  public var bytes: UInt64 = 0
  /// Requests whose lines do not say how many bytes were sent; nil if all do.
  public var unsized: UInt64?
  public var lines: UInt64 = 0
  /// Lines that are no requests, such as messages of the program.
  public var otherLines: UInt64 = 0
  public var unreadable: UInt64 = 0
  /// Requests whose lines have no time; not part of `requests`.
  public var untimed: UInt64?
  /// Requests whose time stamps come from a wrong clock; not part of any other figure.
  public var odd: LogsOddStamps?
  /// Requests whose request line is not valid HTTP.
  public var malformed: UInt64 = 0
  public var requestsPerSecond: Double = 0
  public var requestsPerDay: Double = 0
  public var busiest: LogsStep?
  /// Requests by day (UTC), the last days of the logs.
  public var days: [LogsStep] = []
  public var series: LogsSeries?
  public var sites: [LogsGroup] = []
  public var clients: [LogsGroup] = []
  /// Clients grouped by address set, country or network; nil unless asked for.
  public var sets: [LogsGroup]?
  public var countries: [LogsGroup]?
  public var networks: [LogsGroup]?
  public var paths: [LogsGroup] = []
  public var agents: [LogsGroup] = []
  public var upstreams: [LogsGroup] = []
  public var statuses: [LogsGroup] = []
  public var methods: [LogsGroup] = []
  /// The most frequent visits: which client requests which path of which site.
  public var visits: [LogsVisit] = []
  /// The busiest clients of each of the busiest sites, over all paths; nil if not computed.
  public var busiestClients: [LogsVisit]?
  /// Visits at regular intervals, most requests first.
  public var regular: [LogsVisit] = []
  /// Changes in what is requested, the largest at the end of the logs first.
  public var changes: [LogsChange]?
  /// The last minute, hour and day of the logs, each compared with the period before.
  public var lately: [LogsLately]?
  /// How many seconds ago the logs ended; nil if they are still written.
  public var endedAgo: Double?
  /// Sites, clients and paths with more requests than in the period before.
  public var grown: [LogsGrowth] = []
  /// The length in seconds of each of the two periods that `grown` compares; nil if it compares none.
  public var comparedSeconds: Double?
  /// How many distinct sites, clients and paths there are, among those that were kept.
  public var distinct: LogsDistinct?
  public var largestFile: String?
  public var newestFile: String?
  public var fastestGrowingFile: String?
  /// Whether memory was short and keys were dropped: counts may then be too low by `missed`.
  public var isApproximate = false
  public var notes: [String] = []

  public init(made: String) { self.made = made }
}

public struct LogsDistinct: Hashable, Sendable, Codable {
  public var sites: Int
  public var clients: Int
  public var paths: Int

  public init(sites: Int, clients: Int, paths: Int) {
    self.sites = sites
    self.clients = clients
    self.paths = paths
  }
}

/// Requests in one step of a time series.
public struct LogsStep: Hashable, Sendable, Codable {
  public var time: String
  public var requests: UInt64
  public var bytes: UInt64
  /// Requests with a status of 500 or more.
  public var errors: UInt64

  public init(time: String, requests: UInt64, bytes: UInt64, errors: UInt64) {
    self.time = time
    self.requests = requests
    self.bytes = bytes
    self.errors = errors
  }
}

/// Requests over time, in steps of equal length from `since` on. Steps without requests are included.
public struct LogsSeries: Hashable, Sendable, Codable {
  public var since: String
  /// The length of a step in seconds.
  public var seconds: Int64
  public var requests: [UInt64]
  public var errors: [UInt64]

  public init(since: String, seconds: Int64, requests: [UInt64], errors: [UInt64]) {
    self.since = since
    self.seconds = seconds
    self.requests = requests
    self.errors = errors
  }
}

/// Requests whose time stamps come from a wrong clock.
public struct LogsOddStamps: Hashable, Sendable, Codable {
  public var requests: UInt64
  public var first: String
  public var last: String

  public init(requests: UInt64, first: String, last: String) {
    self.requests = requests
    self.first = first
    self.last = last
  }
}

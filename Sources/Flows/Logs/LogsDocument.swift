/// What access logs say: `headwater.logs/1`. Written with keys in snake case. Times are RFC 3339 in UTC.
public struct LogsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.logs/1"

  public var schema = LogsDocument.schema
  public var host: String?
  /// When it was made.
  public var made: String
  public var files: [LogsFile] = []
  /// The window that was asked for, or what the requests span; nil without requests.
  public var since: String?
  public var until: String?
  /// Its length.
  public var seconds: Double = 0
  public var requests: UInt64 = 0
  /// Sent to clients, as the logs count them: bodies, or everything.
  public var bytes: UInt64 = 0
  public var lines: UInt64 = 0
  /// Lines of the programs that are no requests.
  public var otherLines: UInt64 = 0
  public var unreadable: UInt64 = 0
  /// Requests whose lines say no time; they are not among `requests`.
  public var untimed: UInt64?
  /// Requests whose stamps are of a wrong clock; they are in no other figure.
  public var odd: LogsOddStamps?
  /// Requests whose first line was none of HTTP's.
  public var malformed: UInt64 = 0
  public var requestsPerSecond: Double = 0
  public var requestsPerDay: Double = 0
  public var busiest: LogsStep?
  /// The last ones of UTC.
  public var days: [LogsStep] = []
  public var series: LogsSeries?
  public var sites: [LogsGroup] = []
  public var clients: [LogsGroup] = []
  /// Clients put together by the set of addresses, the country or the network that they are in; nil unless asked for.
  public var sets: [LogsGroup]?
  public var countries: [LogsGroup]?
  public var networks: [LogsGroup]?
  public var paths: [LogsGroup] = []
  public var agents: [LogsGroup] = []
  public var upstreams: [LogsGroup] = []
  public var statuses: [LogsGroup] = []
  public var methods: [LogsGroup] = []
  /// Who asks for what how often, the most frequent first: client, site and path.
  public var visits: [LogsVisit] = []
  /// Who asks for each of the busiest sites most, whatever for.
  public var busiestClients: [LogsVisit]?
  /// Who asks regularly: the most requests first.
  public var regular: [LogsVisit] = []
  /// What is asked for otherwise than before, the most at the end of the logs first.
  public var changes: [LogsChange]?
  /// The last minute, hour and day of the logs beside the time before.
  public var lately: [LogsLately]?
  /// How long ago the logs ended, in seconds, where they are not written any more.
  public var endedAgo: Double?
  /// What is asked for more than in the time before.
  public var grown: [LogsGrowth] = []
  /// The length of each of the two periods that are compared; nil if none are.
  public var comparedSeconds: Double?
  /// Distinct sites, clients and paths, as far as they were kept.
  public var distinct: LogsDistinct?
  public var largestFile: String?
  public var newestFile: String?
  public var fastestGrowingFile: String?
  /// Whether keys had to be forgotten for lack of room: then counts may lack what `missed` says.
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

/// Requests from one time on.
public struct LogsStep: Hashable, Sendable, Codable {
  public var time: String
  public var requests: UInt64
  public var bytes: UInt64
  /// With a status of 500 or more.
  public var errors: UInt64

  public init(time: String, requests: UInt64, bytes: UInt64, errors: UInt64) {
    self.time = time
    self.requests = requests
    self.bytes = bytes
    self.errors = errors
  }
}

/// Requests over time: steps of equal length from `since` on, those without requests included.
public struct LogsSeries: Hashable, Sendable, Codable {
  public var since: String
  /// The length of a step.
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

/// Requests whose stamps are of a wrong clock.
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
